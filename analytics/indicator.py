"""Indicators: what a figure counts, as data with a version, and the days it is counted for; it reads no database."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from services.contracts.calendars import Calendar
from services.contracts.catalog import BY_TYPE
from services.contracts.failures import Malformed
from services.contracts.names import Names

YEAR_MIN, YEAR_MAX = 1990, 2199
"""No fact of the house lies outside these years."""


@dataclass(frozen=True, slots=True)
class Indicator:
    """A figure one can ask for: the number of facts of one type, or of those of them that carry certain codes."""

    code: str
    version: int
    valid_from: date
    labels: Names
    counts: str
    where: Mapping[str, str] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class IndicatorCatalogue:
    """Every indicator of the house."""

    indicators: tuple[Indicator, ...]

    def indicator(self, code: str) -> Indicator:
        """The indicator of a code, or `Malformed`."""
        for each in self.indicators:
            if each.code == code:
                return each
        known = ", ".join(each.code for each in self.indicators)
        raise Malformed(f"there is no such indicator: choose one of {known}")


@dataclass(frozen=True, slots=True)
class Period:
    """The moments from the first to just before the last; without a first, from the beginning."""

    starts: datetime | None
    ends: datetime


def period(calendar: Calendar, first: date | None, last: date) -> Period:
    """The days from `first` to `last`, both counted, as days begin and end where the calendar is kept."""
    if any(not YEAR_MIN <= day.year <= YEAR_MAX for day in (first or last, last)):
        raise Malformed(f"the period lies outside the years {YEAR_MIN} to {YEAR_MAX}: correct its dates")
    if first and last < first:
        raise Malformed("the period ends before it begins: give from and to the other way round")
    return Period(_midnight(calendar, first) if first else None, _midnight(calendar, last + timedelta(days=1)))


def uncountable(catalogue: IndicatorCatalogue) -> Iterable[tuple[str, str]]:
    """The code of each indicator that could only ever count nothing, and why."""
    seen: set[str] = set()
    for each in catalogue.indicators:
        entry = BY_TYPE.get(each.counts)
        if each.code in seen:
            yield each.code, "the code is there twice"
        elif entry is None or "analytics" not in entry.readers:
            yield each.code, f"analytics hears no event {each.counts!r}"
        elif unknown := set(each.where) - set(entry.event.__dataclass_fields__):
            yield each.code, f"the event has no field {sorted(unknown)[0]!r}"
        seen.add(each.code)


def _midnight(calendar: Calendar, day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=ZoneInfo(calendar.timezone)).astimezone(UTC)
