"""Whether a worker is alive and ready: its loop turns, and Kafka is there. A loop that hangs ends the process."""

import faulthandler
import time

from services.telemetry import metrics


class Liveness:
    """When the loop last turned, and whether what hears reached Kafka."""

    def __init__(self, hung_seconds: float) -> None:
        self._hung_seconds = hung_seconds
        self._turned_at = time.monotonic()
        self.connected = False
        metrics.IDLE_SECONDS.set_function(lambda: time.monotonic() - self._turned_at)

    def turned(self) -> None:
        """The loop has turned."""
        self._turned_at = time.monotonic()

    def turned_or_ends(self) -> None:
        """The loop has turned; should it not turn again in time, the process shows where it hangs and ends."""
        self.turned()
        faulthandler.dump_traceback_later(self._hung_seconds, exit=True)

    def ends(self) -> None:
        """The loop turns no more because it is meant to end."""
        faulthandler.cancel_dump_traceback_later()

    @property
    def alive(self) -> bool:
        """Whether the loop has turned lately."""
        return time.monotonic() - self._turned_at < self._hung_seconds

    async def waits_for(self) -> str:
        """What must be there and is not."""
        return "" if self.alive and self.connected else "Kafka"
