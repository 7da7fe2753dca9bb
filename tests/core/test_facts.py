"""Analytics keeps each announcement once, in codes, and counts only what an indicator names."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.fact import fact_of
from analytics.indicator import Indicator, IndicatorCatalogue, period, uncountable
from analytics.indicator_files import load_indicators
from services.contracts.calendars import Calendar
from services.contracts.failures import Malformed
from services.contracts.faults import PolicyError
from services.contracts.names import LANGUAGES
from services.contracts.policy import load_calendars
from tests.core import alert_stories as story

FOLDER = Path(__file__).parents[2] / "deploy"
INDICATORS = load_indicators(FOLDER)
CALENDAR: Calendar = load_calendars(FOLDER)["fbih"]


def test_a_fact_is_what_was_said_with_both_times() -> None:
    announcement = story.sent()
    envelope = replace(story.enveloped(announcement, 4), recorded_time=story.MONDAY + story.HOUR)
    fact = fact_of(announcement, envelope)
    assert (fact.event_id, fact.type, fact.unit) == (envelope.id, envelope.type, story.UNIT)
    assert (fact.key, fact.subject) == (story.CASE, story.TO_CLINIC)
    assert (fact.occurred_at, fact.recorded_at) == (story.MONDAY, story.MONDAY + story.HOUR)
    assert fact.dimensions["need"] == story.NEED
    assert fact.dimensions["risk"] == "medium"
    assert "unit" not in fact.dimensions


def test_a_fact_can_be_written_down() -> None:
    for announcement in (story.report_received(), story.report_screened(), story.case_opened(), story.need_unserved()):
        fact = fact_of(announcement, story.enveloped(announcement))
        assert json.loads(json.dumps(fact.dimensions)) == fact.dimensions


def test_an_older_version_of_an_event_is_counted_with_the_newest() -> None:
    envelope = replace(story.enveloped(story.case_opened()), type="ba.spis.intake.case.opened.v0")
    assert fact_of(story.case_opened(), envelope).type == INDICATORS.indicator("cases_opened").counts


def test_the_three_figures_of_the_journey_are_there_in_every_language() -> None:
    for code in ("reports_received", "cases_opened", "referrals_sent"):
        labels = INDICATORS.indicator(code).labels
        assert all(labels.spoken(language) for language in LANGUAGES)


def test_an_unknown_indicator_is_refused_by_naming_those_there_are() -> None:
    with pytest.raises(Malformed, match="cases_opened"):
        INDICATORS.indicator("horoscopes")


def test_an_indicator_that_could_only_count_nothing_is_refused() -> None:
    good = INDICATORS.indicators[0]
    unheard = replace(good, code="a", counts="ba.spis.intake.child.born.v1")
    unknown = replace(good, code="b", where={"shoe_size": "42"})
    assert list(uncountable(IndicatorCatalogue((good,)))) == []
    assert [code for code, _ in uncountable(IndicatorCatalogue((good, unheard, unknown, good)))] == [
        "a",
        "b",
        good.code,
    ]


def test_a_wrong_file_is_refused_by_file_row_and_remedy(tmp_path: Path) -> None:
    text = (FOLDER / "indicators" / "catalogue.toml").read_text(encoding="utf-8")
    (tmp_path / "indicators").mkdir()
    wrong = text.replace("ba.spis.intake.case.opened.v1", "ba.spis.intake.case.opend.v1")
    (tmp_path / "indicators" / "catalogue.toml").write_text(wrong, encoding="utf-8")
    with pytest.raises(PolicyError, match=r"indicators/catalogue.toml, indicators\[cases_opened\]: .*; name an event"):
        load_indicators(tmp_path)


def test_a_period_counts_its_first_and_its_last_day_whole_by_local_time() -> None:
    days = period(CALENDAR, date(2026, 1, 1), date(2026, 1, 31))
    assert days.starts == datetime(2025, 12, 31, 23, 0, tzinfo=UTC)
    assert days.ends == datetime(2026, 1, 31, 23, 0, tzinfo=UTC)


@given(st.dates(date(2000, 1, 1), date(2050, 1, 1)), st.integers(0, 400), st.integers(1, 400))
def test_periods_that_follow_each_other_neither_overlap_nor_leave_a_gap(first: date, length: int, more: int) -> None:
    last = first + timedelta(days=length)
    here = period(CALENDAR, first, last)
    there = period(CALENDAR, last + timedelta(days=1), last + timedelta(days=more))
    assert here.starts is not None
    assert here.starts < here.ends == there.starts
    assert there.starts < there.ends


def test_a_period_without_a_first_day_counts_from_the_beginning() -> None:
    days = period(CALENDAR, None, date(2026, 1, 31))
    assert (days.starts, days.ends) == (None, datetime(2026, 1, 31, 23, 0, tzinfo=UTC))


@pytest.mark.parametrize(
    ("first", "last"), [("2026-02-01", "2026-01-31"), ("0001-01-01", "2026-01-01"), ("2026-01-01", "9999-12-31")]
)
def test_a_period_that_cannot_be_meant_is_refused(first: str, last: str) -> None:
    with pytest.raises(Malformed, match="period"):
        period(CALENDAR, date.fromisoformat(first), date.fromisoformat(last))


def test_an_indicator_may_be_narrowed_to_codes_the_event_carries() -> None:
    critical: Indicator = replace(INDICATORS.indicator("cases_opened"), code="critical", where={"risk": "critical"})
    assert list(uncountable(IndicatorCatalogue((critical,)))) == []
