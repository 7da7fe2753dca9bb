"""The days a dashboard is about: chosen, or typed into a form; it reads no clock."""

from dataclasses import dataclass
from datetime import date, timedelta

from analytics.figure import YEAR_MAX, YEAR_MIN
from services.pages.form import Sheet

MONTHS_MAX = 60
"""So many months still make a chart that can be read."""

MONTHS_USUAL = 12
FIRST, LAST = "from", "to"


@dataclass(frozen=True, slots=True)
class Period:
    """Whole days, both of which count."""

    first: date
    last: date

    @property
    def months(self) -> int:
        """How many months it touches."""
        return _month(self.last) - _month(self.first) + 1

    def holds(self, month: str, today: date) -> bool:
        """Whether all of a month, as 2026-03, lies in it and is over."""
        begins = date.fromisoformat(f"{month}-01")
        ends = (begins + timedelta(days=31)).replace(day=1) - timedelta(days=1)
        return self.first <= begins and ends <= self.last and ends < today


def twelve_months(last: date) -> Period:
    """The month of a day up to that day, and eleven before it."""
    year, month = divmod(_month(last) - MONTHS_USUAL + 1, 12)
    return Period(date(year, month + 1, 1), last)


def this_year(today: date) -> Period:
    """The year of a day up to that day."""
    return Period(date(today.year, 1, 1), today)


def typed_period(sheet: Sheet, today: date) -> Period | Sheet:
    """The days that were typed, or the sheet with what is wrong; what is left open is the last twelve months."""
    for name in (FIRST, LAST):
        if sheet.one(name) and _day(sheet.one(name)) is None:
            sheet = sheet.with_fault(name, "date_text")
    if sheet.wrong:
        return sheet
    last = _day(sheet.one(LAST)) or today
    if not YEAR_MIN < last.year <= YEAR_MAX:
        return sheet.with_fault(LAST, "period_years")
    found = Period(_day(sheet.one(FIRST)) or twelve_months(last).first, last)
    if found.first.year < YEAR_MIN:
        return sheet.with_fault(FIRST, "period_years")
    if found.last < found.first:
        return sheet.with_fault(LAST, "period_order")
    return sheet.with_fault(FIRST, "period_long") if found.months > MONTHS_MAX else found


def _month(day: date) -> int:
    return day.year * 12 + day.month - 1


def _day(written: str) -> date | None:
    try:
        return date.fromisoformat(written)
    except ValueError:
        return None
