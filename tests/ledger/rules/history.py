"""A recorded run as the rules read it: who asked what, what was announced, what desks heard, what stood at the end.

Made from records alone; nothing here knows how they were gathered.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

Row = Mapping[str, Any]
KeyName = tuple[str, str, str]
"""Source, topic and key: within them, and only there, events have an order."""

CHECKPOINT = "ba.spis.checkpoint.v1"
DIRECTORY = "spis.referral.directory.v1"
ACCESS_LOG = "spis.intake.access_log.v1"
OF_THE_HOUSE = frozenset({DIRECTORY, ACCESS_LOG})
"""What the house says of itself, whatever anybody asked for; no figure counts it."""


@dataclass(frozen=True, slots=True)
class Event:
    """One event as it lies in the log."""

    topic: str
    partition: int
    offset: int
    id: str
    source: str
    type: str
    subject: str
    key: str
    incarnation: int
    sequence: int
    recorded: str
    correlation: str
    unit: str
    data: Row
    sent: str = ""
    """When its room sent it, in real time."""
    clock: str = ""
    """What everybody's domain clock said when it was seen."""

    @property
    def name(self) -> str:
        """The last two words of its type: `referral.sent`."""
        return ".".join(self.type.split(".")[3:5])

    @property
    def record(self) -> str:
        """Where it lies."""
        return f"{self.topic}/{self.partition}/{self.offset}"

    @property
    def line(self) -> KeyName:
        """The order it belongs to."""
        return (self.source, self.topic, self.key)

    @property
    def number(self) -> tuple[int, int]:
        """Its place in that order."""
        return (self.incarnation, self.sequence)


@dataclass(frozen=True, slots=True)
class Intent:
    """One thing a client wanted, under one key, however often it had to be sent."""

    id: str
    op: str
    key: str
    caller: str
    about: str
    bad: bool
    correlation: str
    outcome: str
    replies: tuple[Row, ...]
    digests: frozenset[str]

    @property
    def reply(self) -> Row:
        """What it was answered first."""
        return self.replies[0] if self.replies else {}


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame as an observer's stream received it."""

    account: str
    number: int
    data: Row

    @property
    def change(self) -> tuple[object, ...]:
        """What it tells; the same change may come once."""
        of = self.data
        return (of.get("alert"), of.get("kind"), of.get("repeats"), of.get("to_desk"))


@dataclass(frozen=True)
class History:
    """Everything that was recorded, in the order in which it was."""

    run: Row
    intents: Sequence[Intent]
    log: Sequence[Event]
    unreadable: Sequence[Row]
    frames: Mapping[str, Sequence[Frame]]
    rows: Mapping[str, Sequence[Row]]
    shown: tuple[Row, ...]
    poison: frozenset[str]
    copies: tuple[Row, ...] = ()
    faults: tuple[Row, ...] = ()
    """The beginning and the end of everything that was done to the house."""
    end: Row = field(default_factory=dict)

    @cached_property
    def events(self) -> Sequence[Event]:
        """Every announcement once, by its id; checkpoints announce nothing, and a stranger's poison is no event."""
        once: dict[str, Event] = {}
        for event in self.log:
            if event.type != CHECKPOINT and event.id not in self.poison:
                once.setdefault(event.id, event)
        return tuple(once.values())

    @cached_property
    def poisoned(self) -> frozenset[str]:
        """Where a stranger's poison lies."""
        readable = {event.record for event in self.log if event.id in self.poison}
        return frozenset(readable | {record["id"] for record in self.unreadable if record["says"] in self.poison})

    @cached_property
    def by_id(self) -> Mapping[str, Event]:
        """The announcements by id."""
        return {event.id: event for event in self.events}

    @cached_property
    def by_subject(self) -> Mapping[tuple[str, str], Sequence[Event]]:
        """The announcements by name and subject."""
        return _grouped(self.events, lambda event: (event.name, event.subject))

    @cached_property
    def by_name(self) -> Mapping[str, Sequence[Event]]:
        """The announcements by name."""
        return _grouped(self.events, lambda event: event.name)

    @cached_property
    def lines(self) -> Mapping[KeyName, Sequence[Event]]:
        """Every record of the log by the order it belongs to, repeats and all."""
        mine = (e for e in self.log if e.type != CHECKPOINT and e.id not in self.poison)
        return _grouped(sorted(mine, key=lambda e: (e.topic, e.partition, e.offset)), lambda event: event.line)

    @cached_property
    def by_correlation(self) -> Mapping[str, Intent]:
        """The intents by the thread of events they begin."""
        return {intent.correlation: intent for intent in self.intents}

    def table(self, name: str) -> Sequence[Row]:
        """The final rows of a table, named as `room.table`."""
        return self.rows.get(name, ())

    def desks(self, account: str) -> frozenset[str]:
        """The desks that an observer covers."""
        return frozenset(self.run.get("accounts", {}).get(account, ()))


def history_of(records: Iterable[Row]) -> History:
    """Read a record."""
    kinds: dict[str, list[Row]] = defaultdict(list)
    for record in _settled(records):
        kinds[record["kind"]].append(record)
    rows: dict[str, list[Row]] = defaultdict(list)
    for record in kinds["row"]:
        rows[record["table"]].append(record["row"])
    return History(
        run=kinds["run"][-1] if kinds["run"] else {},
        intents=tuple(_intents(kinds)),
        log=tuple(_event(record) for record in kinds["event"]),
        unreadable=tuple(kinds["unreadable"]),
        frames=_grouped((_frame(record) for record in kinds["frame"]), lambda frame: frame.account),
        rows=rows,
        shown=tuple(kinds["shown"]),
        poison=frozenset(record["id"] for record in kinds["poison"]),
        copies=(*kinds["copy"], *kinds["copied"]),
        faults=(*kinds["fault"], *kinds["fault_over"]),
        end=kinds["end"][-1] if kinds["end"] else {},
    )


def _settled(records: Iterable[Row]) -> Iterator[Row]:
    """The record without what the house says of its own log while its rows are read, and what was heard of that."""
    reading, said = False, set[str]()
    for record in records:
        match record:
            case {"kind": "row", "table": "counters" | "unpublished", "row": {"topic": topic}} if topic == ACCESS_LOG:
                reading = True
            case {"kind": "row", "row": {"topic": topic, "event_id": id_}} if topic == ACCESS_LOG and id_ not in said:
                reading = True
            case {"kind": "event", "topic": topic} if reading and topic == ACCESS_LOG:
                continue
            case {"kind": "event", "topic": topic, "id": id_} if topic == ACCESS_LOG:
                said.add(id_)
                yield record
            case _:
                reading = reading or record["kind"] == "row"
                yield record


def _intents(kinds: Mapping[str, Sequence[Row]]) -> Iterable[Intent]:
    answers = {kind: _grouped(kinds[kind], lambda record: record["intent"]) for kind in ("ok", "fail") if kind in kinds}
    first: dict[str, Row] = {}
    for record in kinds["invoke"]:
        first.setdefault(record["intent"], record)
    for id_, asked in first.items():
        ok, fail = answers.get("ok", {}).get(id_, ()), answers.get("fail", {}).get(id_, ())
        yield Intent(
            id=id_,
            op=asked["op"],
            key=asked["key"],
            caller=asked["caller"],
            about=asked["about"],
            bad=asked["bad"],
            correlation=asked["correlation"],
            outcome="ok" if ok else "refused" if fail else "unknown",
            replies=tuple(record["reply"] for record in ok),
            digests=frozenset(record["digest"] for record in ok),
        )


def _event(record: Row) -> Event:
    said = {name: record[name] for name in Event.__slots__ if name not in ("sent", "clock")}
    return Event(**said, sent=record.get("sent", ""), clock=record.get("domain", ""))


def _frame(record: Row) -> Frame:
    return Frame(record["account"], record["number"], record["data"])


def _grouped(items: Iterable[Any], by: Any) -> dict[Any, list[Any]]:
    groups: dict[Any, list[Any]] = defaultdict(list)
    for item in items:
        groups[by(item)].append(item)
    return dict(groups)
