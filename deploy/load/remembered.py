"""Rooms whose rows lie in memory: the same work as over a database, decided by the same functions, read and kept here.

One case at a time: what two cases have in common is only how often each desk was told something, and that is counted
by whoever sends it.
"""

from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast

from deploy.load.effects import OF_ONE_WORK
from deploy.load.statements import Effect, Row, Rows
from services.contracts.catalog import BY_EVENT, Announcement
from services.contracts.envelope import Envelope
from services.storage.decider import C, Decider, E, S
from services.storage.stamp import Stamp
from services.storage.work import Work

Due = tuple[datetime, str, str, str, str]
"""When, in which room, of which kind, whom it concerns, and the journey it belongs to."""


@dataclass
class Memory:
    """What one room keeps of one case."""

    room: str
    effect: Callable[[str], Effect]
    rows: Rows = field(default_factory=dict)
    streams: dict[str, tuple[Any, int]] = field(default_factory=dict)
    deadlines: dict[tuple[str, str], tuple[datetime, str]] = field(default_factory=dict)
    drawn: dict[tuple[str, str], int] = field(default_factory=dict)

    def envelope(self, said: Mapping[str, Any]) -> Envelope:
        """What was said, under the next number of its key."""
        place = said["topic"], said["key"]
        self.drawn[place] = number = self.drawn.get(place, 0) + 1
        return Envelope(
            id=said["event_id"],
            source=f"/{self.room}",
            type=said["type"],
            subject=said["subject"],
            key=said["key"],
            sequence=number,
            incarnation=1,
            time=datetime.fromisoformat(said["occurred_at"]),
            recorded_time=datetime.fromisoformat(said["recorded_at"]),
            correlation_id=said["correlation_id"],
            unit=said["unit"],
            traceparent=said["traceparent"],
            data=said["body"].encode(),
        )


class Remembered(Work):
    """Work over a memory; nothing of it is kept before `keep`."""

    def __init__(self, memory: Memory, stamp: Stamp) -> None:
        super().__init__(cast(Any, None), memory.room, stamp, {})
        self._memory = memory
        memory.rows.pop(OF_ONE_WORK, None)
        self._announced: list[Announcement] = []

    def say(self, announcement: Announcement, *, fact: str) -> None:
        """Announce something of this room."""
        super().say(announcement, fact=fact)
        self._announced.append(announcement)

    async def fetch(self, statement: str, *arguments: object) -> list[Any]:
        """Run a named statement on what is remembered."""
        return self._memory.effect(statement)(self._memory.rows, arguments)

    async def fetch_row(self, statement: str, *arguments: object) -> Any | None:
        """Run a named statement on what is remembered, and give its first row."""
        return next(iter(await self.fetch(statement, *arguments)), None)

    async def flush_changes(self) -> None:
        """Let the changes gathered so far be seen."""
        for statement, arguments in self._changes:
            self._memory.effect(statement)(self._memory.rows, arguments)
        self._changes.clear()

    async def keep(self) -> Iterator[tuple[Announcement, Envelope]]:
        """Remember all that was gathered, and give what was said."""
        memory = self._memory
        await self.flush_changes()
        memory.rows.pop(OF_ONE_WORK, None)
        memory.streams |= self._states
        memory.rows.setdefault("stream_events", []).extend(self._events)
        for statement, items in self._last.items():
            memory.rows.setdefault(statement, []).extend(cast(list[Row], items))
        for place, (due, journey) in self._deadlines.items():
            memory.deadlines.pop(place, None)
            if due:
                memory.deadlines[place] = due, journey
        return zip(self._announced, [memory.envelope(said) for said in self._said], strict=True)

    async def read_streams(self, decider: Decider[S, C, E], refs: Iterable[str]) -> None:
        for stream in map(decider.stream, refs):
            self._states.setdefault(stream, self._memory.streams.get(stream, (decider.initial, 0)))


class Office:
    """The rooms of the country for one case."""

    def __init__(self, effects: Mapping[str, Callable[[str], Effect]]) -> None:
        self.memories = {room: Memory(room, effect) for room, effect in effects.items()}
        self.said: list[tuple[Announcement, Envelope]] = []

    async def act(
        self, room: str, stamp: Stamp, action: Callable[[Work], Awaitable[Any]]
    ) -> list[tuple[Announcement, Envelope]]:
        """Carry out something in a room; gives what it said."""
        work = Remembered(self.memories[room], stamp)
        await action(work)
        said = list(await work.keep())
        self.said += said
        return said

    async def next_due(self) -> Due | None:
        """The earliest appointment of any room."""
        return min(
            (
                (due, room, kind, subject, journey)
                for room, memory in self.memories.items()
                for (kind, subject), (due, journey) in memory.deadlines.items()
            ),
            default=None,
        )

    async def take(self, due: Due) -> None:
        """Take an appointment away, because it is being kept."""
        _, room, kind, subject, _ = due
        del self.memories[room].deadlines[(kind, subject)]

    def said_on_topics(self) -> list[tuple[str, Envelope]]:
        """Everything that was said, with its topic, in the order in which it was said."""
        return [(BY_EVENT[type(announcement)].topic.name, envelope) for announcement, envelope in self.said]

    def last_said(self) -> Iterator[tuple[str, Envelope]]:
        """The last thing said of each key of each topic."""
        last = {(topic, envelope.key): (topic, envelope) for topic, envelope in self.said_on_topics()}
        yield from last.values()
