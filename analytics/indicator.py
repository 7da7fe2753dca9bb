"""Indicators: what a figure counts, as data with a version, and the days it is counted for; it reads no database."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from services.contracts.calendars import Calendar
from services.contracts.catalog import BY_TYPE
from services.contracts.failures import Malformed
from services.contracts.names import Names

PERIOD_DAYS_MAX = 366 * 30


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
        raise Malformed(f"there is no such indicator; those there are: {known}")


@dataclass(frozen=True, slots=True)
class Period:
    """The moments from the first to just before the last."""

    starts: datetime
    ends: datetime


def period(calendar: Calendar, first: date, last: date) -> Period:
    """The days from `first` to `last`, both counted, as days begin and end where the calendar is kept."""
    if last < first:
        raise Malformed("the period ends before it begins: give `from` and `to` the other way round")
    if (last - first).days >= PERIOD_DAYS_MAX:
        raise Malformed("the period is longer than 30 years: ask for a shorter one")
    return Period(_midnight(calendar, first), _midnight(calendar, last + timedelta(days=1)))


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
