"""Hears a room's topics: a Kafka group decides who reads what, the room's database decides how far."""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import count

import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError

from services.bus.batch import Claim, Keep, PositionMoved, keep_batch
from services.bus.claims import Claims
from services.bus.heard import Arrived, Reaction
from services.bus.lag import Lag
from services.bus.ordering import HandlingFailed
from services.bus.verdict import Again, Hold, Park, Pass, verdict
from services.contracts.failures import Unavailable
from services.storage.database import Database
from services.storage.stamp import Stamp
from services.telemetry import metrics

BATCH_RECORDS_MAX = 500
POLL_MS = 250
DEALING_POLL_MS = 25  # what was dealt meanwhile is claimed at the next turn
POLL_SECONDS_MAX = 5.0
DEAF_SECONDS_MAX = 60.0
KILLS_MAX = 3

log = structlog.get_logger()

NewStamp = Callable[[], Stamp]
KafkaRecord = ConsumerRecord[bytes, bytes]


class Consumer:
    """One member of the room's group; `turned` is called each time its loop has turned."""

    def __init__(
        self,
        client: AIOKafkaConsumer,
        database: Database,
        hear: Reaction,
        stamp: NewStamp,
        turned: Callable[[], None],
        keep: Keep = keep_batch,
    ) -> None:
        self._client = client
        self._database = database
        self._hear = hear
        self._stamp = stamp
        self._turned = turned
        self._keep = keep
        self._claims = Claims(client, database)
        self._lag = Lag(database.room)
        self._polled_at = time.monotonic()

    async def run(self, topics: Sequence[str], stop: asyncio.Event) -> None:
        """Listen until `stop` is set; what Kafka or the database refuse meanwhile is waited for."""
        self._client.subscribe(topics=list(topics), listener=self._claims)
        while not stop.is_set():
            self._turned()
            await self._claims.claim_lacking()
            self._claims.resume_held()
            self._lag.show(self._claims.behind(), time.time())
            for partition, records in (await self._poll()).items():
                if self._claims.may_take(partition):
                    await self._take(partition, records)
                    self._turned()

    async def _poll(self) -> dict[TopicPartition, list[KafkaRecord]]:
        wait_ms = POLL_MS if self._claims.settled else DEALING_POLL_MS
        try:
            # While members are being dealt their partitions the library waits without a limit of its own.
            async with asyncio.timeout(POLL_SECONDS_MAX):
                records = await self._client.getmany(timeout_ms=wait_ms, max_records=BATCH_RECORDS_MAX)
        except (TimeoutError, KafkaError) as error:
            # The library's coordination may have died of an error it did not expect, and nothing revives it.
            if time.monotonic() - self._polled_at > DEAF_SECONDS_MAX:
                raise
            log.warning("kafka_poll_failed", error=type(error).__name__)
            await asyncio.sleep(POLL_MS / 1000)
            return {}
        self._polled_at = time.monotonic()
        return records

    async def _take(self, partition: TopicPartition, records: Sequence[KafkaRecord]) -> None:
        claim = self._claims[partition]
        try:
            if await self._claims.lost_its_start(partition, records[0].offset):
                return
            arrived = [_arrived(record) for record in records if record.offset >= claim.next_offset]
            if arrived and claim.doubtful:
                await self._one_by_one(partition, arrived)
            elif arrived:
                await self._together(partition, arrived)
        except PositionMoved:
            await self._claims.find_position(partition)
        except (Unavailable, KafkaError):
            self._claims.hold(partition)
        else:
            self._claims.succeeded(partition)
            metrics.HEARD.labels(self._database.room, partition.topic).inc(len(arrived))
            waited = time.time() - records[0].timestamp / 1000
            metrics.HEAR_SECONDS.labels(self._database.room).observe(max(0.0, waited))
            self._lag.heard(partition, records[-1].timestamp / 1000)

    async def _together(self, partition: TopicPartition, records: Sequence[Arrived]) -> None:
        try:
            await self._until_judged(partition, records, {})
        except (PositionMoved, Unavailable):
            raise
        except Exception as error:  # whose fault it is shows when each is taken alone
            log.warning("batch_taken_apart", topic=partition.topic, count=len(records), error=type(error).__name__)
            await self._one_by_one(partition, records)

    async def _apply(self, partition: TopicPartition, records: Sequence[Arrived], park: Mapping[int, str]) -> None:
        claim = self._claims[partition]
        moved = await self._keep(self._database, self._stamp(), claim, records, self._hear, park)
        self._claims.moved(partition, moved)

    async def _one_by_one(self, partition: TopicPartition, records: Sequence[Arrived]) -> None:
        """Deal with each record alone, so that only the one at fault is parked."""
        doubtful = self._claims[partition].doubtful
        for record in records:
            park: dict[int, str] = {}
            if doubtful and await self._suspect(self._claims[partition], record) >= KILLS_MAX:
                park[record.offset] = f"killed or hung the process {KILLS_MAX} times"
            try:
                await self._until_judged(partition, [record], park)
            except (PositionMoved, Unavailable):
                with suppress(Unavailable):
                    await self._database.read("survived", partition.topic, partition.partition, record.offset)
                raise
            self._turned()
        self._claims.moved(partition, replace(self._claims[partition], doubtful=False))

    async def _until_judged(self, partition: TopicPartition, records: Sequence[Arrived], park: dict[int, str]) -> None:
        """Deal with records, one of which may be at fault; where that is not sure, it is for whoever asked to say."""
        at_fault: set[int] = set()
        for attempt in count(1):
            try:
                return await self._apply(partition, records, park)
            except (PositionMoved, Unavailable):
                raise
            except Exception as error:
                failed = error if isinstance(error, HandlingFailed) else HandlingFailed(records[0].offset, error)
                at_fault.add(failed.offset)
                if len(records) > 1 and (failed is not error or len(at_fault) > 1):
                    raise
                self._judge(failed, attempt, park)

    def _judge(self, failed: HandlingFailed, attempt: int, park: dict[int, str]) -> None:
        log.error("event_failed", offset=failed.offset, attempt=attempt, exc_info=failed.cause)
        if failed.offset in park:
            # Setting it aside is what failed: nothing of this partition may pass until that works again.
            raise Unavailable("what is at fault cannot be set aside")
        match verdict(failed.cause, attempt):
            case Park(reason):
                park[failed.offset] = reason
            case Pass(code):
                park[failed.offset] = f"refused outside a command: {code}"
            case Hold():
                raise Unavailable("held")
            case Again():
                return

    async def _suspect(self, claim: Claim, record: Arrived) -> int:
        row = await self._database.read_row("suspect", claim.topic, claim.partition, claim.epoch, record.offset)
        if row is None:
            raise PositionMoved
        return int(row["suspect_attempts"])


def _arrived(record: KafkaRecord) -> Arrived:
    headers = tuple([(name, value or b"") for name, value in record.headers])
    return Arrived(record.topic, record.partition, record.offset, record.key, record.value, headers)
