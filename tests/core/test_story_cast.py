"""A story can be played in every municipality of the programme, from its directory alone."""

from pathlib import Path

import pytest

from deploy.demo.cast import Asked, parts
from deploy.demo.visitor import NotObserved
from referral.directory_files import load_directory
from referral.terms import Terms
from services.contracts.policy import load_policy
from services.contracts.units import Mandate

FOLDER = Path(__file__).parents[2] / "deploy"
POLICY = load_policy(FOLDER)
TERMS = Terms(POLICY.units, POLICY.calendars, load_directory(FOLDER, POLICY))
PLACES = sorted(unit.code for unit in POLICY.units if unit.mandate is Mandate.CASEWORK)


def served(unit: str) -> dict[str, list[str]]:
    """Who serves each need of a unit, in the order in which they are asked."""
    return {need.code: [each.code for each in TERMS.serving(unit, need.code)] for need in POLICY.needs}


@pytest.mark.parametrize("unit", PLACES)
def test_every_municipality_has_one_that_helps_one_that_declines_and_one_that_stays_silent(unit: str) -> None:
    asked = parts(unit, served(unit))
    assert len({each.need for each in asked}) == len({each.receiver for each in asked}) == 3
    for each in asked:
        assert each.receiver.startswith(f"{unit}.")
        assert each.receiver == TERMS.receiver(unit, each.need, f"{unit}.csw")
        assert set(each.others) <= {one.code for one in TERMS.serving(unit, each.need)} - {each.receiver}
    assert asked[1].others


def test_the_centre_is_asked_second_where_nobody_else_is_left_and_never_first() -> None:
    listed = {"a": ["V.csw", "V.health"], "b": ["V.csw", "V.police"], "c": ["V.school"], "d": ["V.csw"]}
    assert parts("V", listed) == (
        Asked("b", "V.police", ("V.csw",)),
        Asked("a", "V.health", ("V.csw",)),
        Asked("c", "V.school", ()),
    )


def test_somebody_other_than_the_centre_is_preferred() -> None:
    listed = {"a": ["V.csw", "V.health"], "b": ["V.ngo", "V.csw", "ABOVE.ngo"], "c": ["V.school"], "d": ["ABOVE.ngo"]}
    assert parts("V", listed)[1] == Asked("b", "V.ngo", ("ABOVE.ngo", "V.csw"))


def test_a_place_with_too_few_institutions_says_so() -> None:
    with pytest.raises(NotObserved, match="directory of V has too few"):
        parts("V", {"a": ["V.health", "V.csw"], "b": ["V.school"], "c": ["V.csw"]})
