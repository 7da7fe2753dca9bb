"""The processes of a house and what each waits for: a pure table made from its plan and its addresses."""

import signal
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from deploy.house import environment as told
from deploy.house import gateway, kafka, postgres
from deploy.house.environment import Household
from deploy.house.layout import halves_of
from deploy.house.postgres import Runner


@dataclass(frozen=True, slots=True)
class Http:
    """Ready when this address answers 200."""

    url: str


@dataclass(frozen=True, slots=True)
class Broker:
    """Ready when this broker answers and has a coordinator for consumer groups."""

    bootstrap: str


@dataclass(frozen=True, slots=True)
class Database:
    """Ready when this address answers a query."""

    url: str


Ready = Http | Broker | Database
FIRST_YEAR = "first year"
FIRST_YEAR_SECONDS_MAX = 3_600.0


@dataclass(frozen=True, slots=True)
class Kept:
    """A process that is kept alive."""

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str]
    folder: Path
    ready: Ready
    after: tuple[str, ...] = ()
    runner: Runner = field(default_factory=Runner)
    stop_signal: signal.Signals = signal.SIGTERM
    stop_seconds: float = 10.0
    orphan_signal: signal.Signals = signal.SIGTERM


@dataclass(frozen=True, slots=True)
class Errand:
    """A process that must end well once before others start."""

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str]
    folder: Path
    after: tuple[str, ...] = ()
    seconds_max: float = 120.0


@dataclass(frozen=True, slots=True)
class Programs:
    """Where the programs are that are not ours."""

    postgres: Path
    jars: tuple[Path, ...]
    runner: Runner


def stages(house: Household) -> tuple[tuple[str, ...], ...]:
    """The order of leaving: rooms first, then the front door, then what they stood on."""
    rooms = tuple(f"{room}-{half}" for room in house.plan.rooms for half in halves_of(room))
    front = ("gateway", "issuer") if house.plan.rooms else ()
    return tuple(stage for stage in (rooms, front, house.plan.brokers_by_name, ("postgres",)) if stage)


def kept(house: Household, programs: Programs) -> tuple[Kept, ...]:
    """Every process that is kept alive."""
    front = (_issuer(house), _gateway(house)) if house.plan.rooms else ()
    return (
        _postgres(house, programs),
        *(_broker(house, programs, name) for name in house.plan.brokers_by_name),
        *front,
        *(_half(house, room, half) for room in house.plan.rooms for half in halves_of(room)),
    )


def errands(house: Household) -> tuple[Errand, ...]:
    """What must be done once, at every start, before the rooms."""
    folder = told.working_folder(house.plan)
    if not house.plan.rooms:
        return ()
    topics = Errand(
        name="topics",
        command=_python(house, "services.bus.topics"),
        environment=told.environment_shared(house),
        folder=folder,
        after=house.plan.brokers_by_name,
    )
    migrations = (
        Errand(
            name=f"{room}-migrate",
            command=(*_python(house, room, f"{room}-migrate"), "migrate"),
            environment=told.environment_of_migration(house, room),
            folder=folder,
            after=("databases",),
        )
        for room in house.plan.rooms
    )
    return (topics, *migrations, *_first_year(house))


def _first_year(house: Household) -> tuple[Errand, ...]:
    """A synthetic year where the plan asks for one: loaded before anybody is let in, for loading holds the rooms."""
    if not house.plan.cases:
        return ()
    return (
        Errand(
            name=FIRST_YEAR,
            command=(sys.executable, "-m", "deploy.load.first_year", str(house.folder.root)),
            environment=told.environment_shared(house),
            folder=told.working_folder(house.plan),
            after=("directory heard",),
            seconds_max=FIRST_YEAR_SECONDS_MAX,
        ),
    )


def _python(house: Household, module: str, *names: str) -> tuple[str, ...]:
    """A Python module as a command; a plan may put another module in its place, by process or by module name."""
    placed = next((house.plan.modules[name] for name in (*names, module) if name in house.plan.modules), module)
    return (sys.executable, "-m", placed)


def _orphan_signal(house: Household, gentle: signal.Signals) -> signal.Signals:
    """How a process goes when its supervisor is gone: gently where its data is kept, else at once."""
    return gentle if house.plan.lasting else signal.SIGKILL


def _postgres(house: Household, programs: Programs) -> Kept:
    return Kept(
        name="postgres",
        command=tuple(
            postgres.serve_command(programs.postgres, house.folder, house.ports["postgres"], lasting=house.plan.lasting)
        ),
        environment=told.environment_of_programs(house),
        folder=house.folder.postgres,
        ready=Database(house.databases["postgres"]),
        after=("postgres data",),
        runner=programs.runner,
        stop_signal=signal.SIGINT,
        stop_seconds=20.0,
        orphan_signal=signal.SIGINT if house.plan.lasting else signal.SIGQUIT,
    )


def _broker(house: Household, programs: Programs, name: str) -> Kept:
    return Kept(
        name=name,
        command=tuple(kafka.serve_command(house.folder, house.plan, name, programs.jars)),
        environment=told.environment_of_programs(house),
        folder=house.folder.kafka(name),
        ready=Broker(house.listens(name)),
        after=("kafka format",),
        stop_seconds=30.0,
        orphan_signal=_orphan_signal(house, signal.SIGTERM),
    )


def _issuer(house: Household) -> Kept:
    return Kept(
        name="issuer",
        command=_python(house, "deploy.house.issuer", "issuer"),
        environment=told.environment_of_issuer(house),
        folder=told.working_folder(house.plan),
        ready=Http(f"http://{house.listens('issuer')}/id/healthz"),
        orphan_signal=_orphan_signal(house, signal.SIGTERM),
    )


def _gateway(house: Household) -> Kept:
    return Kept(
        name="gateway",
        command=tuple(gateway.serve_command()),
        environment=told.environment_of_gateway(house),
        folder=house.folder.root,
        ready=Http(f"{house.origin}{gateway.ALIVE_PATH}"),
        orphan_signal=_orphan_signal(house, signal.SIGTERM),
    )


def _half(house: Household, room: str, half: str) -> Kept:
    name = f"{room}-{half}"
    needed = {"api": ("issuer", FIRST_YEAR), "stream": ("topics", FIRST_YEAR)}.get(half, ("topics",))
    ready = f"http://{house.listens(name)}/{room}/readyz" if half == "api" else f"http://{house.listens(name)}/readyz"
    return Kept(
        name=name,
        command=(*_python(house, room, name), half),
        environment=told.environment_of_half(house, room, half),
        folder=told.working_folder(house.plan),
        ready=Http(ready),
        after=(f"{room}-migrate", *needed),
        stop_seconds=15.0,
        orphan_signal=_orphan_signal(house, signal.SIGTERM),
    )
