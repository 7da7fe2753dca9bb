"""Faults of processes: caught in mid-transaction, frozen, doubled, set against a second relay, restarted in turn."""

import asyncio
import signal
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from random import Random

import asyncpg
import psutil
import structlog

from deploy.house import House
from deploy.house.health import fetch
from deploy.house.launch import discreet
from deploy.house.layout import REPOSITORY
from deploy.house.ports import choose, draw_port, is_free
from deploy.house.trouble import Trouble
from tests.ledger.databases import AWAY, Databases
from tests.ledger.network.network import Network
from tests.ledger.plan import FRONT, HALVES, Fault, brokers_named
from tests.ledger.record import Recorder

TWIN_READY_SECONDS_MAX = 15.0
ROLLED_SECONDS_MAX = 60.0
CATCH_SECONDS_MAX = 4.0
CONNECT_SECONDS_MAX = 3.0
LOOK_SECONDS = 0.02
SEVERED = 5
TERM_SECONDS = 0.3
THAWED_SECONDS = 2.0
IN_TRANSACTION = """
SELECT pid, client_port FROM pg_stat_activity
WHERE datname = $1 AND xact_start IS NOT NULL AND backend_type = 'client backend' AND pid <> pg_backend_pid()"""
SEVER = f"SELECT pg_terminate_backend(pid) FROM ({IN_TRANSACTION}) AS busy"
LEASE = "SELECT term FROM relay_lease"

log = structlog.get_logger()


class OnProcesses:
    """Does to processes what a fault says."""

    def __init__(self, house: House, recorder: Recorder, network: Network | None, chance: Random) -> None:
        self._house = house
        self._recorder = recorder
        self._network = network
        self._chance = chance

    async def kill(self, target: str) -> None:
        """Kill a process, in the middle of a transaction where it has any."""
        if target in HALVES:
            await self.catch(target)
        await asyncio.to_thread(self._house.kill, target)

    async def freeze(self, fault: Fault) -> None:
        """Stop a process in its tracks for a while; a worker has a twin meanwhile, so that it comes back to another."""
        if not fault.target.endswith("-worker"):
            return await self._freeze(fault.target, fault.seconds)
        async with self.twin(fault.target):
            await self._freeze(fault.target, fault.seconds)

    async def _freeze(self, target: str, seconds: float) -> None:
        await self.catch(target)
        await asyncio.sleep(seconds)
        await asyncio.to_thread(self._house.thaw, target)

    async def catch(self, target: str) -> None:
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
        seen = await asyncio.to_thread(self._network.seen_as, mine) if self._network else mine
        return any(row["client_port"] in seen for row in await conn.fetch(IN_TRANSACTION, target.partition("-")[0]))

    async def sever(self, room: str) -> None:
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

    async def restart(self, names: Sequence[str]) -> None:
        """End each gently and start it again, one after another, waiting for each to be ready."""
        for name in names:
            await asyncio.to_thread(self._house.stop, name)
            await asyncio.to_thread(self._house.start, name)
            if len(names) > 1:
                await self._ready_again(name)
                self._recorder.note("rolled", target=name)

    async def _ready_again(self, name: str) -> None:
        try:
            await asyncio.to_thread(self._house.wait_ready, ROLLED_SECONDS_MAX, name)
        except Trouble as trouble:
            self._recorder.note("never_ready", target=name, why=trouble.detail)

    def everything(self) -> tuple[str, ...]:
        """Every process, in the order in which a person would restart them."""
        return (*HALVES, *FRONT, *brokers_named(self._house.plan.brokers), "postgres")

    @asynccontextmanager
    async def twin(self, target: str) -> AsyncIterator[None]:
        """A second worker of the same room, killed at the end."""
        room, name = target.partition("-")[0], f"{target}-twin"
        port = choose([name], {}, {}, is_free, draw_port)[name]
        environment = self._house.env(room) | {f"SPIS_{room.upper()}_WORKER": f"127.0.0.1:{port}"}
        async with self._beside(room, "worker", self._house.plan.modules.get(target, room), environment):
            await _ready(f"http://127.0.0.1:{port}/readyz")
            yield

    async def contend(self, room: str, seconds: float) -> None:
        """Two relays on one database, each in turn frozen until the other has its lease and thawed to find it taken."""
        worker, module = f"{room}-worker", f"tests.ledger.witness.{room}"
        async with self._beside(room, "relay", module, self._house.env(room)) as second:
            await self.catch(worker)
            taken = await self._lease_moves(room, seconds)
            await asyncio.to_thread(self._house.thaw, worker)
            # A relay that Kafka left without an answer ends by itself, perhaps between a look at it and its signal.
            with suppress(ProcessLookupError):
                second.send_signal(signal.SIGSTOP)
                taken += await self._lease_moves(room, seconds)
                second.send_signal(signal.SIGCONT)
                await asyncio.sleep(THAWED_SECONDS)
        self._recorder.note("contended", target=room, taken=taken)

    async def _lease_moves(self, room: str, seconds_max: float) -> int:
        """Wait until somebody else takes the lease of a database's relay; 1 when somebody did."""
        loop = asyncio.get_running_loop()
        until, began = loop.time() + seconds_max, await self._term(room)
        while loop.time() < until:
            await asyncio.sleep(TERM_SECONDS)
            term = await self._term(room)
            if began and term > began:
                return 1
            began = began or term
        return 0

    async def _term(self, room: str) -> int:
        try:
            (row,) = await Databases(self._house).ask(room, LEASE)
        except AWAY:
            return 0
        return int(row["term"])

    @asynccontextmanager
    async def _beside(
        self, room: str, errand: str, module: str, environment: dict[str, str]
    ) -> AsyncIterator[asyncio.subprocess.Process]:
        """A process beside the house, killed at the end."""
        with self._house.log(f"{room}-{errand}-twin").open("ab") as kept:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", module, errand),
                env=environment,
                cwd=REPOSITORY,
                stdout=kept,
                stderr=kept,
                preexec_fn=discreet(signal.SIGKILL),
            )
        try:
            yield process
        finally:
            with suppress(ProcessLookupError):
                process.send_signal(signal.SIGKILL)
            await process.wait()


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
