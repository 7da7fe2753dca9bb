"""Domain time: the real time, or a file that a story or a demonstration moves on. Never used for leases or tokens."""

import json
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

    def now(self) -> datetime:
        """See `Clock`; the file is read every time, for it may have been replaced."""
        says = json.loads(self._path.read_text(encoding="utf-8"))
        real, domain = (datetime.fromisoformat(says[name]) for name in ("real", "domain"))
        return domain + (datetime.now(UTC) - real) * float(says["rate"])


def clock_of(env: Mapping[str, str]) -> Clock:
    """The clock that SPIS_CLOCK names, or the real one."""
    return FileClock(Path(env["SPIS_CLOCK"])) if env.get("SPIS_CLOCK") else RealClock()
