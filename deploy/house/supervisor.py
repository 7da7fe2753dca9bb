"""The one process that keeps a house: it opens it, keeps every process alive, answers questions about it and closes it.
Run as `python -m deploy.house.supervisor FOLDER STATE`; it holds no data of its own.
"""

import asyncio
import os
import shutil
import signal
import sys
import time
import traceback
from collections.abc import Mapping
from pathlib import Path

from deploy.house import control, files, health, kafka, opening, ports, postgres
from deploy.house.births import Births
from deploy.house.child import Child
from deploy.house.environment import Household, environment_shared, secrets_needed, working_folder
from deploy.house.jars import fetch_jars
from deploy.house.kafka_archive import learn
from deploy.house.launch import trim_logs
from deploy.house.layout import GATEWAY_PORT, Cache, Folder, Plan, cache_folder
from deploy.house.processes import Programs, kept, stages
from deploy.house.trouble import Trouble

TRIM_SECONDS = 60.0
WAITS_SHOWN = 20
# What a house with data cannot make again: without the first nobody reads its database, without the second its vault.
IRREPLACEABLE = ("postgres", "agency-key")


def read_plan(folder: Folder) -> Plan:
    """The plan that was written when the house was made."""
    content = files.read_json(folder.plan)
    rooms = content.get("rooms")
    if not isinstance(rooms, list):
        raise Trouble(f"{folder.plan} cannot be read.", "Give the house up with ./spis reset and start again.")
    return Plan(**{**content, "rooms": tuple(rooms)})  # type: ignore[arg-type]


def furnish(folder: Folder, plan: Plan, outer: Mapping[str, str], claims: ports.Claims) -> Household:
    """Choose the ports, make the secrets and name the addresses of a house."""
    remembered = {name: int(str(port)) for name, port in files.read_json(folder.ports).items()}
    preferred = {"gateway": GATEWAY_PORT} if plan.lasting else {}
    chosen = ports.choose(plan.listeners, remembered, preferred, claims.is_free, ports.draw_port)
    files.write_json(folder.ports, dict(chosen))
    lost = [name for name in IRREPLACEABLE if folder.postgres_data.exists() and not folder.secret(name).exists()]
    if plan.lasting and lost:
        raise Trouble(
            f"The house has data but has lost {folder.secret(lost[0])}, and no new one can read what is there.",
            "Put that file back from a copy, or give the house up with ./spis reset.",
        )
    for name in secrets_needed(plan):
        files.keep_secret(folder.secret(name))
    folder.issuer.mkdir(mode=0o700, exist_ok=True)
    databases = postgres.Addresses(folder, chosen)
    return Household(folder, plan, chosen, databases, outer)


def first_trouble(error: BaseException) -> Trouble:
    """What to tell a person about an error, however many happened at once."""
    match error:
        case Trouble():
            return error
        case BaseExceptionGroup(exceptions=(first, *_)):
            return first_trouble(first)
        case _:
            return Trouble(f"The house could not open ({type(error).__name__}: {error}).", "Run ./spis doctor.")


class Supervisor:
    """A house while it is open."""

    def __init__(self, house: Household, cache: Cache) -> None:
        self._house = house
        self._cache = cache
        self._births = Births()
        self._children: dict[str, Child] = {}
        self._steps: dict[str, opening.Progress] = {}
        self._state = "opening"
        self._failure: Trouble | None = None
        self._since = time.time()
        self._leaving = asyncio.Event()
        self._at_once = not house.plan.lasting
        self._socket = control.socket_path(house.folder.control)

    def leave(self) -> None:
        """Ask the house to close."""
        self._leaving.set()

    async def run(self) -> int:
        """Open the house, keep it until it is asked to leave, close it; 0 unless it never opened."""
        server = await control.listen(self._socket, self._answer)
        self._write_status()
        open_house = asyncio.create_task(self._open())
        leaving = asyncio.create_task(self._leaving.wait())
        await asyncio.wait((open_house, leaving), return_when=asyncio.FIRST_COMPLETED)
        if open_house.done() and self._failure is None:
            await self._keep(leaving)
        open_house.cancel()
        await asyncio.gather(open_house, return_exceptions=True)
        server.close()
        await self._close()
        control.remove_socket(self._socket, self._house.folder.control)
        return 1 if self._failure else 0

    async def _keep(self, leaving: "asyncio.Task[bool]") -> None:
        while not leaving.done():
            trim_logs(self._house.folder.logs)
            await asyncio.wait((leaving,), timeout=TRIM_SECONDS)

    async def _open(self) -> None:
        house, log = self._house, self._house.folder.log
        try:
            if house.plan.rooms:
                await self._births.open(environment_shared(house), working_folder(house.plan), log("nursery"))
            programs = await self._find_programs()
            for one in kept(house, programs):
                self._children[one.name] = Child(one, log(one.name), self._births, self._write_status)
            await opening.take(opening.steps_of(house, programs, self._children, self._births), self._note)
        except Exception as error:  # whatever stops the house from opening is told to the person who asked for it
            traceback.print_exception(error)
            self._failure = first_trouble(error)
        self._state = "failed" if self._failure else "open"
        self._write_status()

    async def _find_programs(self) -> Programs:
        def say(text: str) -> None:
            self._steps["programs"] = opening.Progress(f"programs ({text})", "begun")
            self._write_status()

        self._note(opening.Progress("programs", "begun"))
        since = time.monotonic()
        binaries = await asyncio.to_thread(postgres.programs, self._cache)
        jars = await asyncio.to_thread(fetch_jars, self._cache, say)
        await asyncio.to_thread(learn, self._cache, jars, say)
        self._steps["programs"] = opening.Progress("programs", "done", time.monotonic() - since)
        return Programs(binaries, jars, postgres.find_runner())

    def _note(self, progress: opening.Progress) -> None:
        self._steps[progress.name] = progress
        self._write_status()

    async def _close(self) -> None:
        if self._failure is None:
            self._state = "closing"
        self._write_status()
        for stage in stages(self._house):
            children = [self._children[name] for name in stage if name in self._children]
            await asyncio.gather(*(child.stop(at_once=self._at_once) for child in children))
        await self._births.close()
        self._state = "failed" if self._failure else "closed"
        self._write_status()

    def _write_status(self) -> None:
        house = self._house
        files.write_json(
            house.folder.status,
            {
                "state": self._state,
                "pid": os.getpid(),
                "nursery": self._births.pid,
                "since": self._since,
                "socket": str(self._socket),
                "origin": house.origin if house.plan.rooms else "",
                "kafka": kafka.bootstrap(house.plan, house.ports),
                "ports": dict(house.ports),
                "failure": [self._failure.detail, self._failure.remedy] if self._failure else [],
                "steps": [{"name": s.name, "state": s.state, "seconds": s.seconds} for s in self._steps.values()],
                "processes": {name: self._describe(child) for name, child in self._children.items()},
            },
        )

    def _describe(self, child: Child) -> dict[str, object]:
        return {
            "pid": child.pid,
            "state": child.state,
            "port": self._house.ports[child.kept.name],
            "exits": child.exits,
            "waits": child.waits[-WAITS_SHOWN:],
            "started_at": child.started_at,
        }

    async def _answer(self, question: Mapping[str, str]) -> Mapping[str, object]:
        if question["ask"] == "leave":
            self.leave()
            return {}
        if question["ask"] == "status":
            return await self._ask_all()
        return await self._act(question["ask"], self._children[question["name"]])

    async def _act(self, act: str, child: Child) -> Mapping[str, object]:
        match act:
            case "kill":
                return {"pid": await child.kill()}
            case "stop":
                await child.stop()
            case "start":
                await child.start()
            case "freeze":
                return {"pid": child.freeze()}
            case "thaw":
                return {"pid": child.thaw()}
            case _:
                raise ValueError(f"the house cannot {act}")
        return {"pid": child.pid}

    async def _ask_all(self) -> Mapping[str, object]:
        async def why(child: Child) -> str | None:
            if child.state != "running":
                return child.state
            return await health.ask(child.kept.ready)

        answers = await asyncio.gather(*(why(child) for child in self._children.values()))
        unready = {name: answer for name, answer in zip(self._children, answers, strict=True) if answer}
        return {**files.read_json(self._house.folder.status), "unready": unready}


async def supervise(folder: Folder, state: Path) -> int:
    """Keep the house of a folder until a signal, a question or the end of its tether asks it to leave."""
    folder.logs.mkdir(exist_ok=True)
    plan = read_plan(folder)
    claims = ports.Claims(state / "ports")  # kept as long as this process lives
    supervisor = Supervisor(furnish(folder, plan, os.environ, claims), cache_folder(state))
    loop = asyncio.get_running_loop()

    deserted = asyncio.Event()

    def let_go() -> None:
        loop.remove_reader(sys.stdin.fileno())
        deserted.set()
        supervisor.leave()

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, supervisor.leave)
    if not plan.lasting:
        # A temporary house is tied to who asked for it: the pipe ends when they do, however they end.
        loop.add_reader(sys.stdin.fileno(), let_go)
    code = await supervisor.run()
    # A house that could not open is left to the one who asked for it, to be told why.
    if deserted.is_set() and not plan.keep:
        shutil.rmtree(folder.root, ignore_errors=True)
    return code


if __name__ == "__main__":
    sys.exit(asyncio.run(supervise(Folder(Path(sys.argv[1])), Path(sys.argv[2]))))
