"""Copies of real records, put back on their own partition by a stranger: at once, late, or several in another order."""

from random import Random

import structlog
from aiokafka import ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError

from services.bus.kafka import KafkaSettings, consumer, producer
from services.contracts.catalog import TOPICS
from tests.ledger.poison import STRANGER
from tests.ledger.record import Recorder
from tests.ledger.watch_topics import leave_behind, within

HANDFUL = 6
READ_SECONDS_MAX = 8.0
SEND_SECONDS_MAX = 10.0
POLL_MS = 500

log = structlog.get_logger()

Record = ConsumerRecord[bytes, bytes]


class Copier:
    """Reads what lies on a topic and sends some of it again, byte for byte."""

    def __init__(self, servers: str, recorder: Recorder, chance: Random) -> None:
        self._settings = KafkaSettings(servers=servers)
        self._recorder = recorder
        self._chance = chance

    async def put(self, how: str, topic: str) -> None:
        """Send copies of records of a topic."""
        try:
            records = _in_order_of(how, await self._some(how, topic), self._chance)
            await self._send(how, records)
        except (KafkaError, TimeoutError, OSError) as error:
            log.info("copies_unsure", error=type(error).__name__)

    async def _some(self, how: str, topic: str) -> list[Record]:
        """The newest record of a partition, any older one, or a handful that follow one another."""
        partitions = next(each.partitions for each in TOPICS if each.name == topic)
        places = [TopicPartition(topic, number) for number in range(partitions)]
        reader = consumer(self._settings, "ledger-copier", None)
        try:
            await within(READ_SECONDS_MAX, reader.start())
            reader.assign(places)
            ends = await within(READ_SECONDS_MAX, reader.end_offsets(places))
            place = self._chance.choice([each for each in places if ends[each]] or places)
            first = _first(how, ends[place], self._chance)
            reader.assign([place])
            reader.seek(place, first)
            found = await within(READ_SECONDS_MAX, reader.getmany(timeout_ms=POLL_MS, max_records=HANDFUL))
        finally:
            await leave_behind(reader)
        real = [record for record in found.get(place, []) if not _is_strange(record)]
        return real if how == "shuffle" else real[:1]

    async def _send(self, how: str, records: list[Record]) -> None:
        client = producer(self._settings, "ledger-copier")
        try:
            await within(SEND_SECONDS_MAX, client.start())
            for record in records:
                told = {"topic": record.topic, "id": _id(record), "how": how}
                self._recorder.note("copy", **told)
                headers = [(name, value or b"") for name, value in record.headers]
                sent = client.send_and_wait(
                    record.topic, record.value, record.key, partition=record.partition, headers=headers
                )
                await within(SEND_SECONDS_MAX, sent)
                self._recorder.note("copied", **told)
        finally:
            try:
                await within(SEND_SECONDS_MAX, client.stop())
            except (KafkaError, TimeoutError):
                log.info("copier_left_behind")


def _first(how: str, end: int, chance: Random) -> int:
    match how:
        case "repeat":
            return max(0, end - 1)
        case "late":
            return chance.randrange(max(1, end // 2))
        case _:
            return chance.randrange(max(1, end - HANDFUL))


def _in_order_of(how: str, records: list[Record], chance: Random) -> list[Record]:
    return chance.sample(records, len(records)) if how == "shuffle" else records


def _id(record: Record) -> str:
    return next((value.decode() for name, value in record.headers if name == "ce_id" and value), "")


def _is_strange(record: Record) -> bool:
    """Whether a stranger put it there: what is copied is only what a room said."""
    return not any(name == "ce_source" and value != STRANGER.encode() for name, value in record.headers)
