"""How a house that opens is shown: a line for each part that is done, and what is being waited for."""

import os
import sys
import time
from typing import TextIO

WAITING_LINE_SECONDS = 5.0


class Telling:
    """Tells on a terminal or in plain lines how far the opening of a house is."""

    def __init__(self, output: TextIO = sys.stdout) -> None:
        self._output = output
        self._told: set[str] = set()
        self._live = output.isatty() and not os.environ.get("CI")
        self._tick = "✓" if (output.encoding or "").lower().replace("-", "") == "utf8" else "ok"
        self._waiting_since = time.monotonic()

    def watch(self, status: dict[str, object]) -> None:
        """Tell what is new in a house's status."""
        steps = status.get("steps")
        if not isinstance(steps, list):
            return
        for step in steps:
            if step["state"] == "done" and step["name"] not in self._told:
                self._told.add(step["name"])
                self._line(f"  {self._tick} {step['name']:<22} {step['seconds']:5.1f} s")
        begun = [step["name"] for step in steps if step["state"] == "begun"]
        if begun:
            self._waiting(", ".join(begun))

    def _line(self, text: str) -> None:
        self._output.write(("\r\x1b[K" if self._live else "") + text + "\n")
        self._output.flush()
        self._waiting_since = time.monotonic()

    def _waiting(self, names: str) -> None:
        if self._live:
            self._output.write(f"\r\x1b[K  … {names[:100]}")
        elif time.monotonic() - self._waiting_since > WAITING_LINE_SECONDS:
            self._waiting_since = time.monotonic()
            self._output.write(f"  … waiting for {names}\n")
        self._output.flush()

    def end(self) -> None:
        """Leave the line that was being written over."""
        if self._live:
            self._output.write("\r\x1b[K")
            self._output.flush()
