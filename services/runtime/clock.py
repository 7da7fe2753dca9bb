"""Domain time: the real time, or a file that a story or a demonstration moves on. Never used for leases or tokens."""

import json
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from services.storage.stamp import Clock


class RealClock:
    """The time it is."""

    def now(self) -> datetime:
        """See `Clock`."""
        return datetime.now(UTC)


class FileClock:
    """The time a file says: `domain` at the real moment `real`, running at `rate` since."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._read_at = -1
        self._real = self._domain = datetime.now(UTC)
        self._rate = 1.0

    def now(self) -> datetime:
        """See `Clock`; the file is read again whenever it was replaced."""
        changed_at = os.stat(self._path).st_mtime_ns
        if changed_at != self._read_at:
            says = json.loads(self._path.read_text(encoding="utf-8"))
            self._real = datetime.fromisoformat(says["real"])
            self._domain = datetime.fromisoformat(says["domain"])
            self._rate = float(says["rate"])
            self._read_at = changed_at
        return self._domain + (datetime.now(UTC) - self._real) * self._rate


def clock_of(env: Mapping[str, str]) -> Clock:
    """The clock that SPIS_CLOCK names, or the real one."""
    return FileClock(Path(env["SPIS_CLOCK"])) if env.get("SPIS_CLOCK") else RealClock()
