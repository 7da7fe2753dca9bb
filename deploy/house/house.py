"""A house as other code uses it: started for a test or a story and thrown away, or the lasting one, found by its
folder. It only asks; the supervisor does.
"""

import os
import shutil
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from deploy.house import clock as domain_clock
from deploy.house import control, files, postgres
from deploy.house.begin import begin_clock, fresh_folder, let_go, own_state, start_supervisor, wait_open
from deploy.house.environment import Household, environment_of_migration, environment_of_room
from deploy.house.layout import REPOSITORY, ROOMS, Folder, Plan, cache_folder
from deploy.house.postgres import Addresses
from deploy.house.server import Server
from deploy.house.trouble import Trouble

POLL_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class Running:
    """A process of the house as it is now."""

    name: str
    pid: int
    state: str
    exits: int
    port: int


class House:
    """An open house."""

    def __init__(self, folder: Folder, plan: Plan, state: Path) -> None:
        self.folder = folder
        self.plan = plan
        self._state = state
        ports = {name: int(str(port)) for name, port in files.read_json(folder.ports).items()}
        self._household = Household(folder, plan, ports, Addresses(folder, ports), os.environ)

    @classmethod
    @contextmanager
    def temporary(
        cls,
        policy: Path | None = None,
        clock: str | None = None,
        brokers: int = 1,
        rooms: Sequence[str] = ROOMS,
        *,
        modules: Mapping[str, str] | None = None,
        settings: Mapping[str, str] | None = None,
        detours: Mapping[str, Mapping[str, int]] | None = None,
        clocks: Sequence[str] = (),
        code: Path = REPOSITORY,
        watch: Callable[[dict[str, object]], None] = lambda status: None,
    ) -> "Iterator[House]":
        """A house of its own, opened, and closed and removed at the end.

        `clock` is where its domain time begins; `modules` puts other modules in the place of named processes;
        `settings` are told to every room; `detours` are the ports by which a room reaches a store where somebody passes
        its traffic on; `clocks` names the processes with a clock of their own; `watch` hears how far the opening is.
        """
        plan = Plan(
            lasting=False,
            rooms=tuple(rooms),
            brokers=brokers,
            policy=str((policy or REPOSITORY / "deploy").absolute()),
            code=str(code),
            clock=True,
            keep=bool(os.environ.get("SPIS_KEEP_HOUSES")),
            modules=dict(modules or {}),
            settings=dict(settings or {}),
            detours=dict(detours or {}),
            clocks=tuple(clocks),
        )
        with _opened(plan, clock, watch) as (folder, state):
            yield cls(folder, plan, state)

    @property
    def names(self) -> tuple[str, ...]:
        """Every process that is kept alive."""
        return self.plan.names

    @property
    def origin(self) -> str:
        """The one origin that people and integrators use."""
        return self._household.origin

    @property
    def kafka(self) -> str:
        """The broker's addresses for clients."""
        return ",".join(self._household.listens(broker) for broker in self.plan.brokers_by_name)

    @property
    def admin_url(self) -> str:
        """The database server as its superuser."""
        return self._household.databases["postgres"]

    def url(self, room: str) -> str:
        """The database of a room, as the role that runs."""
        return self._household.databases[room]

    def owner_url(self, room: str) -> str:
        """The database of a room, as the role that owns and migrates it."""
        return self._household.databases[f"{room}_owner"]

    @property
    def server(self) -> Server:
        """The running database server, for who keeps its data safe."""
        told = postgres.as_superuser(self.folder, self._household.ports["postgres"])
        return Server(postgres.programs(cache_folder(self._state)), told)

    def room_of(self, database: str) -> str:
        """The room whose processes use a database."""
        if database not in self.plan.databases:
            raise Trouble(f"No room of this house uses {database}.", f"Name one of {', '.join(self.plan.databases)}.")
        return database if database in self.plan.rooms else "intake"

    def make_database(self, name: str) -> tuple[str, str]:
        """Make a further database with its two roles, like a room's; its run and owner addresses."""
        postgres.make_database(self.folder, self.server.programs, self._household.ports["postgres"], name)
        return self.url(name), self.owner_url(name)

    def env(self, room: str) -> dict[str, str]:
        """What the processes of a room are told."""
        return environment_of_room(self._household, room)

    def migration_env(self, room: str) -> dict[str, str]:
        """What a room's migration is told."""
        return environment_of_migration(self._household, room)

    def listens(self, name: str) -> str:
        """The host and port of a process."""
        return self._household.listens(name)

    def log(self, name: str) -> Path:
        """The log of a process."""
        return self.folder.log(name)

    def status(self) -> dict[str, object]:
        """Everything the supervisor knows, with a fresh answer from each process on whether it is ready."""
        return self._ask("status")

    def process(self, name: str) -> Running:
        """A process as it is now; its pid is 0 while it is down."""
        processes = files.read_json(self.folder.status)["processes"]
        if not isinstance(processes, dict) or name not in processes:
            raise Trouble(f"This house has no process {name}.", f"It has {', '.join(self.names)}.")
        found = processes[name]
        return Running(name, found["pid"] or 0, found["state"], found["exits"], found["port"])

    def kill(self, name: str) -> int:
        """Kill a process (-9); the supervisor starts it again. Its pid, 0 when it was not there to be killed."""
        return int(str(self._ask("kill", name)["pid"] or 0))

    def stop(self, name: str) -> None:
        """End a process gently and hold it down until `start`."""
        self._ask("stop", name)

    def start(self, name: str) -> None:
        """Start a process that was held down."""
        self._ask("start", name)

    def freeze(self, name: str) -> None:
        """Stop a process in its tracks, as a machine that hangs does."""
        self._ask("freeze", name)

    def thaw(self, name: str) -> None:
        """Let a frozen process go on."""
        self._ask("thaw", name)

    def wait_ready(self, timeout: float = 60.0, *names: str) -> None:
        """Wait until every process (or the named ones) that is not held down or frozen answers that it is ready."""
        until = time.monotonic() + timeout
        while True:
            unready = self.status()["unready"]
            assert isinstance(unready, dict)
            waiting = {
                name: why
                for name, why in unready.items()
                if (name in names if names else why not in {"stopped", "frozen"})
            }
            if not waiting:
                return
            if time.monotonic() > until:
                raise Trouble(f"Not ready within {timeout:.0f} s: {waiting}.", f"The logs are in {self.folder.logs}.")
            time.sleep(POLL_SECONDS)

    def _ask(self, question: str, name: str = "") -> dict[str, object]:
        path = Path(str(files.read_json(self.folder.status).get("socket") or self.folder.control))
        return control.ask(path, {"ask": question, "name": name})

    @property
    def clock_file(self) -> Path:
        """The file of the domain clock."""
        return self.folder.clock

    def clock_of(self, process: str) -> Path:
        """The file of a process's own clock."""
        return self.folder.clock_of(process)

    def now(self) -> datetime:
        """The domain's time."""
        return domain_clock.read_clock(self.folder.clock, datetime.now(UTC))

    def advance(self, step: timedelta) -> datetime:
        """Move the domain's time on; the new domain time."""
        return domain_clock.advance_clock(self.folder.clock, step, datetime.now(UTC))

    def token(self, role: str, unit: str) -> str:
        """A token of the account `role@unit`."""
        from deploy.house import issuer

        told = environment_of_room(self._household, self.plan.rooms[0])
        return issuer.mint(self.folder.issuer, f"{role}@{unit}", told["SPIS_ISSUER"], told["SPIS_AUDIENCE"])

    def client(self, institution: str) -> tuple[str, str]:
        """The credentials by which an institution's own system asks for tokens."""
        from deploy.house import issuer

        account = f"client@{institution}"
        return account, issuer.client_secret(self.folder.issuer, account)


@contextmanager
def _opened(plan: Plan, clock: str | None, watch: Callable[[dict[str, object]], None]) -> Iterator[tuple[Folder, Path]]:
    """A temporary house while it is open, as its folder and the state folder whose cache it shares."""
    state = own_state()
    folder = fresh_folder(state)
    begin_clock(folder, clock, plan.clocks)
    files.write_json(folder.plan, asdict(plan))
    supervisor = start_supervisor(folder, state, tether=True)
    try:
        wait_open(folder, supervisor, watch)
        yield folder, state
    finally:
        let_go(supervisor)
        if plan.keep:
            sys.stderr.write(f"kept {folder.root}\n")
        else:
            shutil.rmtree(folder.root, ignore_errors=True)
