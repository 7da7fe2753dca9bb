"""A topic of a test's own, and what is put on it and lies there."""

import asyncio
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from aiokafka import AIOKafkaProducer, ConsumerRecord, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from deploy.house import House
from services.bus.kafka import KafkaSettings, consumer, producer
from services.contracts.catalog import BY_EVENT, body
from services.contracts.envelope import Envelope, decode, encode
from services.contracts.notifications import AlertResolved
from tests.chassis.echo.room import ROOM, resolved
from tests.chassis.echo.tally import MOMENT

READ_MS = 200
PATIENCE_MS = 20_000
LET_GO_SECONDS = 2.0


@dataclass(frozen=True)
class Topic:
    """A topic and a producer that puts events on it as a relay would."""

    name: str
    partitions: int
    settings: KafkaSettings
    producer: AIOKafkaProducer
    group: str = field(default_factory=lambda: f"group-{secrets.token_hex(4)}")

    async def put(self, *envelopes: Envelope, partition: int | None = None) -> list[int]:
        """Put events on the topic, in order; gives their offsets."""
        sent = []
        for envelope in envelopes:
            key, value, headers = encode(envelope)
            sent.append(await self.producer.send(self.name, value, key, partition=partition, headers=headers))
        return [(await each).offset for each in sent]

    async def put_raw(self, key: bytes | None, value: bytes | None, headers: Sequence[tuple[str, bytes]] = ()) -> int:
        """Put anything on the topic."""
        placed = await self.producer.send_and_wait(self.name, value, key, partition=0, headers=list(headers))
        return int(placed.offset)

    async def close(self) -> None:
        """Let go of the producer."""
        await let_go(self.producer)

    async def records(self) -> list[ConsumerRecord[bytes, bytes]]:
        """Everything that lies on the topic now, partition by partition."""
        reader = consumer(self.settings, "observer", None)
        await reader.start()
        try:
            places = [TopicPartition(self.name, number) for number in range(self.partitions)]
            reader.assign(places)
            ends = await reader.end_offsets(places)
            await reader.seek_to_beginning(*places)
            found: list[ConsumerRecord[bytes, bytes]] = []
            while any([await reader.position(place) < ends[place] for place in places]):
                for records in (await reader.getmany(timeout_ms=READ_MS)).values():
                    found.extend(records)
            return sorted(found, key=lambda record: (record.partition, record.offset))
        finally:
            await reader.stop()

    async def events(self) -> list[Envelope]:
        """Everything that lies on the topic now, read."""
        return [decode(record.key, record.value, record.headers) for record in await self.records()]


async def let_go(client: AIOKafkaProducer) -> None:
    """Stop a producer in bounded time: for a broker that is away it would wait without end."""
    try:
        async with asyncio.timeout(LET_GO_SECONDS):
            await client.stop()
    except TimeoutError:
        await client.client.close()


async def make_topic(house: House, partitions: int = 1) -> Topic:
    """A new topic."""
    settings = KafkaSettings(servers=house.kafka)
    name = f"invented.{secrets.token_hex(5)}"
    admin = AIOKafkaAdminClient(bootstrap_servers=house.kafka)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(name, partitions, 1)], timeout_ms=PATIENCE_MS)
    finally:
        await admin.close()
    client = producer(settings, "test")
    await client.start()
    return Topic(name, partitions, settings, client)


def event(key: str, sequence: int, incarnation: int = 1, **changed: object) -> Envelope:
    """One event of a key."""
    plain = Envelope(
        id=f"{key}-{incarnation}-{sequence}",
        source=f"/{ROOM}",
        type=BY_EVENT[AlertResolved].type,
        subject="A-1",
        key=key,
        sequence=sequence,
        incarnation=incarnation,
        time=MOMENT,
        recorded_time=MOMENT,
        correlation_id="11111111-1111-4111-8111-111111111111",
        unit="TOWN",
        traceparent=None,
        data=body(resolved(key)),
    )
    return replace(plain, **changed)  # type: ignore[arg-type] # any field may be changed
