"""Reads the ends of a room's own topics, so that its relay can tell whether the log is ahead of its database."""

from collections.abc import Mapping, Sequence

from aiokafka import ConsumerRecord, TopicPartition

from services.bus.checkpoints import CHECKPOINT
from services.bus.kafka import KafkaSettings, consumer
from services.contracts.catalog import TOPICS, Topic
from services.contracts.envelope import Envelope, decode
from services.contracts.failures import Malformed

POLL_MS = 200
EVENTS_MAX = 2_000


async def tail(
    settings: KafkaSettings,
    room: str,
    known: Mapping[tuple[str, int], int],
    *,
    topics: Sequence[Topic] = TOPICS,
    events_max: float = EVENTS_MAX,
) -> list[Envelope]:
    """The room's own events behind the known offsets, not many more than `events_max`."""
    places = [TopicPartition(t.name, number) for t in topics if t.owner == room for number in range(t.partitions)]
    if not places:
        return []
    async with consumer(settings, f"{room}-tail", None) as reader:
        reader.assign(places)
        ends = await reader.end_offsets(places)
        for place in places:
            reader.seek(place, known.get((place.topic, place.partition), -1) + 1)
        found: list[Envelope] = []
        unread = {place for place in places if await reader.position(place) < ends[place]}
        while unread and len(found) < events_max:
            for records in (await reader.getmany(*unread, timeout_ms=POLL_MS)).values():
                found.extend(event for record in records if (event := _event_of(f"/{room}", record)))
            unread = {place for place in unread if await reader.position(place) < ends[place]}
        return found


def columns(events: Sequence[Envelope]) -> tuple[list[str], list[str], list[int], list[int], list[str]]:
    """Ids, keys, incarnations, sequences and bodies, for the question whether a database made these events."""
    ids, keys = [event.id for event in events], [event.key for event in events]
    numbers = [event.incarnation for event in events], [event.sequence for event in events]
    return ids, keys, *numbers, [event.data.decode(errors="replace") for event in events]


def _event_of(source: str, record: "ConsumerRecord[bytes, bytes]") -> Envelope | None:
    try:
        envelope = decode(record.key, record.value, record.headers)
    except Malformed:
        return None
    return envelope if envelope.source == source and envelope.type != CHECKPOINT else None
