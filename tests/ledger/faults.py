"""Carries a plan out on a house: kills, freezes, restarts, severs, doubles, poisons; and moves the domain's clock."""

import asyncio
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from random import Random

import asyncpg
import psutil
import structlog

from deploy.house import House
from deploy.house.health import fetch
from deploy.house.launch import dying_with_parent
from deploy.house.layout import REPOSITORY
from deploy.house.ports import choose, draw_port, is_free
from tests.ledger.databases import AWAY
from tests.ledger.plan import HALVES, Fault, Plan
from tests.ledger.poison import Poisoner
from tests.ledger.record import Recorder

TWIN_READY_SECONDS_MAX = 15.0
CATCH_SECONDS_MAX = 4.0
CONNECT_SECONDS_MAX = 3.0
LOOK_SECONDS = 0.02
SEVERED = 5
IN_TRANSACTION = """
SELECT pid, client_port FROM pg_stat_activity
WHERE datname = $1 AND xact_start IS NOT NULL AND backend_type = 'client backend' AND pid <> pg_backend_pid()"""
SEVER = f"SELECT pg_terminate_backend(pid) FROM ({IN_TRANSACTION}) AS busy"

log = structlog.get_logger()


class Saboteur:
    """Does to a house what a plan says; `over_at` is when the last fault was over."""

    def __init__(self, house: House, recorder: Recorder, plan: Plan) -> None:
        self.done = 0
        self.over_at = 0.0
        self._house = house
        self._recorder = recorder
        self._plan = plan
        self._chance = Random(f"saboteur/{plan.seed}")
        self._poisoner = Poisoner(house.kafka, recorder)

    async def carry_out(self, now: Callable[[], float]) -> None:
        """Carry the whole plan out, one fault after another."""
        began = now()
        async with asyncio.TaskGroup() as group:
            group.create_task(self._advance(now, began))
            for fault in self._plan.faults:
                await asyncio.sleep(max(0.0, began + fault.at - now()))
                self._recorder.note("fault", fault=fault.kind, target=fault.target, seconds=fault.seconds)
                await self._do(fault)
                self.done, self.over_at = self.done + 1, now()
                self._recorder.note("fault_over", fault=fault.kind, target=fault.target)

    async def _advance(self, now: Callable[[], float], began: float) -> None:
        for advance in self._plan.advances:
            await asyncio.sleep(max(0.0, began + advance.at - now()))
            await asyncio.to_thread(self._house.advance, timedelta(hours=advance.hours))
            self._recorder.note("advance", hours=advance.hours)

    async def _do(self, fault: Fault) -> None:
        target = fault.target
        match fault.kind:
            case "kill" if target in HALVES:
                await self._catch(target)
                await asyncio.to_thread(self._house.kill, target)
            case "kill" | "kill-store":
                await asyncio.to_thread(self._house.kill, target)
            case "restart":
                await asyncio.to_thread(self._house.stop, target)
                await asyncio.to_thread(self._house.start, target)
            case "away":
                await asyncio.to_thread(self._house.stop, target)
                await asyncio.sleep(fault.seconds)
                await asyncio.to_thread(self._house.start, target)
            case "freeze" if target.endswith("-worker"):
                async with self._twin(target):
                    await self._freeze(fault)
            case "freeze":
                await self._freeze(fault)
            case "twin":
                async with self._twin(target):
                    await asyncio.sleep(fault.seconds)
            case "sever":
                await self._sever(target)
            case "poison":
                await self._poisoner.put(target)
            case kind:
                raise ValueError(f"no fault is called {kind}")

    async def _freeze(self, fault: Fault) -> None:
        await self._catch(fault.target)
        await asyncio.sleep(fault.seconds)
        await asyncio.to_thread(self._house.thaw, fault.target)

    async def _catch(self, target: str) -> None:
        """Freeze a process, in the middle of a transaction if that can be had in time."""
        loop, caught = asyncio.get_running_loop(), False
        until = loop.time() + CATCH_SECONDS_MAX
        try:
            conn = await asyncpg.connect(self._house.admin_url, timeout=CONNECT_SECONDS_MAX)
            try:
                while not caught and loop.time() < until:
                    await asyncio.to_thread(self._house.freeze, target)
                    caught = await self._in_transaction(conn, target)
                    if not caught:
                        await asyncio.to_thread(self._house.thaw, target)
                        await asyncio.sleep(LOOK_SECONDS * self._chance.random())
            finally:
                await conn.close(timeout=CONNECT_SECONDS_MAX)
        except AWAY as error:
            log.debug("nobody_caught", error=type(error).__name__)
        await asyncio.to_thread(self._house.freeze, target)
        self._recorder.note("caught", target=target, in_transaction=caught)

    async def _in_transaction(self, conn: asyncpg.Connection, target: str) -> bool:
        pid = self._house.process(target).pid
        try:
            mine = {c.laddr.port for c in psutil.Process(pid).net_connections("tcp") if c.raddr} if pid else set()
        except psutil.Error:
            return False
        return any(row["client_port"] in mine for row in await conn.fetch(IN_TRANSACTION, target.partition("-")[0]))

    async def _sever(self, room: str) -> None:
        """End connections of a room in the middle of what they do."""
        loop, severed = asyncio.get_running_loop(), 0
        until = loop.time() + CATCH_SECONDS_MAX
        try:
            conn = await asyncpg.connect(self._house.admin_url, timeout=CONNECT_SECONDS_MAX)
            try:
                while severed < SEVERED and loop.time() < until:
                    severed += len(await conn.fetch(SEVER, room))
                    await asyncio.sleep(LOOK_SECONDS)
            finally:
                await conn.close(timeout=CONNECT_SECONDS_MAX)
        except AWAY as error:
            log.debug("nothing_severed", error=type(error).__name__)
        self._recorder.note("severed", target=room, number=severed)

    @asynccontextmanager
    async def _twin(self, target: str) -> AsyncIterator[None]:
        """A second worker of the same room, killed at the end."""
        room, name = target.partition("-")[0], f"{target}-twin"
        port = choose([name], {}, {}, is_free, draw_port)[name]
        environment = self._house.env(room) | {f"SPIS_{room.upper()}_WORKER": f"127.0.0.1:{port}"}
        module = self._house.plan.modules.get(target, room)
        with self._house.log(name).open("ab") as log:
            twin = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", module, "worker"),
                env=environment,
                cwd=REPOSITORY,
                stdout=log,
                stderr=log,
                preexec_fn=dying_with_parent(signal.SIGKILL),
            )
        try:
            await _ready(f"http://127.0.0.1:{port}/readyz")
            yield
        finally:
            if twin.returncode is None:
                twin.send_signal(signal.SIGKILL)
            await twin.wait()


async def _ready(url: str) -> None:
    try:
        async with asyncio.timeout(TWIN_READY_SECONDS_MAX):
            while True:
                try:
                    if (await fetch(url))[0] == 200:
                        return
                except OSError:
                    pass
                await asyncio.sleep(0.2)
    except TimeoutError:
        log.info("twin_never_ready")
