"""Live counts by hours, as they are drawn: quarters of an hour in, hours out; it reads no database and no clock."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from analytics.live.api import LiveCounts
from services.contracts.codes import LiveCount

HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Hours:
    """What was said of each kind in each hour, the oldest first; the last hour is not over."""

    starts: tuple[datetime, ...]
    counts: Mapping[LiveCount, tuple[int, ...]]

    def total(self, what: LiveCount) -> int:
        """How much was said of one kind."""
        return sum(self.counts[what])

    @property
    def busy(self) -> tuple[int, ...]:
        """The numbers of the hours in which anything was said."""
        columns = tuple(self.counts.values())
        return tuple(number for number in range(len(self.starts)) if any(column[number] for column in columns))


def by_hours(found: LiveCounts, now: datetime) -> Hours:
    """The live counts of every kind, whatever the need was, from the first window to now."""
    said = {what: Counter[datetime]() for what in LiveCount}
    for line in found.counts:
        if line.need is None:
            for window in line.windows:
                said[line.what][_hour(window.starts)] += window.count
    first = _hour(found.first)
    starts = tuple(first + number * HOUR for number in range((_hour(now) - first) // HOUR + 1))
    return Hours(starts, {what: tuple(counts[start] for start in starts) for what, counts in said.items()})


def _hour(moment: datetime) -> datetime:
    return moment.replace(minute=0, second=0, microsecond=0)
