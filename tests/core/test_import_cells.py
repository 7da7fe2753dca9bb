"""Days and times are read as people of the country write them."""

from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as some

from intake.importing.cells import day_in, moment_in
from services.pages.speech import ZONE


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2026-03-02", "2026-03-01T23:00:00+00:00"),
        ("2.7.2026.", "2026-07-01T22:00:00+00:00"),
        ("2. 7. 2026. 14:30", "2026-07-02T12:30:00+00:00"),
        ("2.7.2026., 14:30:15", "2026-07-02T12:30:15+00:00"),
        ("2026-07-02T14:30+02:00", "2026-07-02T12:30:00+00:00"),
        ("2026-7-2 4:30", "2026-07-02T02:30:00+00:00"),
        ("2/7/2026", None),
        ("20260702", None),
        ("2026-07", None),
        ("٢٠٢٦-٠٧-٠٢", None),
        ("2026-07-02T14:30+99:00", None),
        ("0001-01-01", None),
    ],
)
def test_a_moment_is_read_by_the_clocks_of_the_country(written: str, read: str | None) -> None:
    assert moment_in(written) == (datetime.fromisoformat(read) if read else None)


@given(some.dates(date(1995, 1, 1), date(2030, 1, 1)), some.booleans())
def test_a_day_is_read_as_it_was_written(day: date, local: bool) -> None:
    written = f"{day.day}.{day.month}.{day.year}." if local else day.isoformat()
    read = moment_in(written)
    assert day_in(written) == day
    assert read is not None
    assert read.astimezone(ZONE) == datetime(day.year, day.month, day.day, tzinfo=ZONE)


@given(some.text())
def test_no_text_breaks_what_reads_days(text: str) -> None:
    assert day_in(text) is None
    assert moment_in(text) is None
