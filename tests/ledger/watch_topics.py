"""An observer of every topic: reads from the beginning, in no group, and changes nothing."""

import asyncio
import json
from collections.abc import Coroutine
from datetime import UTC, datetime
from typing import Any, TypeVar

import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

from services.bus.kafka import KafkaSettings, consumer
from services.contracts.catalog import TOPICS
from services.contracts.envelope import Envelope, decode, moment_text
from services.contracts.failures import Malformed
from tests.ledger.record import Recorder

POLL_MS = 300
POLL_SECONDS_MAX = 10.0
START_SECONDS_MAX = 10.0
AGAIN_SECONDS = 1.0
STOP_SECONDS_MAX = 3.0
IDLE_SECONDS_MAX = 15.0

T = TypeVar("T")

log = structlog.get_logger()


def every_partition() -> list[TopicPartition]:
    """Every partition of the catalog."""
    return [TopicPartition(topic.name, number) for topic in TOPICS for number in range(topic.partitions)]


class TopicObserver:
    """Records every record of every topic once, however often Kafka goes away meanwhile."""

    def __init__(self, servers: str, recorder: Recorder) -> None:
        self.positions: dict[TopicPartition, int] = dict.fromkeys(every_partition(), 0)
        self._settings = KafkaSettings(servers=servers)
        self._recorder = recorder

    async def watch(self) -> None:
        """Read until cancelled; a client that stays silent is replaced, for it may have lost its way."""
        while True:
            reader = consumer(self._settings, "ledger-observer", None)
            try:
                await within(START_SECONDS_MAX, reader.start())
                reader.assign(list(self.positions))
                for place, offset in self.positions.items():
                    reader.seek(place, offset)
                await self._read(reader)
            except Exception as error:  # whatever the client met, a new one reads on from the same place
                log.debug("topics_observed_again", error=type(error).__name__)
            finally:
                await leave_behind(reader)
            await asyncio.sleep(AGAIN_SECONDS)

    async def _read(self, reader: AIOKafkaConsumer) -> None:
        loop = asyncio.get_running_loop()
        heard_at = loop.time()
        while loop.time() - heard_at < IDLE_SECONDS_MAX:
            for place, records in (await within(POLL_SECONDS_MAX, reader.getmany(timeout_ms=POLL_MS))).items():
                heard_at = loop.time()
                for record in records:
                    self._keep(record)
                self.positions[place] = records[-1].offset + 1

    async def ends(self) -> dict[tuple[str, int], int]:
        """Where every partition ends now; asked of the broker by a client of its own."""
        reader = consumer(self._settings, "ledger-ends", None)
        try:
            await within(START_SECONDS_MAX, reader.start())
            ends = await within(START_SECONDS_MAX, reader.end_offsets(list(self.positions)))
        finally:
            await leave_behind(reader)
        return {(place.topic, place.partition): end for place, end in ends.items()}

    def position(self, topic: str, partition: int) -> int:
        """How far a partition was read."""
        return self.positions[TopicPartition(topic, partition)]

    def _keep(self, record: "ConsumerRecord[bytes, bytes]") -> None:
        sent = datetime.fromtimestamp(record.timestamp / 1000, UTC).isoformat()
        where = {"topic": record.topic, "partition": record.partition, "offset": record.offset, "sent": sent}
        try:
            envelope = decode(record.key, record.value, [(name, value or b"") for name, value in record.headers])
            data = json.loads(envelope.data)
        except (Malformed, ValueError):
            says = next((value.decode(errors="replace") for name, value in record.headers if name == "ce_id"), "")
            place = f"{record.topic}/{record.partition}/{record.offset}"
            self._recorder.note("unreadable", **where, id=place, says=says)
            return
        self._recorder.note("event", **where, **_attributes(envelope), data=data if isinstance(data, dict) else {})


def _attributes(envelope: Envelope) -> dict[str, object]:
    return {
        "id": envelope.id,
        "source": envelope.source,
        "type": envelope.type,
        "subject": envelope.subject,
        "key": envelope.key,
        "incarnation": envelope.incarnation,
        "sequence": envelope.sequence,
        "recorded": moment_text(envelope.recorded_time),
        "correlation": envelope.correlation_id,
        "unit": envelope.unit,
    }


async def within(seconds: float, asked: Coroutine[Any, Any, T]) -> T:
    """The answer to something asked of the Kafka client, or `TimeoutError`.

    A cancelled call of it may never return, and one that nobody cancelled may end as if somebody had.
    """
    task = asyncio.create_task(asked)
    done, _ = await asyncio.wait({task}, timeout=seconds)
    if not done or task.cancelled():
        task.add_done_callback(lambda left: left.cancelled() or left.exception())
        task.cancel()
        raise TimeoutError
    return task.result()


async def leave_behind(reader: AIOKafkaConsumer) -> None:
    """Stop a client, or leave it behind where it cannot be stopped."""
    try:
        await within(STOP_SECONDS_MAX, reader.stop())
    except Exception as error:  # there will be another
        log.debug("observer_left_behind", error=type(error).__name__)
