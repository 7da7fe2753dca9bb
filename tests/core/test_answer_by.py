"""By when an answer is owed, and where silence climbs to: in the working days of the country's own calendars."""

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from referral.directory_files import load_directory
from referral.ladder import Ladder, Rung
from referral.terms import Terms
from services.contracts.codes import RiskBand
from services.contracts.policy import load_policy
from tests.core.referral_stories import ABOVE, ANSWER_BY, CALENDAR, MONDAY, TERMS, TOP, UNIT

FOLDER = Path(__file__).parents[2] / "deploy"
POLICY = load_policy(FOLDER)
COUNTRY = Terms(POLICY.units, POLICY.calendars, load_directory(FOLDER, POLICY))
SARAJEVO = ZoneInfo("Europe/Sarajevo")
UNITS = sorted(unit.code for unit in POLICY.units)

moments = st.datetimes(datetime(2025, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - hypothesis adds the zone


def test_three_working_days_end_at_the_hour_the_office_closes() -> None:
    assert TERMS.answer_by(UNIT, RiskBand.MEDIUM, MONDAY) == ANSWER_BY
    assert TERMS.answer_by(UNIT, RiskBand.CRITICAL, MONDAY).astimezone(SARAJEVO).day == 3


def test_a_weekend_does_not_count() -> None:
    thursday = datetime(2026, 3, 5, 9, 0, tzinfo=UTC)
    assert TERMS.answer_by(UNIT, RiskBand.MEDIUM, thursday).astimezone(SARAJEVO).date().isoformat() == "2026-03-10"


def test_silence_climbs_from_the_coordinating_unit_to_the_top() -> None:
    assert [rung.unit for rung in TERMS.ladder(UNIT, RiskBand.LOW).rungs] == [ABOVE, TOP]
    assert [rung.after_working_days for rung in TERMS.ladder(UNIT, RiskBand.LOW).rungs] == [1, 2]


@pytest.mark.parametrize(
    ("unit", "climbs"),
    [
        ("FBIH-K10-LIV", ["K10", "FBIH", "BIH"]),
        ("RS-BIL", ["RS", "BIH"]),
        ("BD-BRC", ["BD", "BIH"]),
    ],
)
def test_each_branch_of_the_country_has_a_ladder_of_its_own(unit: str, climbs: list[str]) -> None:
    assert [rung.unit for rung in COUNTRY.ladder(unit, RiskBand.HIGH).rungs] == climbs


@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.parametrize("risk", RiskBand)
def test_every_unit_has_a_ladder_and_a_date_for_every_risk(unit: str, risk: RiskBand) -> None:
    assert COUNTRY.ladder(unit, risk).rungs
    assert COUNTRY.answer_by(unit, risk, MONDAY) > MONDAY


@given(moments, st.sampled_from(UNITS), st.sampled_from(list(RiskBand)))
def test_an_answer_is_owed_on_a_working_day_that_is_still_to_come(moment: datetime, unit: str, risk: RiskBand) -> None:
    calendar = COUNTRY.calendar(unit)
    due = COUNTRY.answer_by(unit, risk, moment)
    assert due > moment
    assert calendar.is_working_day(calendar.local_day(due))


@given(moments, st.sampled_from(UNITS), st.sampled_from(list(RiskBand)), st.integers(min_value=1, max_value=9))
def test_each_step_of_silence_comes_after_the_one_before(
    moment: datetime, unit: str, risk: RiskBand, step: int
) -> None:
    ladder = COUNTRY.ladder(unit, risk)
    assert ladder.due(step + 1, ladder.due(step, moment)) > ladder.due(step, moment) > moment


@pytest.mark.parametrize("rungs", [(), (Rung(ABOVE, 0),)])
def test_a_ladder_on_which_silence_could_end_or_never_wait_is_no_ladder(rungs: tuple[Rung, ...]) -> None:
    with pytest.raises(ValueError, match="silence"):
        Ladder(rungs, CALENDAR)
