"""A number of working days ends on a working day, whatever the weekend, the holiday or the hour of the year."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.contracts.calendars import Calendar
from services.contracts.policy import load_calendars

CALENDARS = load_calendars(Path(__file__).parents[2] / "deploy")
SARAJEVO = ZoneInfo("Europe/Sarajevo")

calendars = st.sampled_from([CALENDARS[code] for code in sorted(CALENDARS)])
moments = st.datetimes(datetime(2008, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
days = st.integers(0, 40)


def here(year: int, month: int, day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=SARAJEVO)


@pytest.mark.parametrize(
    ("calendar", "closed"),
    [
        ("fbih", date(2026, 11, 25)),
        ("fbih", date(2027, 3, 1)),
        ("rs", date(2026, 1, 9)),
        ("rs", date(2028, 11, 21)),
        ("bd", date(2027, 3, 8)),
        ("fbih", date(2026, 5, 2)),
        ("bih", date(2026, 1, 1)),
    ],
)
def test_offices_are_closed(calendar: str, closed: date) -> None:
    assert not CALENDARS[calendar].is_working_day(closed)


@pytest.mark.parametrize(
    ("calendar", "worked"),
    [
        ("rs", date(2026, 11, 25)),
        ("fbih", date(2026, 1, 9)),
        ("fbih", date(2027, 3, 8)),
        ("bd", date(2026, 11, 25)),
        ("fbih", date(2026, 12, 25)),
        ("rs", date(2026, 4, 10)),
    ],
)
def test_another_authoritys_holiday_and_a_religious_day_stop_no_clock(calendar: str, worked: date) -> None:
    assert CALENDARS[calendar].is_working_day(worked)


@pytest.mark.parametrize(
    ("asked", "working_days", "due"),
    [
        (here(2026, 11, 23, 10), 0, here(2026, 11, 23, 16)),
        (here(2026, 11, 23, 16), 0, here(2026, 11, 24, 16)),
        (here(2026, 11, 23, 10), 1, here(2026, 11, 24, 16)),
        (here(2026, 11, 24, 23, 59), 1, here(2026, 11, 26, 16)),
        (here(2026, 11, 20, 10), 3, here(2026, 11, 26, 16)),
        (here(2026, 11, 21, 10), 0, here(2026, 11, 23, 16)),
        (here(2026, 10, 23, 10), 1, here(2026, 10, 26, 16)),
        (here(2027, 3, 26, 10), 1, here(2027, 3, 29, 16)),
    ],
    ids=[
        "today",
        "today over",
        "tomorrow",
        "over a holiday",
        "weekend and holiday",
        "saturday",
        "clocks back",
        "forth",
    ],
)
def test_the_end_of_the_nth_working_day(asked: datetime, working_days: int, due: datetime) -> None:
    answer = CALENDARS["fbih"].due(asked, working_days)
    assert answer == due
    assert answer.tzinfo is UTC


def test_late_in_the_evening_utc_it_is_already_tomorrow_here() -> None:
    assert CALENDARS["fbih"].local_day(datetime(2026, 7, 1, 22, 30, tzinfo=UTC)) == date(2026, 7, 2)


@settings(deadline=None)
@given(calendars, moments, days)
def test_due_is_the_end_of_a_working_day_still_to_come(calendar: Calendar, moment: datetime, n: int) -> None:
    due = calendar.due(moment, n)
    local = due.astimezone(SARAJEVO)
    assert due > moment
    assert calendar.is_working_day(local.date())
    assert local.time() == calendar.day_ends


@settings(deadline=None)
@given(calendars, moments, days, st.integers(0, 10))
def test_more_working_days_never_end_sooner(calendar: Calendar, moment: datetime, n: int, more: int) -> None:
    assert calendar.due(moment, n) <= calendar.due(moment, n + more)


@settings(deadline=None)
@given(calendars, moments, st.timedeltas(timedelta(0), timedelta(days=20)), days)
def test_asking_later_never_ends_sooner(calendar: Calendar, moment: datetime, later: timedelta, n: int) -> None:
    assert calendar.due(moment, n) <= calendar.due(moment + later, n)


@settings(deadline=None)
@given(calendars, moments, st.integers(1, 40))
def test_exactly_n_working_days_lie_between(calendar: Calendar, moment: datetime, n: int) -> None:
    first, last = calendar.local_day(moment), calendar.local_day(calendar.due(moment, n))
    between = (first + timedelta(days=ahead) for ahead in range(1, (last - first).days + 1))
    assert sum(map(calendar.is_working_day, between)) == n


@pytest.mark.parametrize("working_days", [-1, 1_001])
def test_an_absurd_number_of_days_is_refused(working_days: int) -> None:
    with pytest.raises(ValueError, match="working days"):
        CALENDARS["fbih"].due(here(2026, 11, 23, 10), working_days)


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        CALENDARS["fbih"].due(datetime(2026, 11, 23, 10), 1)  # noqa: DTZ001  (that is the point)
