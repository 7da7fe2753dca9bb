"""The tree of units is ragged, and silence finds its way up every branch of it."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from services.contracts.codes import RiskBand
from services.contracts.policy import load_units
from services.contracts.units import UnitTree, UnknownUnit

TREE = load_units(Path(__file__).parents[2] / "deploy")
PROGRAMME_WHOLE = date(2011, 1, 1)


@pytest.mark.parametrize(
    ("unit", "path"),
    [
        ("FBIH-K10-LIV", ["K10", "FBIH", "BIH"]),
        ("RS-BIL", ["RS", "BIH"]),
        ("BD-BRC", ["BD", "BIH"]),
        ("K10", ["K10", "FBIH", "BIH"]),
        ("BIH", ["BIH"]),
    ],
)
def test_silence_climbs_from_the_coordinating_unit_to_the_top(unit: str, path: list[str]) -> None:
    assert [above.code for above in TREE.path_up(unit)] == path


def test_half_of_the_places_have_no_canton_above_them() -> None:
    municipalities = [unit for unit in TREE.on(PROGRAMME_WHOLE) if unit.level == "municipality"]
    without = [u for u in municipalities if all(above.level != "canton" for above in TREE.line(u.code))]
    assert (len(municipalities), len(without)) == (21, 11)


def test_a_unit_is_within_itself_and_everything_above_it() -> None:
    assert TREE.is_within("FBIH-K10-LIV", "FBIH-K10-LIV")
    assert TREE.is_within("FBIH-K10-LIV", "K10")
    assert TREE.is_within("FBIH-K10-LIV", "BIH")
    assert not TREE.is_within("K10", "FBIH-K10-LIV")
    assert not TREE.is_within("FBIH-K10-LIV", "RS")


def test_below_leaves_the_unit_itself_and_its_neighbours_out() -> None:
    below = {unit.code for unit in TREE.below("K10")}
    assert below >= {"FBIH-K10-KUP", "FBIH-K10-LIV"}
    assert not below & {"K10", "FBIH", "FBIH-KS-NGS", "RS-BIL"}
    assert {unit.code for unit in TREE.below("BIH")} == {unit.code for unit in TREE} - {"BIH"}


@pytest.mark.parametrize("code", ["", "FBIH-K10", "nowhere", "x" * 500])
def test_an_unknown_code_is_malformed_and_said_so(code: str) -> None:
    for question in (TREE.unit, TREE.path_up, TREE.line, TREE.below):
        with pytest.raises(UnknownUnit, match="unknown unit"):
            question(code)
    with pytest.raises(UnknownUnit):
        TREE.is_within(code, "K10")
    with pytest.raises(UnknownUnit):
        TREE.is_within("K10", code)


def test_a_day_filters_the_places_that_had_joined() -> None:
    assert sum(unit.level == "municipality" for unit in TREE.on(date(2009, 6, 1))) == 10
    assert sum(unit.level == "municipality" for unit in TREE.on(PROGRAMME_WHOLE)) == 21
    assert len(TREE.on(date(2007, 12, 31))) == 0


def test_more_risk_is_answered_and_escalated_sooner() -> None:
    for unit in TREE:
        answers = [unit.answer_days(band) for band in RiskBand]
        assert answers == sorted(answers, reverse=True)
        for step in range(4):
            waits = [unit.escalation_days(band, step) for band in RiskBand]
            assert waits == sorted(waits, reverse=True)


def test_the_last_step_up_repeats() -> None:
    livno = TREE.unit("FBIH-K10-LIV")
    last = livno.escalation_working_days[RiskBand.HIGH][-1]
    assert [livno.escalation_days(RiskBand.HIGH, step) for step in (1, 2, 50)] == [last] * 3


def test_only_the_levels_without_a_mandate_to_act_oversee() -> None:
    assert {unit.code for unit in TREE if unit.mandate == "oversight"} == {"BIH", "FBIH"}
    assert all((unit.level == "municipality") == (unit.mandate == "casework") for unit in TREE)


def test_a_circle_is_noticed_and_not_walked_for_ever() -> None:
    canton = TREE.unit("K10")
    circle = UnitTree.of([canton, replace(TREE.unit("FBIH"), parent="K10")])
    with pytest.raises(ValueError, match="circle"):
        circle.path_up("K10")
