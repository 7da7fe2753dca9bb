"""Puts what rooms said on its topics, many at once, and counts what came to lie on each partition."""

import asyncio
from collections import Counter
from collections.abc import Iterable, Sequence

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.structs import OffsetAndMetadata

from services.bus.kafka import KafkaSettings
from services.contracts.catalog import TOPICS
from services.contracts.envelope import Envelope, encode

AT_ONCE = 5_000
BATCH_BYTES = 524_288
LINGER_MS = 20

Place = tuple[str, int]
"""A topic and one of its partitions."""
Sent = Counter[Place]


def sender(settings: KafkaSettings, client: str) -> AIOKafkaProducer:
    """A producer like a relay's, for larger batches."""
    return AIOKafkaProducer(
        **settings.client_options(client),
        acks="all",
        enable_idempotence=True,
        linger_ms=LINGER_MS,
        max_batch_size=BATCH_BYTES,
    )


async def send(producer: AIOKafkaProducer, said: Sequence[tuple[str, Envelope]]) -> Sent:
    """Send what was said, in its order for each key, and wait until Kafka has it."""
    sent: Sent = Counter()
    for first in range(0, len(said), AT_ONCE):
        futures = []
        for topic, envelope in said[first : first + AT_ONCE]:
            key, value, headers = encode(envelope)
            futures.append(await producer.send(topic, value=value, key=key, headers=headers))
        sent.update((place.topic, place.partition) for place in await asyncio.gather(*futures))
    return sent


async def ends(settings: KafkaSettings) -> dict[Place, int]:
    """Where each partition of every topic ends."""
    async with AIOKafkaConsumer(**settings.client_options("load"), enable_auto_commit=False) as reader:
        reader.assign(_partitions())  # else the library asks for one topic after another
        found = await reader.end_offsets(_partitions())
    return {(place.topic, place.partition): end for place, end in found.items()}


async def move_group(settings: KafkaSettings, group: str, at: dict[Place, int], topics: Iterable[str]) -> None:
    """Let a group of readers that keeps its positions in Kafka go on behind what was loaded."""
    wanted = set(topics)
    places = {TopicPartition(*place): OffsetAndMetadata(end, "") for place, end in at.items() if place[0] in wanted}
    async with AIOKafkaConsumer(**settings.client_options("load"), group_id=group, enable_auto_commit=False) as reader:
        reader.assign(list(places))
        await reader.commit(places)


def _partitions() -> list[TopicPartition]:
    return [TopicPartition(topic.name, number) for topic in TOPICS for number in range(topic.partitions)]
