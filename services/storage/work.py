"""One open transaction: what is decided in it is gathered, and all of it written in one round trip at the end.

Nothing here commits; the database does, in the same round trip, when the action that fills the work has returned.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from asyncpg import Record
from pydantic_core import to_json

from services.contracts.catalog import BY_EVENT, Announcement, body
from services.contracts.ids import event_id
from services.storage.decider import C, Decider, E, S, shape
from services.storage.stamp import Stamp

READ_STREAMS = """SELECT stream, version, type, data FROM stream_events WHERE stream = ANY ($1::text[])
ORDER BY stream, version"""


class Work:
    """What one transaction has read and will leave behind."""

    def __init__(self, conn: Any, room: str, stamp: Stamp, statements: Mapping[str, str]) -> None:
        self.conn = conn
        self.room = room
        self.stamp = stamp
        self.rings: set[str] = set()
        self.known: dict[tuple[str, str], Any] = {}  # what a room has read or changed, and does not read again
        self._statements = statements
        self._states: dict[str, tuple[Any, int]] = {}
        self._events: list[dict[str, Any]] = []
        self._said: list[dict[str, Any]] = []
        self._deadlines: dict[tuple[str, str], tuple[datetime | None, str]] = {}
        self._changes: list[tuple[str, tuple[object, ...]]] = []
        self._last: dict[str, list[object]] = {}

    async def state(self, decider: Decider[S, C, E], ref: str) -> S:
        """Where a stream stands, with what this work has decided already."""
        await self.read_streams(decider, [ref])
        state: S = self._states[decider.stream(ref)][0]
        return state

    async def read_streams(self, decider: Decider[S, C, E], refs: Iterable[str]) -> None:
        """Read several streams at once; what this work has read or decided already stays as it is."""
        if lacking := {stream for stream in map(decider.stream, refs) if stream not in self._states}:
            read = dict.fromkeys(lacking, (decider.initial, 0))
            for row in await self.conn.fetch(READ_STREAMS, sorted(lacking)):
                state, event = read[row["stream"]][0], decider.restore(row["type"], row["data"])
                read[row["stream"]] = decider.evolve(state, event), row["version"]
            self._states |= read

    async def carry_out(self, decider: Decider[S, C, E], ref: str, command: C, *, new: bool = False) -> list[E]:
        """Decide one command and gather its consequences; a refusal gathers nothing; a new stream is not read."""
        stream = decider.stream(ref)
        await self.read_streams(decider, [] if new else [ref])
        state, version = self._states.get(stream, (decider.initial, 0))
        events = decider.decide(state, command)
        for event in events:
            state, version = decider.evolve(state, event), version + 1
            self._events.append(
                {
                    "stream": stream,
                    "version": version,
                    "type": decider.stored_name(event),
                    "data": shape(type(event)).dump_python(event, mode="json"),
                    "recorded_at": self.stamp.now.isoformat(),
                    "actor": self.stamp.actor,
                    "correlation_id": self.stamp.correlation_id,
                }
            )
            self._changes += ((change.statement, change.arguments) for change in decider.show(ref, event, self.stamp))
            for index, announcement in enumerate(decider.announce(ref, state, event)):
                self.say(announcement, fact=f"{stream}/{version}/{index}")
        self._states[stream] = (state, version)
        # Set again even when nothing happened: the watchdog takes an appointment away before it asks.
        next_step = decider.next_step(state)
        if events or next_step is not None:
            self._deadlines[(decider.name, ref)] = (next_step, self.stamp.correlation_id)
        return events

    def say(self, announcement: Announcement, *, fact: str) -> None:
        """Announce something of this room; the same `fact` always gives the event the same id."""
        entry = BY_EVENT[type(announcement)]
        if entry.owner != self.room:
            raise ValueError(f"{entry.type} is {entry.owner}'s to say, not {self.room}'s")
        words = body(announcement)
        self._said.append(
            {
                "event_id": event_id(self.room, fact, words),
                "topic": entry.topic.name,
                "key": getattr(announcement, entry.key),
                "type": entry.type,
                "subject": getattr(announcement, entry.subject),
                "unit": announcement.unit,
                "occurred_at": getattr(announcement, entry.moment).isoformat(),
                "recorded_at": self.stamp.now.isoformat(),
                "correlation_id": self.stamp.correlation_id,
                "traceparent": self.stamp.traceparent,
                "body": words.decode(),
            }
        )

    def set_deadline(self, kind: str, subject: str, due_at: datetime) -> None:
        """Have `subject` looked at again at `due_at`, instead of at any earlier appointment."""
        self._deadlines[(kind, subject)] = (due_at, self.stamp.correlation_id)

    def clear_deadline(self, kind: str, subject: str) -> None:
        """Nothing is owed for `subject` any more."""
        self._deadlines[(kind, subject)] = (None, "")

    def change(self, statement: str, *arguments: object) -> None:
        """Run a named statement at commit, after those gathered before it."""
        self._changes.append((statement, arguments))

    def last(self, statement: str, item: object) -> None:
        """Gather JSON items for a statement that must be the last of the transaction, run once with all of them."""
        self._last.setdefault(statement, []).append(item)

    def ring(self, channel: str) -> None:
        """Wake those who wait on a channel, after the commit."""
        self.rings.add(channel)

    async def fetch(self, statement: str, *arguments: object) -> list[Record]:
        """Run a named statement now; it does not see what is only gathered."""
        rows: list[Record] = await self.conn.fetch(self._statements[statement], *arguments)
        return rows

    async def fetch_row(self, statement: str, *arguments: object) -> Record | None:
        """Run a named statement now and give its first row."""
        row: Record | None = await self.conn.fetchrow(self._statements[statement], *arguments)
        return row

    async def flush_changes(self) -> None:
        """Run the changes gathered so far, for work too large to gather whole."""
        if self._changes:
            await self.conn.execute(await self.conn.script(self._statements, self._changes))
            self._changes.clear()

    async def finish(self, first: str = "", then: str = "") -> None:
        """Write all that was gathered: views, then facts and announcements, then what must come last; in one go."""
        runs: list[tuple[str, Sequence[object]]] = [*self._changes]
        if self._events or self._said or self._deadlines:
            deadlines = [
                {"kind": kind, "subject": subject, "due_at": due and due.isoformat(), "correlation_id": journey}
                for (kind, subject), (due, journey) in self._deadlines.items()
            ]
            written = {"events": self._events, "announcements": self._said, "deadlines": deadlines}
            runs.append(("commit_work", [to_json(written).decode()]))
        runs += [(statement, [to_json(items).decode()]) for statement, items in self._last.items()]
        script = await self.conn.script(self._statements, runs)
        if script or then:
            await self.conn.execute(f"{first};{script}{then}" if script else then)
        if self._said:
            self.rings.add("outbox")
