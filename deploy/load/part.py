"""One part of a synthetic year, played and kept by one process: its cases from the first report to this moment."""

import asyncio
import gc
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from random import Random
from typing import Any

from deploy.load.country import ROOMS, Country, open_country
from deploy.load.doing import Doing
from deploy.load.drawing import Course, draw
from deploy.load.effects import OWN
from deploy.load.keeping import Rows, as_superuser, connect
from deploy.load.playing import Crew, Play
from deploy.load.remembered import Memory, Office
from deploy.load.sending import Sent, send, sender
from deploy.load.statements import Effect, Row, effects
from intake.desk import Desk
from intake.vault.agency import KeyRing
from intake.vault.keys import Keys
from intake.vault.vault import Vault
from services.contracts.catalog import ALERTS, TOPICS, topics_heard_by
from services.contracts.envelope import Envelope
from services.contracts.ids import ALPHABET, NewReference
from services.contracts.policy import load_policy
from services.runtime.clock import clock_of
from services.runtime.room import Surroundings
from services.runtime.settings import Settings
from services.storage.database import Database
from services.storage.queries import load_queries

STORAGE = Path(__file__).parents[2] / "services" / "storage"
FRAMES_OF_A_CASE_MAX = 400
Said = list[tuple[str, Envelope]]
READERS = {topic.name: [room for room in ROOMS if topic in topics_heard_by(room)] for topic in TOPICS}


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


@dataclass(frozen=True, slots=True)
class Done:
    """What a part leaves to whoever joins the parts: what desks were told, whose numbers go through all of them."""

    cases: int
    sent: Sent
    alerts: Sequence[Envelope]


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


def references(chance: Random) -> NewReference:
    """References drawn from a seed, so that a course gives the same ones each time."""

    def draw_reference(letter: str) -> str:
        text = "".join(chance.choices(ALPHABET, k=11))
        return f"{letter}-{text[:5]}-{text[5:10]}-{text[10:]}"

    return draw_reference


def course_of(told: Told, country: Country, number: int) -> Course:
    """The course of a number: reports come in evenly over the time."""
    at = told.begins + (told.until - told.begins) * (number / told.cases)
    return draw(country.year, country.place, told.seed, number, at)


def play_part(told: Told, first: int, last: int) -> Done:
    """Play the courses from `first` up to before `last`, and keep them."""
    gc.disable()  # what is remembered lives until the part is kept, so there is nothing to look for
    try:
        return asyncio.run(_play_part(told, first, last))
    finally:
        gc.enable()


async def _play_part(told: Told, first: int, last: int) -> Done:
    async with AsyncExitStack() as open_now:
        around = await surroundings(told, open_now)
        kept, said = await play(told, around, first, last)
        producer = await open_now.enter_async_context(sender(around["intake"].settings.kafka, "load"))
        sent = await send(producer, [each for each in said if each[0] != ALERTS.name])
        await keep(told, kept)
    return Done(last - first, sent, alerts_of(said))


def alerts_of(said: Said) -> list[Envelope]:
    """What desks were told, in the order of its time."""
    return sorted((e for topic, e in said if topic == ALERTS.name), key=lambda envelope: envelope.recorded_time)


async def play(told: Told, around: Mapping[str, Surroundings], first: int, last: int) -> tuple[Rows, Said]:
    """What every table is to hold of some courses, and what was said on which topic."""
    country = await open_country(around)
    crew, kept, said = Crew.of(country), Rows(), Said()
    books = {room: book_of(country, room) for room in ROOMS}
    ring = KeyRing(Path(told.environments["intake"]["SPIS_AGENCY_KEY"]))
    for number in range(first, last):
        office, keys = Office(books), DrawnKeys(ring)
        doing = Doing(country, desk_of(told, number, keys))
        await Play(country, crew, office, doing, course_of(told, country, number)).play(told.until)
        said += office.said_on_topics()
        remember(kept, office, keys)
    frames = sorted(kept.kept.pop(("notifications", "insert_frames"), []), key=lambda frame: str(frame["at"]))
    base = told.last_frame + first * FRAMES_OF_A_CASE_MAX
    kept.add("notifications", "frames", ({"number": base + n, **frame} for n, frame in enumerate(frames, start=1)))
    return kept, said


def desk_of(told: Told, number: int, keys: Keys) -> Desk:
    """Intake's desk for one course, which draws the same references each time."""
    return Desk(Vault(keys), references(Random(f"{told.seed}/{number}/references")))


async def keep(told: Told, kept: Rows) -> None:
    """Put everything into the databases, each in one transaction."""
    for room in (*ROOMS, "keys"):
        link = await connect(as_superuser(told.admin_url, told.database(room)))
        try:
            await kept.copy(room, link)
        finally:
            await link.close()


async def surroundings(told: Told, open_now: AsyncExitStack) -> dict[str, Surroundings]:
    """What each room needs to know of the world, as its own processes are told."""
    found = {}
    for name, room in ROOMS.items():
        env = told.environments[name]
        settings = Settings.from_env(name, env)
        database = await Database.open(name, settings.database, room.folder, connections_max=1)
        open_now.push_async_callback(database.close)
        found[name] = Surroundings(name, settings, database, clock_of(env), load_policy(settings.policy), env)
    return found


def book_of(country: Country, room: str) -> Callable[[str], Effect]:
    """The effects of a room's statements."""
    files = [*sorted(STORAGE.glob("*.sql")), *sorted(ROOMS[room].folder.glob("*.sql"))]
    return effects(load_queries(*files), OWN[room](country.listed))


def remember(kept: Rows, office: Office, keys: DrawnKeys) -> None:
    """Add what the rooms keep of a case, and how far each has heard and said."""
    kept.add("keys", "person_keys", keys.rows.values())
    for room, memory in office.memories.items():
        for table, rows in memory.rows.items():
            if table == "keep_facts":
                kept.add(room, "facts", rows)
                kept.add(room, "contexts", (row["context"] for row in rows if "context" in row))
            else:
                kept.add(room, table, rows)
        kept.add(room, "deadlines", _deadlines(memory))
        drawn = [place for place in memory.drawn.items() if place[0][0] != ALERTS.name]
        kept.add(room, "counters", (_numbers(*place, "drawn") for place in drawn))
        kept.add(room, "published_keys", (_numbers(*place, "published") for place in drawn))
    for topic, envelope in office.last_said():
        if topic != ALERTS.name:
            for reader in READERS[topic]:
                kept.add(reader, "heard", [heard(topic, envelope)])


def heard(topic: str, envelope: Envelope) -> Row:
    """The mark of a key whose last event this is."""
    return {
        "source": envelope.source,
        "topic": topic,
        "key": envelope.key,
        "incarnation": envelope.incarnation,
        "last": envelope.sequence,
        "last_id": envelope.id,
    }


def _numbers(place: tuple[str, str], number: int, column: str) -> Row:
    return {"topic": place[0], "key": place[1], "incarnation": 1, column: number}


def _deadlines(memory: Memory) -> Iterable[Row]:
    for (kind, subject), (due, journey) in memory.deadlines.items():
        yield {"kind": kind, "subject": subject, "due_at": due, "correlation_id": journey}
