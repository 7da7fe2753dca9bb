"""Where a house keeps what it owns, and what it is asked to be. It names folders and files and never touches them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

ROOMS = ("intake", "referral", "notifications", "analytics")
REPOSITORY = Path(__file__).resolve().parents[2]
GATEWAY_PORT = 8400
SOCKET_PATH_BYTES_MAX = 100


def state_folder(environment: Mapping[str, str], *, is_root: bool) -> Path:
    """The folder that everything lasting lives under."""
    if environment.get("SPIS_STATE"):
        return Path(environment["SPIS_STATE"]).absolute()
    if is_root:
        return Path("/var/lib/spis")
    return Path(environment.get("HOME") or "/nonexistent") / ".local" / "state" / "spis"


def halves_of(room: str) -> tuple[str, ...]:
    """The processes of a room, by what `python -m ROOM` is told."""
    return ("api", "worker", "stream") if room == "analytics" else ("api", "worker")


@dataclass(frozen=True, slots=True)
class Plan:
    """What one house is asked to be; written beside its data, so that a second start makes the same house."""

    lasting: bool
    rooms: tuple[str, ...] = ROOMS
    brokers: int = 1
    policy: str = str(REPOSITORY / "deploy")
    code: str = str(REPOSITORY)
    clock: bool = False
    cases: int = 0
    keep: bool = False
    modules: Mapping[str, str] = field(default_factory=dict)
    settings: Mapping[str, str] = field(default_factory=dict)
    detours: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    clocks: tuple[str, ...] = ()

    @property
    def brokers_by_name(self) -> tuple[str, ...]:
        """The names of the brokers: `kafka` alone, or one numbered name each."""
        return ("kafka",) if self.brokers == 1 else tuple(f"kafka-{number + 1}" for number in range(self.brokers))

    @property
    def names(self) -> tuple[str, ...]:
        """Every process that is kept alive, in the order in which a person would think of them."""
        front = ("issuer", "gateway") if self.rooms else ()
        halves = tuple(f"{room}-{half}" for room in self.rooms for half in halves_of(room))
        return ("postgres", *self.brokers_by_name, *front, *halves)

    @property
    def databases(self) -> tuple[str, ...]:
        """Every database of the house: each room's own, and beside intake's the one of the keys that seal names."""
        return (*self.rooms, *(("keys",) if "intake" in self.rooms else ()))

    @property
    def listeners(self) -> tuple[str, ...]:
        """Every name that needs a port of its own; a room with a detour is heard apart, and told of its detour."""
        beside = ("controller", *(f"for-{room}" for room in self.detours))
        return (*self.names, *(f"{broker}-{listener}" for broker in self.brokers_by_name for listener in beside))


@dataclass(frozen=True, slots=True)
class Cache:
    """What houses share and may lose: fetched packages and jars, and a copy of the database server's programs."""

    root: Path

    @property
    def pip(self) -> Path:
        return self.root / "pip"

    @property
    def jars(self) -> Path:
        return self.root / "jars"

    @property
    def lock(self) -> Path:
        return self.root / "lock"

    def postgres(self, version: str) -> Path:
        return self.root / f"postgres-{version}"


@dataclass(frozen=True, slots=True)
class Folder:
    """The files of one house."""

    root: Path

    @property
    def plan(self) -> Path:
        return self.root / "plan.json"

    @property
    def ports(self) -> Path:
        return self.root / "ports.json"

    @property
    def status(self) -> Path:
        return self.root / "house.json"

    @property
    def control(self) -> Path:
        return self.root / "control.sock"

    @property
    def logs(self) -> Path:
        return self.root / "logs"

    @property
    def secrets(self) -> Path:
        return self.root / "secrets"

    @property
    def postgres(self) -> Path:
        return self.root / "postgres"

    @property
    def postgres_data(self) -> Path:
        return self.root / "postgres" / "data"

    @property
    def issuer(self) -> Path:
        return self.root / "issuer"

    @property
    def clock(self) -> Path:
        return self.root / "clock.json"

    def clock_of(self, process: str) -> Path:
        return self.root / f"clock-{process}.json"

    @property
    def first_year(self) -> Path:
        return self.root / "first-year.json"

    @property
    def gateway(self) -> Path:
        return self.root / "gateway"

    def kafka(self, broker: str) -> Path:
        return self.root / broker

    def log(self, name: str) -> Path:
        return self.logs / f"{name}.log"

    def secret(self, name: str) -> Path:
        return self.secrets / name


def lasting_folder(state: Path) -> Folder:
    """The folder of the house that `up` keeps."""
    return Folder(state / "house")


def temporary_houses(state: Path) -> Path:
    """Where houses lie that go when the one who asked for them does."""
    return state / "temporary"


def cache_folder(state: Path) -> Cache:
    """The cache that all houses of one state folder share."""
    return Cache(state / "cache")
