"""Carries the outbox to Kafka: one active relay a database, rows in order, each answer awaited, then marked.

What is sent twice, after a crash or by a relay that was passed over, has the same number and is dropped by its readers.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, TypeVar

import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError
from aiokafka.partitioner import DefaultPartitioner
from aiokafka.producer.message_accumulator import BatchBuilder
from asyncpg import Record

from services.bus.checkpoints import SECONDS_BETWEEN, Checkpoint, checkpoint_envelope
from services.bus.tail import columns
from services.contracts.envelope import Envelope, encode
from services.contracts.failures import Unavailable
from services.storage.database import Database
from services.telemetry import metrics

BATCH_ROWS_MAX = 2_000
SEND_SECONDS_MAX = 10.0
TAIL_SECONDS_MAX = 20.0
POLL_SECONDS = 1.0
RETRY_SECONDS = 0.5
RENEW_SECONDS = 2.0

log = structlog.get_logger()

T = TypeVar("T")

Tail = Callable[[Mapping[tuple[str, int], int]], Awaitable[Sequence[Envelope]]]
"""The room's own events that lie behind the given offsets of its topics."""


@lru_cache(maxsize=4_096)
def partition_of(key: bytes, *partitions: int) -> int:
    """Where a key lies, as every client of Kafka has it."""
    found: int = DefaultPartitioner()(key, partitions, partitions)
    return found


class RelayStuck(Exception):
    """Kafka did not answer in time; only a new process is sure to have nothing left in flight."""


class LogAhead(Exception):
    """The topics hold more than this database knows of: it was restored to an earlier point."""


class Relay:
    """Publishes one database's outbox while it holds the lease."""

    def __init__(
        self,
        producer: AIOKafkaProducer,
        database: Database,
        holder: str,
        tail: Tail,
        send_seconds_max: float = SEND_SECONDS_MAX,
    ) -> None:
        self._producer = producer
        self._tail = tail
        self._database = database
        self._source = f"/{database.room}"
        self._holder = holder
        self._send_seconds_max = send_seconds_max
        self._term: int | None = None
        self._beat = 0
        self._checkpointed: dict[tuple[str, int], tuple[int, float]] = {}

    async def run(self, stop: asyncio.Event) -> None:
        """Publish until `stop`; raises `RelayStuck` when Kafka stops answering, `LogAhead` after a restore."""
        while not stop.is_set():
            try:
                published = await self._turn()
            except Unavailable:
                await asyncio.sleep(RETRY_SECONDS)
                continue
            if not published:
                await self._database.doorbell.wait("outbox", POLL_SECONDS)
        if self._term is not None:
            await self._database.read("leave_lease", self._holder, self._term)

    async def _turn(self) -> int:
        if not await self._lead():
            return 0
        rows = await self._database.read("unpublished", BATCH_ROWS_MAX)
        if rows:
            await self._publish(rows)
        await self._checkpoint()
        return len(rows)

    async def _lead(self) -> bool:
        """Take or keep the lease; where its count is not the one we left, the database may be an earlier one."""
        known, self._term = (self._term, self._beat + 1), None
        row = await self._database.read_row("take_lease", self._holder)
        term, self._beat = (row["term"], row["beat"]) if row else (None, 0)
        if term is not None and (term, self._beat) != known:
            await self._refuse_if_log_is_ahead()
            log.info("relay_took_lease", term=term, holder=self._holder)
        self._term = term
        return term is not None

    async def _publish(self, rows: Sequence[Record]) -> None:
        sent = await self._holding_on(self._send([(row["topic"], None, self._envelope(row)) for row in rows]))
        ids, (partitions, offsets) = [row["id"] for row in rows], zip(*sent, strict=True)
        marked = await self._database.read_row("mark_published", self._holder, self._term, ids, partitions, offsets)
        if marked is None or marked["marked"] < 0:
            log.warning("relay_passed_over", term=self._term, holder=self._holder)
            self._term = None
            return
        waited = datetime.now(UTC) - rows[0]["accepted_at"]
        metrics.PUBLISH_SECONDS.labels(self._database.room).observe(max(0.0, waited.total_seconds()))
        for topic, number in Counter(row["topic"] for row in rows).items():
            metrics.PUBLISHED.labels(self._database.room, topic).inc(number)

    async def _send(self, batch: Sequence[tuple[str, int | None, Envelope]]) -> Sequence[tuple[int, int]]:
        """Each one's partition and offset, once all are answered; what goes to one partition goes as one."""
        parcels: list[tuple[str, int, BatchBuilder, list[int]]] = []
        filling: dict[tuple[str, int], int] = {}
        try:
            async with asyncio.timeout(self._send_seconds_max):
                partitions = {topic: sorted(await self._producer.partitions_for(topic)) for topic, _, _ in batch}
                for place, (topic, wanted, envelope) in enumerate(batch):
                    key, value, headers = encode(envelope)
                    to = (topic, partition_of(key, *partitions[topic]) if wanted is None else wanted)
                    said: dict[str, Any] = {"timestamp": None, "key": key, "value": value, "headers": headers}
                    if to not in filling or parcels[filling[to]][2].append(**said) is None:
                        filling[to] = len(parcels)
                        parcels.append((*to, self._producer.create_batch(), []))
                        parcels[-1][2].append(**said)
                    parcels[filling[to]][3].append(place)
                sent = [await self._producer.send_batch(part, topic, partition=to) for topic, to, part, _ in parcels]
                answers = await asyncio.gather(*sent)
        except (TimeoutError, KafkaError) as error:
            raise RelayStuck(type(error).__name__) from error
        found = [(0, 0)] * len(batch)
        for answer, (_, partition, _, places) in zip(answers, parcels, strict=True):
            for number, place in enumerate(places):
                found[place] = partition, answer.offset + number
        return found

    def _envelope(self, row: Record) -> Envelope:
        place, times = (row["key"], row["sequence"], row["incarnation"]), (row["occurred_at"], row["recorded_at"])
        about = row["correlation_id"], row["unit"], row["traceparent"], row["body"].encode()
        return Envelope(row["event_id"], self._source, row["type"], row["subject"], *place, *times, *about)

    async def _checkpoint(self) -> None:
        """Behind new events, put what was published so far; at most twice a minute on each partition."""
        now = time.monotonic()
        due = []
        for row in await self._database.read("published_counts"):
            place = (row["topic"], row["partition"])
            count, at = self._checkpointed.get(place, (0, now - SECONDS_BETWEEN))
            if row["count"] != count and now - at >= SECONDS_BETWEEN:
                checkpoint = Checkpoint(self._source, row["incarnation"], self._term or 0, row["count"])
                due.append((*place, checkpoint_envelope(checkpoint, *place, datetime.now(UTC))))
                self._checkpointed[place] = (row["count"], now)
        if due:
            await self._send(due)

    async def _refuse_if_log_is_ahead(self) -> None:
        """Events behind the last one this database marked are its own, sent and not yet marked; any other is a sign."""
        known = {
            (row["topic"], row["partition"]): row["last_offset"] for row in await self._database.read("last_offsets")
        }
        try:
            async with asyncio.timeout(TAIL_SECONDS_MAX):
                beyond = await self._holding_on(self._tail(known))
        except (TimeoutError, KafkaError) as error:
            raise RelayStuck(type(error).__name__) from error
        unknown = await self._database.read("not_in_outbox", *columns(beyond))
        if unknown:
            metrics.LOSS.labels(self._database.room, "database").inc(len(unknown))
            raise LogAhead(
                f"{len(unknown)} announcements are on the topics that this database never made: "
                f"run `./spis restored {self._database.room}` if it was restored to an earlier point"
            )

    async def _holding_on(self, doing: Awaitable[T]) -> T:
        """Keep the lease while something takes long: two slow relays must not take it from each other."""
        task = asyncio.ensure_future(doing)
        try:
            while not (await asyncio.wait([task], timeout=RENEW_SECONDS))[0]:
                await self._database.read_row("take_lease", self._holder)
            return await task
        finally:
            task.cancel()
