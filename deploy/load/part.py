"""One part of a year: its courses played, and what every table is to hold of them put into the databases."""

from collections.abc import Iterable

from deploy.load.country import ROOMS
from deploy.load.doing import Doing
from deploy.load.keeping import Kept, as_superuser, connect
from deploy.load.playing import Play
from deploy.load.remembered import Memory, Office
from deploy.load.stage import DrawnKeys, Stage, Told
from deploy.load.statements import Row
from services.contracts.catalog import ALERTS, TOPICS, topics_heard_by
from services.contracts.envelope import Envelope

FRAMES_OF_A_CASE_MAX = 400
READERS = {topic.name: [room for room in ROOMS if topic in topics_heard_by(room)] for topic in TOPICS}

Said = list[tuple[str, Envelope]]
"""What was said, each on its topic."""


async def play(stage: Stage, first: int, last: int) -> tuple[Kept, Said]:
    """What every table is to hold of the courses from `first` up to before `last`, and what was said."""
    kept, said = Kept(), Said()
    for number in range(first, last):
        office, keys = Office(stage.books), DrawnKeys(stage.ring)
        doing = Doing(stage.country, stage.desk(number, keys))
        await Play(stage.country, stage.crew, office, doing, stage.course(number)).play(stage.told.until)
        said += office.said_on_topics()
        remember(kept, office, keys)
    frames = sorted(kept.rows.pop(("notifications", "insert_frames"), []), key=lambda frame: str(frame["at"]))
    base = stage.told.last_frame + first * FRAMES_OF_A_CASE_MAX
    kept.add("notifications", "frames", ({"number": base + n, **frame} for n, frame in enumerate(frames, start=1)))
    return kept, said


def alerts_of(said: Said) -> list[Envelope]:
    """What desks were told, in the order of its time."""
    return sorted((e for topic, e in said if topic == ALERTS.name), key=lambda envelope: envelope.recorded_time)


async def keep(told: Told, kept: Kept) -> None:
    """Put everything into the databases, each in one transaction."""
    for room in (*ROOMS, "keys"):
        link = await connect(as_superuser(told.admin_url, told.database(room)))
        try:
            await kept.copy(room, link)
        finally:
            await link.close()


def remember(kept: Kept, office: Office, keys: DrawnKeys) -> None:
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
