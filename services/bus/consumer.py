"""Hears a room's topics: a Kafka group decides who reads what, the room's database decides how far.

The library swallows what a rebalance listener raises, so the listener only raises a flag; the loop claims partitions.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace

import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, ConsumerRecord, TopicPartition
from aiokafka.errors import IllegalStateError, KafkaError

from services.bus.batch import Claim, PositionMoved, apply_batch
from services.bus.heard import Arrived, Reaction
from services.bus.holding import Holding
from services.bus.ordering import HandlingFailed
from services.bus.verdict import Again, Hold, Park, Pass, verdict
from services.contracts.failures import Unavailable
from services.storage.database import Database
from services.storage.stamp import Stamp
from services.telemetry import metrics

BATCH_RECORDS_MAX = 100
POLL_MS = 250
KILLS_MAX = 3
PARKED_KEYS_MAX = 1_000
FULL_SECONDS = 5.0

log = structlog.get_logger()

NewStamp = Callable[[], Stamp]
KafkaRecord = ConsumerRecord[bytes, bytes]


class Consumer:
    """One member of the room's group; `turned` is called each time its loop has turned."""

    def __init__(
        self, client: AIOKafkaConsumer, database: Database, hear: Reaction, stamp: NewStamp, turned: Callable[[], None]
    ) -> None:
        self._client = client
        self._database = database
        self._hear = hear
        self._stamp = stamp
        self._turned = turned
        self._claims: dict[TopicPartition, Claim] = {}
        self._holding: Holding[TopicPartition] = Holding()
        self._reassigned = True

    async def run(self, topics: Sequence[str], stop: asyncio.Event) -> None:
        """Listen until `stop` is set; what Kafka or the database refuse meanwhile is waited for."""
        self._client.subscribe(topics=list(topics), listener=_Flag(self))
        while not stop.is_set():
            self._turned()
            if self._reassigned or self._unclaimed():
                await self._claim_assigned()
            self._resume_held()
            try:
                batches = await self._client.getmany(timeout_ms=POLL_MS, max_records=BATCH_RECORDS_MAX)
            except KafkaError as error:
                log.warning("kafka_poll_failed", error=type(error).__name__)
                await asyncio.sleep(POLL_MS / 1000)
                continue
            for partition, records in batches.items():
                if partition in self._claims and not self._holding.holds(partition) and not self._reassigned:
                    await self._take(partition, records)
                    self._turned()

    def flag(self) -> None:
        """Note that the partitions were dealt out anew."""
        self._reassigned = True

    def _unclaimed(self) -> bool:
        return any(partition not in self._claims for partition in self._client.assignment())

    async def _claim_assigned(self) -> None:
        self._reassigned = False
        self._claims.clear()
        self._holding.forget()
        assigned = sorted(self._client.assignment())
        if not assigned:
            return
        try:
            starts = await self._client.beginning_offsets(assigned)
            ends = await self._client.end_offsets(assigned)
            for partition in assigned:
                claim = await self._claim(partition)
                if not starts[partition] <= claim.next_offset <= ends[partition]:
                    metrics.LOSS.labels(self._database.room, "log").inc()
                    log.error(
                        "position_outside_log", topic=claim.topic, partition=claim.partition, offset=claim.next_offset
                    )
                    continue
                self._client.seek(partition, claim.next_offset)
                self._claims[partition] = claim
        except (KafkaError, Unavailable, IllegalStateError, TimeoutError) as error:
            log.warning("claim_postponed", error=type(error).__name__)
            await asyncio.sleep(POLL_MS / 1000)

    async def _claim(self, partition: TopicPartition) -> Claim:
        row = await self._database.read_row("claim_partition", partition.topic, partition.partition)
        if row is None:
            raise Unavailable("a claim gave no row")
        fruitless = row["fruitless_claims"]
        return Claim(partition.topic, partition.partition, row["epoch"], row["next_offset"], doubtful=fruitless > 0)

    async def _take(self, partition: TopicPartition, records: Sequence[KafkaRecord]) -> None:
        claim = self._claims[partition]
        arrived = [_arrived(record) for record in records if record.offset >= claim.next_offset]
        if not arrived:
            return
        try:
            if claim.doubtful:
                await self._one_by_one(partition, arrived)
            else:
                await self._together(partition, arrived)
        except PositionMoved:
            await self._find_position(partition)
        except Unavailable:
            self._hold(partition)
        else:
            self._holding.succeeded(partition)
            metrics.HEARD.labels(self._database.room, partition.topic).inc(len(arrived))
            self._measure(partition, records[-1].timestamp)

    async def _together(self, partition: TopicPartition, records: Sequence[Arrived]) -> None:
        try:
            self._claims[partition] = await self._apply(self._claims[partition], records, {})
        except (PositionMoved, Unavailable):
            raise
        except Exception as error:  # whose fault it is shows when each is taken alone
            log.warning("batch_taken_apart", topic=partition.topic, count=len(records), error=type(error).__name__)
            await self._one_by_one(partition, records)

    async def _apply(self, claim: Claim, records: Sequence[Arrived], park: dict[int, str]) -> Claim:
        return await self._database.transact(
            self._stamp(), lambda work: apply_batch(work, claim, records, self._hear, park)
        )

    async def _one_by_one(self, partition: TopicPartition, records: Sequence[Arrived]) -> None:
        """Deal with each record alone, so that only the one at fault is parked."""
        park: dict[int, str] = {}
        for record in records:
            attempt = 0
            while True:
                claim = self._claims[partition]
                if claim.doubtful and await self._kills(claim, record):
                    park[record.offset] = f"killed or hung the process {KILLS_MAX} times"
                try:
                    self._claims[partition] = await self._apply(claim, [record], park)
                    break
                except (PositionMoved, Unavailable):
                    raise
                except Exception as error:
                    attempt += 1
                    failed = error if isinstance(error, HandlingFailed) else HandlingFailed(record.offset, error)
                    await self._judge(failed, attempt, park)
        self._claims[partition] = replace(self._claims[partition], doubtful=False)

    async def _judge(self, failed: HandlingFailed, attempt: int, park: dict[int, str]) -> None:
        log.error("event_failed", offset=failed.offset, attempt=attempt, exc_info=failed.cause)
        match verdict(failed.cause, attempt):
            case Park(reason):
                if await self._parking_is_full():
                    raise Unavailable("too much is parked")
                park[failed.offset] = reason
            case Pass(code):
                park[failed.offset] = f"refused outside a command: {code}"
            case Hold():
                raise Unavailable("held")
            case Again():
                return

    async def _parking_is_full(self) -> bool:
        row = await self._database.read_row("parked_keys")
        if row is None or row["number"] < PARKED_KEYS_MAX:
            return False
        metrics.LOSS.labels(self._database.room, "parking_full").inc()
        log.error("parking_full", limit=PARKED_KEYS_MAX)
        await asyncio.sleep(FULL_SECONDS)
        return True

    async def _kills(self, claim: Claim, record: Arrived) -> bool:
        row = await self._database.read_row("suspect", claim.topic, claim.partition, claim.epoch, record.offset)
        if row is None:
            raise PositionMoved
        return bool(row["suspect_attempts"] > KILLS_MAX)

    async def _find_position(self, partition: TopicPartition) -> None:
        """Fenced: let the partition go. Ours after all: the answer to a commit was lost, so go on from where it is."""
        metrics.FENCED.labels(self._database.room).inc()
        claim = self._claims[partition]
        try:
            row = await self._database.read_row("position", partition.topic, partition.partition)
        except Unavailable:
            self._hold(partition)
            return
        if row is None or row["epoch"] != claim.epoch:
            log.warning("fenced", topic=claim.topic, partition=claim.partition, epoch=claim.epoch)
            del self._claims[partition]
            return
        self._claims[partition] = replace(claim, next_offset=row["next_offset"])
        self._seek(partition)

    def _hold(self, partition: TopicPartition) -> None:
        seconds = self._holding.hold(partition, asyncio.get_running_loop().time())
        log.warning("partition_held", topic=partition.topic, partition=partition.partition, delay_seconds=seconds)
        with suppress(IllegalStateError):
            self._client.pause(partition)
        self._seek(partition)

    def _resume_held(self) -> None:
        for partition in self._holding.due(asyncio.get_running_loop().time()):
            with suppress(IllegalStateError):
                self._client.resume(partition)

    def _seek(self, partition: TopicPartition) -> None:
        try:
            self._client.seek(partition, self._claims[partition].next_offset)
        except IllegalStateError:
            self._reassigned = True

    def _measure(self, partition: TopicPartition, last_timestamp: int) -> None:
        behind = max(0, (self._client.highwater(partition) or 0) - self._claims[partition].next_offset)
        metrics.LAG_RECORDS.labels(self._database.room, partition.topic).set(behind)
        # A record's age is real time; with nothing behind it there is no lag, however old it is.
        age = time.time() - last_timestamp / 1000
        metrics.LAG_SECONDS.labels(self._database.room, partition.topic).set(max(0.0, age) if behind else 0.0)


class _Flag(ConsumerRebalanceListener):
    def __init__(self, consumer: Consumer) -> None:
        self._consumer = consumer

    async def on_partitions_revoked(self, revoked: object) -> None:
        self._consumer.flag()

    async def on_partitions_assigned(self, assigned: object) -> None:
        self._consumer.flag()


def _arrived(record: KafkaRecord) -> Arrived:
    headers = tuple((name, value or b"") for name, value in record.headers)
    return Arrived(record.topic, record.partition, record.offset, record.key, record.value, headers)
