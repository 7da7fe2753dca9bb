"""Working days: which days an authority works, and when a number of them has passed; it never asks what day it is.

Religious days are leave that each person takes for themselves: they never stop a clock, so no calendar lists them.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

CLOSED_DAYS_MAX = 60
"""Longer than any run of days on which every office is closed."""

WORKING_DAYS_MAX = 1_000
"""No time of the house is counted in more working days than this."""


class Weekday(StrEnum):
    """A day of the week, as the calendar files write it."""

    MONDAY = "monday"
    TUESDAY = "tuesday"
    WEDNESDAY = "wednesday"
    THURSDAY = "thursday"
    FRIDAY = "friday"
    SATURDAY = "saturday"
    SUNDAY = "sunday"


_WEEK = tuple(Weekday)


class Basis(StrEnum):
    """How sure we are that an office is closed: read in a source, or general knowledge to be confirmed."""

    CONFIRMED = "confirmed"
    UNVERIFIED = "unverified"


@dataclass(frozen=True, slots=True)
class FixedHoliday:
    """A day that is closed every year."""

    month: int
    day: int
    note: str
    basis: Basis


@dataclass(frozen=True, slots=True)
class DatedHoliday:
    """A day that is closed once, by a decision of that year."""

    on: date
    note: str
    basis: Basis


@dataclass(frozen=True, slots=True)
class Calendar:
    """The working days of one authority and the hour at which its day is over."""

    code: str
    version: int
    valid_from: date
    timezone: str
    weekend: tuple[Weekday, ...]
    day_ends: time
    fixed_holidays: tuple[FixedHoliday, ...]
    extra_holidays: tuple[DatedHoliday, ...] = ()

    def is_working_day(self, day: date) -> bool:
        """Whether offices are open on a day."""
        return (
            _WEEK[day.weekday()] not in self.weekend
            and all((day.month, day.day) != (holiday.month, holiday.day) for holiday in self.fixed_holidays)
            and all(day != holiday.on for holiday in self.extra_holidays)
        )

    def local_day(self, moment: datetime) -> date:
        """The day a moment falls on where the offices are."""
        return self._local(moment).date()

    def due(self, moment: datetime, working_days: int) -> datetime:
        """The end, in UTC, of the n-th working day after a moment; 0 is the end of today while a working day lasts."""
        if not 0 <= working_days <= WORKING_DAYS_MAX:
            raise ValueError(f"{working_days} working days is not between 0 and {WORKING_DAYS_MAX}")
        local = self._local(moment)
        today_remains = self.is_working_day(local.date()) and moment < self._end_of(local.date())
        if working_days == 0 and today_remains:
            return self._end_of(local.date())
        day = local.date()
        for _ in range(max(working_days, 1)):
            day = self._working_day_after(day)
        return self._end_of(day)

    def _local(self, moment: datetime) -> datetime:
        if moment.tzinfo is None:
            raise ValueError("a moment without a time zone cannot be placed on a calendar")
        return moment.astimezone(ZoneInfo(self.timezone))

    def _end_of(self, day: date) -> datetime:
        return datetime.combine(day, self.day_ends, tzinfo=ZoneInfo(self.timezone)).astimezone(UTC)

    def _working_day_after(self, day: date) -> date:
        for ahead in range(1, CLOSED_DAYS_MAX + 1):
            if self.is_working_day(later := day + timedelta(days=ahead)):
                return later
        raise ValueError(f"calendar {self.code} has no working day within {CLOSED_DAYS_MAX} days of {day}")
