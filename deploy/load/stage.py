"""Everything that is the same for every part of a year, opened once by each process that plays parts."""

from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from random import Random
from typing import Any

from deploy.load.country import ROOMS, Country, open_country
from deploy.load.drawing import Course, draw
from deploy.load.effects import OWN
from deploy.load.playing import Crew
from deploy.load.statements import Effect, Row, effects
from intake.desk import Desk
from intake.vault.agency import KeyRing
from intake.vault.keys import Keys
from intake.vault.vault import Vault
from services.contracts.ids import ALPHABET, NewReference
from services.contracts.policy import load_policy
from services.runtime.clock import clock_of
from services.runtime.room import Surroundings
from services.runtime.settings import Settings
from services.storage.database import Database
from services.storage.queries import load_queries

STORAGE = Path(__file__).parents[2] / "services" / "storage"


@dataclass(frozen=True, slots=True)
class Told:
    """What every part is told: the house, and the year."""

    environments: Mapping[str, Mapping[str, str]]
    admin_url: str
    cases: int
    seed: int
    begins: datetime
    until: datetime
    last_frame: int

    def database(self, room: str) -> str:
        """The address of a room's database, or of the keys'."""
        if room == "keys":
            return self.environments["intake"]["SPIS_KEYS_DB"]
        return self.environments[room][f"SPIS_{room.upper()}_DB"]


class DrawnKeys(Keys):
    """The keys of the people of a part, kept with everything else of it."""

    def __init__(self, ring: KeyRing) -> None:
        super().__init__("", ring)
        self.rows: dict[str, Row] = {}

    async def _run(self, statement: str, *arguments: Any) -> list[Any]:
        match statement, arguments:
            case "keep_keys", (people, wrapped, agency_keys):
                columns = ("person", "wrapped", "agency_key")
                drawn = [dict(zip(columns, row, strict=True)) for row in zip(people, wrapped, agency_keys, strict=True)]
                self.rows |= {row["person"]: row for row in drawn}
                return drawn
            case "keys_of", (people,):
                return [self.rows[person] for person in people]
            case _:
                raise LookupError(f"nobody asks for {statement} while a year is drawn")


@dataclass(frozen=True, slots=True)
class Stage:
    """Where courses are played: the country, its rooms, and what their statements do."""

    told: Told
    country: Country
    crew: Crew
    books: Mapping[str, Callable[[str], Effect]]
    ring: KeyRing

    @classmethod
    async def open(cls, told: Told, around: Mapping[str, Surroundings]) -> "Stage":
        """Read everything that parts have in common."""
        country = await open_country(around)
        books = {room: book_of(country, room) for room in ROOMS}
        ring = KeyRing(Path(told.environments["intake"]["SPIS_AGENCY_KEY"]))
        return cls(told, country, Crew.of(country), books, ring)

    def course(self, number: int) -> Course:
        """The course of a number: reports come in evenly over the time."""
        told, country = self.told, self.country
        at = told.begins + (told.until - told.begins) * (number / told.cases)
        return draw(country.year, country.place, told.seed, number, at)

    def desk(self, number: int, keys: Keys) -> Desk:
        """Intake's desk for one course, which draws the same references each time."""
        return Desk(Vault(keys), references(self.told.seed, number))


def references(seed: int, number: int) -> NewReference:
    """The references of a course: the same ones each time."""
    chance = Random(f"{seed}/{number}/references")

    def draw_reference(letter: str) -> str:
        text = "".join(chance.choices(ALPHABET, k=11))
        return f"{letter}-{text[:5]}-{text[5:10]}-{text[10:]}"

    return draw_reference


async def surroundings(told: Told, open_now: AsyncExitStack) -> dict[str, Surroundings]:
    """What each room needs to know of the world, as its own processes are told."""
    found = {}
    policy = load_policy(Path(told.environments["intake"]["SPIS_POLICY"]))
    for name, room in ROOMS.items():
        env = told.environments[name]
        settings = Settings.from_env(name, env)
        database = await Database.open(name, settings.database, room.folder, connections_max=1)
        open_now.push_async_callback(database.close)
        found[name] = Surroundings(name, settings, database, clock_of(env), policy, env)
    return found


def book_of(country: Country, room: str) -> Callable[[str], Effect]:
    """The effects of a room's statements."""
    files = [*sorted(STORAGE.glob("*.sql")), *sorted(ROOMS[room].folder.glob("*.sql"))]
    return effects(load_queries(*files), OWN[room](country.listed))
