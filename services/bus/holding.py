"""Which partitions are held because the world is not ready, until when, and for the how-manieth time. Pure."""

from collections.abc import Hashable
from typing import Generic, TypeVar

HOLD_SECONDS = (0.1, 0.3, 1.0, 2.0, 5.0)

P = TypeVar("P", bound=Hashable)


class Holding(Generic[P]):
    """Held partitions; the waits grow until one of their batches succeeds."""

    def __init__(self) -> None:
        self._until: dict[P, float] = {}
        self._times: dict[P, int] = {}

    def hold(self, partition: P, now: float) -> float:
        """Hold a partition from `now`; gives the seconds."""
        times = self._times[partition] = self._times.get(partition, 0) + 1
        seconds = HOLD_SECONDS[min(times, len(HOLD_SECONDS)) - 1]
        self._until[partition] = now + seconds
        return seconds

    def holds(self, partition: P) -> bool:
        """Whether nothing may be taken from it now."""
        return partition in self._until

    def due(self, now: float) -> list[P]:
        """The partitions whose wait is over; they are held no longer."""
        over = [partition for partition, until in self._until.items() if now >= until]
        for partition in over:
            del self._until[partition]
        return over

    def succeeded(self, partition: P) -> None:
        """A batch went through: the next wait begins small again."""
        self._times.pop(partition, None)

    def forget(self) -> None:
        """The partitions were dealt out anew."""
        self._until.clear()
        self._times.clear()
