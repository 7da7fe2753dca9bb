"""Whether two people may become one: every reason that says no, for either of them."""

from dataclasses import replace

import pytest

from intake.forgetting.rules import HoldReason, Matter
from intake.merging.rules import Side, check
from services.contracts.failures import Refused
from tests.core.intake_stories import MONDAY, UNIT

DECIDED = Matter("R-22222-22222-2", UNIT, True, MONDAY)
ONE = Side("P-22222-22222-2", [DECIDED], is_child=True)
INTO = Side("P-33333-33333-3", [replace(DECIDED, report="R-33333-33333-3")], is_child=True)


def refusal(one: Side, into: Side) -> str | None:
    """The code of what says no."""
    try:
        check(one, into)
    except Refused as refused:
        return refused.code
    return None


def test_two_children_whose_reports_are_decided_may_become_one() -> None:
    assert refusal(ONE, INTO) is None


def test_nobody_becomes_themselves() -> None:
    assert refusal(ONE, replace(INTO, person=ONE.person)) == "same_person"


@pytest.mark.parametrize(
    ("bound", "code"),
    [
        ({"now": "P-44444-44444-4"}, "person_merged"),
        ({"forgotten": True}, "person_forgotten"),
        ({"is_child": False}, "not_a_child"),
        *(({"hold": hold}, "legal_hold") for hold in HoldReason),
    ],
)
def test_what_binds_either_of_them_says_no(bound: dict[str, object], code: str) -> None:
    assert refusal(replace(ONE, **bound), INTO) == code  # type: ignore[arg-type]
    assert refusal(ONE, replace(INTO, **bound)) == code  # type: ignore[arg-type]


def test_a_report_about_the_first_is_decided_before_one_about_the_other_may_wait() -> None:
    waits = [replace(DECIDED, decided=False)]
    assert refusal(replace(ONE, matters=waits), INTO) == "report_undecided"
    assert refusal(ONE, replace(INTO, matters=waits)) is None
