"""What becomes of an event that could not be dealt with depends on the error and on how often it was tried."""

import pytest

from services.bus.verdict import ATTEMPTS_MAX, Again, Hold, Park, Pass, verdict
from services.contracts.failures import Malformed, Refused, Unavailable

BUGS = [KeyError("Amra"), ValueError("Amra"), AssertionError(), RecursionError(), ZeroDivisionError("Amra")]


@pytest.mark.parametrize("attempt", [1, 2, 3, 100])
def test_what_the_rules_refuse_is_passed_at_once(attempt: int) -> None:
    assert verdict(Refused("closed", "no"), attempt) == Pass("closed")


@pytest.mark.parametrize("attempt", [1, 2, 3, 100])
def test_what_breaks_its_contract_is_parked_at_once(attempt: int) -> None:
    assert verdict(Malformed("half a body"), attempt) == Park("malformed: half a body")


def test_a_world_that_is_not_ready_is_waited_for_without_end() -> None:
    assert {verdict(Unavailable("away"), attempt) for attempt in range(1, 1_000)} == {Hold()}


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: type(bug).__name__)
def test_a_fault_of_ours_is_tried_three_times_and_then_parked_without_what_it_says(bug: Exception) -> None:
    assert [verdict(bug, attempt) for attempt in range(1, ATTEMPTS_MAX)] == [Again()] * (ATTEMPTS_MAX - 1)
    parked = verdict(bug, ATTEMPTS_MAX)
    assert parked == Park(f"bug: {type(bug).__name__} after {ATTEMPTS_MAX} attempts")
    assert "Amra" not in str(parked), "a message may quote the event"
