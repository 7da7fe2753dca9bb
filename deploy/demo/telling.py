"""How a story is told: a sentence a step, with the time it took to be observed and the date it has in the story."""

import sys
import time
from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

LOCAL = ZoneInfo("Europe/Sarajevo")


class Teller:
    """Tells steps as they are observed, and counts them."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._since = time.monotonic()
        self.begun = self._since
        self.steps = 0

    def heading(self, text: str) -> None:
        """A new part of the story."""
        sys.stdout.write(f"\n{text}\n")
        sys.stdout.flush()
        self._since = time.monotonic()

    def observed(self, sentence: str) -> None:
        """A step was seen to happen."""
        took, self._since = time.monotonic() - self._since, time.monotonic()
        date = self._now().astimezone(LOCAL)
        sys.stdout.write(f"  ✓ {date:%a %d.%m. %H:%M}  {sentence}  ({took * 1000:.0f} ms)\n")
        sys.stdout.flush()
        self.steps += 1
