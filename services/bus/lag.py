"""How far a room is behind on each topic, in records and seconds, also while a partition is held or stopped."""

from collections import Counter
from collections.abc import Mapping

from aiokafka import TopicPartition

from services.telemetry import metrics


class Lag:
    """The times up to which each partition was heard; a partition with nothing behind has no lag, however old it is."""

    def __init__(self, room: str) -> None:
        self._room = room
        self._heard_until: dict[TopicPartition, float] = {}

    def heard(self, partition: TopicPartition, until: float) -> None:
        """Everything up to a record of this time (seconds since the epoch) was dealt with."""
        self._heard_until[partition] = until

    def show(self, behind: Mapping[TopicPartition, int], now: float) -> None:
        """Set a topic's lag to that of all its partitions together, and of the one that is furthest behind."""
        records = Counter({partition.topic: 0 for partition in behind})
        seconds = dict.fromkeys(records, 0.0)
        for partition, number in behind.items():
            since = self._heard_until.setdefault(partition, now)
            records[partition.topic] += number
            if number:
                seconds[partition.topic] = max(seconds[partition.topic], now - since)
        for topic, number in records.items():
            metrics.LAG_RECORDS.labels(self._room, topic).set(number)
            metrics.LAG_SECONDS.labels(self._room, topic).set(seconds[topic])
