"""What a dashboard shows: checked data, the days it is about, and figures as pictures with the same numbers."""

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from analytics.charts import Columns, Line, Rows
from analytics.dashboard import Dashboard, Shown, dashboard_faults
from analytics.dashboard_files import load_dashboard
from analytics.drawing import LYING_MAX, by_category, by_month, card
from analytics.figure import Amount, Question, question
from analytics.indicator import BREAKDOWNS, Kind
from analytics.indicator_files import load_indicators
from analytics.live.api import LiveCounts, LiveLine, LiveWindow
from analytics.live.hours import by_hours
from analytics.period import MONTHS_MAX, Period, this_year, twelve_months, typed_period
from analytics.release.days import whole_months
from analytics.release.pages import days_offered
from analytics.wording import Wording
from services.contracts.codes import LiveCount
from services.contracts.names import LANGUAGES
from services.pages.form import Sheet
from services.pages.speech import Speech, load_labels, load_words

FOLDER = Path(__file__).parents[2] / "deploy"
CATALOGUE = load_indicators(FOLDER)
DASHBOARD = load_dashboard(FOLDER, CATALOGUE)
WORDS = load_words(Path(__file__).parents[2] / "analytics")
TODAY = date(2026, 3, 9)
PERIOD = Period(date(2025, 12, 15), TODAY)


def said(language: str = "en") -> Wording:
    return Wording(Speech(language, WORDS, load_labels()), str.lower, str.upper, str.title)


def asked(code: str, *by: str) -> Question:
    return question(CATALOGUE.indicator(code), by, PERIOD.first, PERIOD.last)


def sheet(first: str = "", last: str = "") -> Sheet:
    return Sheet({"from": [first], "to": [last]})


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"cards": ("horoscopes",)}, "no such indicator"),
        ({"tiles": ("children_in_cases",)}, "once in a year"),
        ({"charts": (Shown("reports_received", "sex"),)}, "not broken down by 'sex'"),
        ({"charts": (Shown("cases_opened", "sex,age_band"),)}, "not broken down by 'sex,age_band'"),
        ({"tiles": ()}, "tells nothing"),
    ],
)
def test_a_dashboard_that_asks_what_no_indicator_answers_is_refused(change: dict[str, object], says: str) -> None:
    broken: Dashboard = replace(DASHBOARD, **change)  # type: ignore[arg-type]
    assert says in str([str(fault) for fault in dashboard_faults("dashboard.toml", broken, CATALOGUE)])
    assert not list(dashboard_faults("dashboard.toml", DASHBOARD, CATALOGUE))


def test_twelve_months_are_the_month_of_today_and_eleven_before_it() -> None:
    assert twelve_months(TODAY) == Period(date(2025, 4, 1), TODAY)
    assert twelve_months(date(2026, 12, 31)) == this_year(date(2026, 12, 31))
    assert twelve_months(TODAY).months == 12


def test_what_is_left_open_is_today_and_the_twelve_months_before() -> None:
    assert typed_period(sheet(), TODAY) == twelve_months(TODAY)
    assert typed_period(sheet(last="2025-12-31"), TODAY) == this_year(date(2025, 12, 31))
    assert typed_period(sheet("2026-02-03"), TODAY) == Period(date(2026, 2, 3), TODAY)


@pytest.mark.parametrize(
    ("first", "last", "place", "rule"),
    [
        ("yesterday", "", "from", "date_text"),
        ("", "2026-02-30", "to", "date_text"),
        ("2026-02-02", "2026-02-01", "to", "period_order"),
        ("1989-12-31", "1990-02-01", "to", "period_years"),
        ("1989-12-31", "1991-02-01", "from", "period_years"),
        ("", "0001-01-01", "to", "period_years"),
        ("", "9999-12-31", "to", "period_years"),
        ("2015-01-01", "", "from", "period_long"),
    ],
)
def test_days_that_cannot_be_meant_are_named_and_kept(first: str, last: str, place: str, rule: str) -> None:
    refused = typed_period(sheet(first, last), TODAY)
    assert isinstance(refused, Sheet)
    assert [(wrong.place, wrong.rule) for wrong in refused.wrong] == [(place, rule)]
    assert (refused.one("from"), refused.one("to")) == (first, last)
    assert f"wrong_{rule}" in WORDS


def test_a_month_is_whole_if_all_of_it_was_asked_for_and_it_is_over() -> None:
    assert [PERIOD.holds(month, TODAY) for month in ("2025-12", "2026-01", "2026-02", "2026-03")] == [
        False,
        True,
        True,
        False,
    ]
    assert MONTHS_MAX >= 12


def test_every_month_has_its_bar_and_the_table_has_the_same_numbers() -> None:
    lines = {("", "2025-12", ""): Amount(4, 4), ("", "2026-02", ""): Amount(1_234, 1_234)}
    picture = by_month(asked("cases_opened", "month"), lines, PERIOD, TODAY, said())
    assert isinstance(picture.chart, Columns)
    assert [row.value for row in picture.table] == ["4", "0", "1,234", "0"]
    assert [row.name for row in picture.table] == ["December 2025", "January 2026", "February 2026", "March 2026"]
    assert [row.partial for row in picture.table] == [True, False, False, True]
    assert [bar.height > 0 for bar in picture.chart.bars] == [True, False, True, False]
    assert [row.short for row in picture.table] == [("12",), ("1", "2026"), ("2",), ("3",)]
    assert picture.title == "Cases opened: by month"


def test_every_year_is_named_where_it_begins_and_the_first_where_there_is_room() -> None:
    lines = {("", "2025-01", ""): Amount(1, 1)}
    for first, years in (
        (date(2021, 10, 1), ["2022", "2023", "2024", "2025", "2026"]),
        (date(2025, 6, 1), ["2025", "2026"]),
    ):
        picture = by_month(asked("cases_opened", "month"), lines, Period(first, TODAY), TODAY, said())
        assert [row.short[1] for row in picture.table if len(row.short) > 1] == years


def test_a_median_nobody_took_is_no_point_and_no_number() -> None:
    lines = {("", "2026-01", ""): Amount(30, 4, 71)}
    picture = by_month(asked("hours_to_first_answer", "month"), lines, PERIOD, TODAY, said())
    assert isinstance(picture.chart, Line)
    assert [point is not None for point in picture.chart.points] == [False, True, False, False]
    assert [(row.value, row.number, row.p90) for row in picture.table][:2] == [
        ("–", "0", ""),
        ("30 hours", "4", "71 hours"),
    ]


def test_what_is_still_to_come_is_not_drawn() -> None:
    far = Period(PERIOD.first, date(2026, 12, 31))
    lines = {("", "2026-01", ""): Amount(1, 1)}
    picture = by_month(asked("cases_opened", "month"), lines, far, TODAY, said())
    assert picture.table[-1].name == "March 2026"


def test_where_there_was_nothing_there_is_nothing_to_draw() -> None:
    assert by_month(asked("cases_opened", "month"), {}, PERIOD, TODAY, said()).is_empty
    assert by_category(asked("cases_opened", "sex"), {}, said()).is_empty


def test_categories_stand_in_their_own_order_or_the_largest_first() -> None:
    ages = {("", "", code): Amount(n, n) for n, code in enumerate(("unknown", "17_18", "under_7"), 1)}
    picture = by_category(asked("cases_opened", "age_band"), ages, said())
    assert [(row.name, row.value) for row in picture.table] == [("Under 7", "3"), ("17–18", "2"), ("Age unknown", "1")]
    needs = {("", "", code): Amount(n, n) for code, n in (("b", 1), ("c", 5), ("a", 1))}
    picture = by_category(asked("referrals_sent", "need"), needs, said())
    assert [row.name for row in picture.table] == ["C", "A", "B"]


def test_only_the_largest_are_drawn_and_the_table_has_all() -> None:
    needs = {("", "", f"n{n:02}"): Amount(n, n) for n in range(20)}
    picture = by_category(asked("referrals_sent", "need"), needs, said())
    assert isinstance(picture.chart, Rows)
    assert (len(picture.chart.bars), picture.drawn, len(picture.table)) == (LYING_MAX, LYING_MAX, 20)


def test_a_key_figure_says_what_it_is_drawn_from() -> None:
    share = card(CATALOGUE.indicator("alerts_in_time_share"), Amount(0.6667, 3), said("bs"))
    assert (share.value, share.number) == ("66,7\u00a0%", 3)
    hours = card(CATALOGUE.indicator("hours_to_first_answer"), Amount(22, 9, 71), said("hr"))
    assert (hours.value, hours.p90) == ("22 sata", "71 sat")


def test_what_may_be_released_is_over_and_whole() -> None:
    offered = list(days_offered(TODAY))
    assert [(each.word, each.days) for each in offered if each.word != "month"] == [
        ("quarter", "2025-10-01/2025-12-31"),
        ("quarter", "2025-07-01/2025-09-30"),
        ("quarter", "2025-04-01/2025-06-30"),
        ("quarter", "2025-01-01/2025-03-31"),
        ("year", "2025-01-01/2025-12-31"),
        ("year", "2024-01-01/2024-12-31"),
    ]
    assert offered[0].days == "2026-02-01/2026-02-28"
    for each in offered:
        assert each.last < TODAY
        assert whole_months(each.first, each.last)


@pytest.mark.parametrize("language", LANGUAGES)
def test_whatever_can_be_shown_has_its_words(language: str) -> None:
    words = said(language)
    for name in ("month", *(each for each in BREAKDOWNS if "," not in each)):
        assert words.t.say(f"by_{name}")
        assert words.t.say(f"of_{name}")
    for kind in Kind:
        assert words.t.say(f"value_{kind}")
        assert words.amount(kind, 1)
        assert words.amount(kind, None) == "–"


def test_quarters_of_an_hour_become_hours_to_the_hour_that_is_not_over() -> None:
    now = datetime(2026, 3, 9, 9, 20, tzinfo=UTC)
    windows = [
        LiveWindow(starts=datetime(2026, 3, 9, 7, 0, tzinfo=UTC), count=2),
        LiveWindow(starts=datetime(2026, 3, 9, 7, 45, tzinfo=UTC), count=1),
        LiveWindow(starts=datetime(2026, 3, 9, 9, 15, tzinfo=UTC), count=4),
    ]
    counts = [
        LiveLine(what=LiveCount.CASES, need=None, count=7, windows=windows),
        LiveLine(what=LiveCount.CASES, need="housing", count=2, windows=windows[:1]),
    ]
    found = LiveCounts(
        unit="X",
        units=1,
        first=datetime(2026, 3, 9, 6, 15, tzinfo=UTC),
        window_minutes=15,
        age_seconds=1.0,
        counts=counts,
        surges=[],
    )
    hours = by_hours(found, now)
    assert [start.hour for start in hours.starts] == [6, 7, 8, 9]
    assert hours.counts[LiveCount.CASES] == (0, 3, 0, 4)
    assert hours.busy == (1, 3)
    assert (hours.total(LiveCount.CASES), hours.total(LiveCount.REPORTS)) == (7, 0)
