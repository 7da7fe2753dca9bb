"""What a figure comes to, from the sums of its cells."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.figure import Amount, Question, Sum, amounts, counted_from, question
from analytics.indicator import Kind
from services.contracts.failures import Malformed
from tests.core.test_facts import CODES

LAST = date(2026, 3, 31)
WHOLE = ("", "", "")
CASES, HOURS, SHARE = CODES["cases_opened"], CODES["hours_to_first_answer"], CODES["alerts_in_time_share"]
OPEN = replace(CASES, code="open", kind=Kind.STOCK, of=("opened", "closed"), breakdowns=("sex",))


def asked(indicator: object = CASES, by: tuple[str, ...] = (), first: date | None = None) -> Question:
    return question(indicator, by, first, LAST)  # type: ignore[arg-type]


def test_nothing_is_none_of_a_count_and_no_value_of_a_share_or_a_median() -> None:
    assert amounts(asked(), []) == {WHOLE: Amount(0, 0)}
    assert amounts(asked(SHARE), []) == {WHOLE: Amount(None, 0)}
    assert amounts(asked(HOURS), []) == {WHOLE: Amount(None, 0, None)}
    assert amounts(asked(by=("sex",)), []) == {}


def test_a_share_is_the_part_of_the_whole() -> None:
    part, whole = SHARE.of
    sums = [Sum(part, WHOLE, 0, 2), Sum(whole, WHOLE, 0, 3)]
    assert amounts(asked(SHARE), sums) == {WHOLE: Amount(0.6667, 3)}


@given(st.lists(st.integers(0, 200), min_size=1))
def test_a_median_is_the_least_that_half_did_not_pass(hours: list[int]) -> None:
    sums = [Sum(HOURS.code, WHOLE, hour, hours.count(hour)) for hour in set(hours)]
    amount = amounts(asked(HOURS), sums)[WHOLE]
    for value, percent in ((amount.value, 50), (amount.p90, 90)):
        assert value in hours
        assert sum(hour <= value for hour in hours) * 100 >= len(hours) * percent
        assert sum(hour < value for hour in hours) * 100 < len(hours) * percent
    assert amount.number == len(hours)


def test_a_stock_is_all_that_came_less_all_that_went_and_stands_in_months_without_change() -> None:
    sums = [
        Sum("opened", ("", "2025-12", ""), 0, 3),
        Sum("closed", ("", "2025-12", ""), 0, 1),
        Sum("opened", ("", "2026-02", ""), 0, 2),
    ]
    monthly = asked(OPEN, ("month",), date(2026, 1, 1))
    assert counted_from(monthly) is None
    assert {group[1]: amount.value for group, amount in amounts(monthly, sums).items()} == {
        "2026-01": 2,
        "2026-02": 4,
        "2026-03": 4,
    }
    plain = [replace(each, group=WHOLE) for each in sums]
    assert amounts(asked(OPEN), plain) == {WHOLE: Amount(4, 4)}


def test_what_it_is_broken_down_by_may_be_named_in_any_order() -> None:
    assert asked(by=("age_band", "month", "sex")).breakdown == "sex,age_band"


@pytest.mark.parametrize(
    ("by", "first", "last", "says"),
    [
        (("shoe_size",), None, LAST, "not broken down by"),
        (("need",), None, LAST, "not broken down by"),
        (("sex", "risk"), None, LAST, "not broken down by"),
        ((), date(2026, 4, 1), LAST, "the other way round"),
        ((), date(1, 1, 1), LAST, "years"),
        ((), None, date(9999, 12, 31), "years"),
    ],
)
def test_a_question_that_cannot_be_meant_is_told_what_to_ask(
    by: tuple[str, ...], first: date | None, last: date, says: str
) -> None:
    with pytest.raises(Malformed, match=says):
        question(CASES, by, first, last)


def test_children_are_counted_within_one_year() -> None:
    children = CODES["children_in_cases"]
    assert question(children, (), None, LAST).first == date(2026, 1, 1)
    with pytest.raises(Malformed, match="one year"):
        question(children, (), date(2025, 12, 31), LAST)
