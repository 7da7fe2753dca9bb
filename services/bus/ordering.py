"""The order of the keys of one partition inside one transaction: what is applied, held, parked, dropped or released.

Both the reader of a topic and the replay of a parked event go through here, so there is one rule, locked in one way.
"""

import json
from base64 import b64decode, b64encode
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import structlog
from asyncpg import Record

from services.bus.heard import Arrived, Foreseeing, Heard, Reaction
from services.contracts.catalog import parse
from services.contracts.envelope import Envelope, decode
from services.contracts.failures import Malformed, Refused, Unavailable
from services.contracts.sequence import Mark, Place, place
from services.storage.away import CONFLICTS, is_away
from services.storage.work import Work
from services.telemetry import metrics

KeyName = tuple[str, str]
"""Source and key."""

PARKED_KEYS_MAX = 1_000

log = structlog.get_logger()


@dataclass(eq=False)
class HandlingFailed(Exception):
    """The event at `offset` could not be dealt with; its cause decides what becomes of it."""

    offset: int
    cause: Exception


@dataclass(frozen=True, slots=True)
class Waiting:
    """An event that was set aside; one with a reason is parked, and those behind it are held."""

    arrived: Arrived
    envelope: Envelope
    reason: str | None


class Ordering:
    """The keys of some events of one partition, which is taken until the transaction ends."""

    def __init__(self, work: Work, topic: str, partition: int, hear: Reaction, park: Mapping[int, str]) -> None:
        self.work = work
        self._topic = topic
        self._partition = partition
        self._hear = hear
        self._park = park
        self._marks: dict[KeyName, Mark] = {}
        self._moved: set[KeyName] = set()
        self._waiting: dict[KeyName, dict[tuple[int, int], Waiting]] = {}
        self._parsed: dict[int, Any] = {}  # by offset
        self.first_time: Counter[tuple[str, int]] = Counter()  # by source and incarnation

    async def load(self, keys: Iterable[KeyName]) -> Record:
        """Take the partition, read the marks of these keys and what is set aside for them; gives where it stands."""
        _sources, names = columns = _columns(sorted(keys))
        [stands] = await self.work.fetch("open_partition", self._topic, self._partition, *columns)
        for source, key, *mark in json.loads(stands["marks"] or "[]"):
            self._marks[source, key] = Mark(*mark)
        for row in await self.work.fetch("aside_of_keys", self._topic, names) if stands["aside"] else ():
            arrived = arrived_of(row)
            waiting = Waiting(arrived, decode(arrived.key, arrived.value, arrived.headers), row["reason"])
            self._waiting.setdefault((row["source"], row["key"]), {})[(row["incarnation"], row["sequence"])] = waiting
        return stands

    async def foresee(self, coming: Iterable[tuple[Arrived, Envelope]]) -> None:
        """Let the reaction read at once what these events will ask of it one by one."""
        if isinstance(self._hear, Foreseeing):
            for arrived, envelope in coming:
                with suppress(Malformed):
                    self._parsed[arrived.offset] = parse(envelope)
            await self._hear.foresee(self.work, list(self._parsed.values()))

    async def take(self, arrived: Arrived, envelope: Envelope) -> None:
        """Give one event its due."""
        key = (envelope.source, envelope.key)
        match self._place(key, envelope):
            case Place.REPEAT:
                metrics.REPEATS_DROPPED.labels(self.work.room, self._topic).inc()
            case Place.CLASH:
                metrics.LOSS.labels(self.work.room, "clash").inc()
                log.error("two_events_with_one_number", topic=self._topic, key=envelope.key, event_id=envelope.id)
            case Place.AHEAD:
                self.first_time[envelope.source, envelope.incarnation] += 1
                self._keep_aside(arrived, envelope, None)
            case Place.NEXT:
                self.first_time[envelope.source, envelope.incarnation] += 1
                await self._apply(arrived, envelope, aside=False)
                await self.release(key)

    def _place(self, key: KeyName, envelope: Envelope) -> Place:
        """Where an event stands, seen also from what is set aside for its key."""
        number = (envelope.incarnation, envelope.sequence)
        waiting = self._waiting.get(key, {})
        if number in waiting:
            return Place.REPEAT if waiting[number].envelope.id == envelope.id else Place.CLASH
        where = place(self._marks.get(key), envelope.incarnation, envelope.sequence, envelope.id)
        # What a restored source begins anew still comes after everything it had said before.
        return Place.AHEAD if where is Place.NEXT and waiting and min(waiting) < number else where

    def drop(self, key: KeyName, waiting: Waiting) -> None:
        """Set an event aside no longer: its number counts as dealt with, whether anything was done about it or not."""
        del self._waiting[key][(waiting.envelope.incarnation, waiting.envelope.sequence)]
        self.work.change("take_back", waiting.arrived.topic, waiting.arrived.partition, waiting.arrived.offset)
        self._advance(key, waiting.envelope)

    async def release(self, key: KeyName, *, even_parked: bool = False) -> None:
        """Deal with what is no longer behind anything; `even_parked` tries the first once more, whatever stopped it."""
        while (waiting := self.head(key)) and (waiting.reason is None or even_parked):
            even_parked = False
            if not await self._apply(waiting.arrived, waiting.envelope, aside=True):
                return

    def head(self, key: KeyName) -> Waiting | None:
        """The event that everything else of the key waits for, if it is here."""
        waiting = self._waiting.get(key)
        if not waiting:
            return None
        first = waiting[min(waiting)]
        where = place(self._marks.get(key), first.envelope.incarnation, first.envelope.sequence, first.envelope.id)
        return first if where is Place.NEXT else None

    def waiting(self, key: KeyName) -> Mapping[int, str | None]:
        """The offsets of what is still set aside for a key, with the reasons of those parked."""
        return {each.arrived.offset: each.reason for each in self._waiting.get(key, {}).values()}

    def save(self) -> None:
        """Gather the marks that moved."""
        if moved := sorted(self._moved):
            marks = [(mark.incarnation, mark.last, mark.last_id) for mark in map(self._marks.__getitem__, moved)]
            self.work.change("move_marks", self._topic, *_columns(moved), *zip(*marks, strict=True))

    async def _apply(self, arrived: Arrived, envelope: Envelope, *, aside: bool) -> bool:
        reason = self._park.get(arrived.offset) or await self._deal_with(arrived, envelope)
        if reason is None:
            if aside:
                self.drop((envelope.source, envelope.key), Waiting(arrived, envelope, None))
            else:
                self._advance((envelope.source, envelope.key), envelope)
            return True
        if aside:
            number = (envelope.incarnation, envelope.sequence)
            self._waiting[(envelope.source, envelope.key)][number] = Waiting(arrived, envelope, reason)
            self.work.change("park_held", arrived.topic, arrived.partition, arrived.offset, reason)
        else:
            await refuse_when_full(self.work)
            self._keep_aside(arrived, envelope, reason)
        log.error("parked", topic=self._topic, key=envelope.key, event_id=envelope.id, code=reason[:200])
        return False

    async def _deal_with(self, arrived: Arrived, envelope: Envelope) -> str | None:
        try:
            announcement = self._parsed.get(arrived.offset) or parse(envelope)
        except Malformed as error:
            return f"malformed: {error.detail}"
        try:
            await self._hear(self.work, Heard(announcement, envelope))
        except Refused as refused:
            metrics.REFUSED.labels(self.work.room, refused.code).inc()
            log.info("refused", code=refused.code, event_id=envelope.id)
        except Exception as error:  # whatever it did before it failed is undone, also when it calls the event malformed
            if isinstance(error, (Unavailable, *CONFLICTS)) or is_away(error):
                raise
            raise HandlingFailed(arrived.offset, error) from error
        return None

    def _keep_aside(self, arrived: Arrived, envelope: Envelope, reason: str | None) -> None:
        number = (envelope.incarnation, envelope.sequence)
        self._waiting.setdefault((envelope.source, envelope.key), {})[number] = Waiting(arrived, envelope, reason)
        keep_aside(self.work, arrived, envelope, reason)

    def _advance(self, key: KeyName, envelope: Envelope) -> None:
        self._marks[key] = Mark(envelope.incarnation, envelope.sequence, envelope.id)
        self._moved.add(key)


async def refuse_when_full(work: Work) -> None:
    """Hold rather than park when so much is parked that the fault must be ours: a bad release, or a bad source."""
    row = await work.fetch_row("parked_keys")
    if row is not None and row["number"] >= PARKED_KEYS_MAX:
        metrics.LOSS.labels(work.room, "parking_full").inc()
        log.error("parking_full", limit=PARKED_KEYS_MAX)
        raise Unavailable("too much is parked")


def keep_aside(work: Work, arrived: Arrived, envelope: Envelope | None, reason: str | None) -> None:
    """Gather the row of an event that is held or parked; without an envelope it is parked by its offset alone."""
    numbers: tuple[object, ...] = (None,) * 6
    if envelope:
        numbers = (envelope.source, envelope.key, envelope.incarnation, envelope.sequence, envelope.id, envelope.type)
    # Anybody may have written them: in base64 there is nothing a database refuses to keep.
    headers = json.dumps([[b64encode(part).decode() for part in (n.encode(), value)] for n, value in arrived.headers])
    place_in_log = (arrived.topic, arrived.partition, arrived.offset)
    work.change("set_aside", *place_in_log, *numbers, arrived.key, headers, arrived.value, reason)


def arrived_of(row: Record) -> Arrived:
    """The record that a row of `set_aside` keeps, as it arrived."""
    headers = tuple((b64decode(name).decode(), b64decode(value)) for name, value in json.loads(row["headers"]))
    return Arrived(row["topic"], row["partition"], row["offset"], row["record_key"], row["body"], headers)


def _columns(keys: Sequence[KeyName]) -> tuple[list[str], list[str]]:
    return [source for source, _ in keys], [name for _, name in keys]
