"""Whether a person may be forgotten: every reason that says no, and the day from which the law no longer does."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import product

import pytest

from intake.forgetting.rules import HoldReason, Matter, check
from intake.forgetting.terms import Ground, Retention, retention_faults
from intake.forgetting.terms_files import load_retention
from services.contracts.codes import ForgettingGround
from services.contracts.failures import Refused
from services.contracts.faults import PolicyError
from services.runtime.settings import POLICY
from tests.core.intake_stories import CASE, CENTRE, MONDAY, UNIT

REPORT = "R-22222-22222-2"
WAITING_GROUNDS = {ForgettingGround.RETENTION_OVER, ForgettingGround.CONSENT_WITHDRAWN}
TERMS = Retention(
    version=1,
    valid_from=date(2020, 1, 1),
    basis="invented",
    case_years=10,
    report_years=2,
    grounds=tuple(Ground(ground, ground in WAITING_GROUNDS, "invented") for ground in ForgettingGround),
)
DISMISSED = Matter(REPORT, UNIT, True, MONDAY)
CLOSED = replace(DISMISSED, case=CASE, institution=CENTRE, closed=True)
LONG_AFTER = MONDAY + timedelta(days=40 * 366)


def refusal(
    matter: Matter,
    ground: ForgettingGround = ForgettingGround.COURT_ORDER,
    now: datetime = LONG_AFTER,
    hold: HoldReason | None = None,
) -> str | None:
    """The code of what says no."""
    try:
        check([matter], hold, ground, TERMS, now)
    except Refused as refused:
        return refused.code
    return None


@pytest.mark.parametrize("ground", ForgettingGround)
def test_what_is_owed_or_held_binds_on_every_ground_and_for_ever(ground: ForgettingGround) -> None:
    assert refusal(replace(DISMISSED, decided=False), ground) == "report_undecided"
    assert refusal(replace(CLOSED, closed=False), ground) == "case_open"
    for hold in HoldReason:
        assert refusal(CLOSED, ground, hold=hold) == "legal_hold"
    assert refusal(CLOSED, ground) is None


@pytest.mark.parametrize(("ground", "matter"), list(product(ForgettingGround, (DISMISSED, CLOSED))))
def test_the_law_keeps_to_the_day_what_grounds_that_wait_would_end(ground: ForgettingGround, matter: Matter) -> None:
    years = 10 if matter.case else 2
    day = MONDAY.replace(year=MONDAY.year + years)
    before = "retention_binds" if ground in WAITING_GROUNDS else None
    assert refusal(matter, ground, day - timedelta(days=1)) == before
    assert refusal(matter, ground, day) is None


def test_one_matter_that_binds_is_enough() -> None:
    with pytest.raises(Refused, match="waits for its decision"):
        check([DISMISSED, replace(DISMISSED, decided=False)], None, ForgettingGround.COURT_ORDER, TERMS, LONG_AFTER)


def test_a_leap_day_is_kept_until_the_day_after_it_would_have_been() -> None:
    assert TERMS.kept_until(datetime(2028, 2, 29, tzinfo=UTC), is_case=True) == date(2038, 3, 1)


def test_the_terms_of_the_house_name_every_ground_once() -> None:
    terms = load_retention(POLICY)
    assert {ground for ground in ForgettingGround if terms.waits(ground)} == WAITING_GROUNDS


def test_terms_that_leave_a_ground_undecided_or_keep_for_ever_are_refused() -> None:
    twice = replace(TERMS, grounds=(*TERMS.grounds[1:], TERMS.grounds[1]), case_years=0)
    faults = list(retention_faults("retention/terms.toml", twice))
    assert len(faults) == 3
    assert "2 times" in str(PolicyError(faults))
    assert not list(retention_faults("retention/terms.toml", TERMS))
    assert replace(TERMS, grounds=()).waits(ForgettingGround.COURT_ORDER), "what nobody provided for waits"
