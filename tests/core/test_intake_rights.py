"""Who may do what in intake: the centre's own people read names, and nobody above them does."""

from itertools import product
from pathlib import Path

import pytest

from intake import rights
from intake.disclosure.terms import Live
from services.contracts.codes import Role
from services.contracts.policy import load_units
from services.security.rights import Person, Record, allowed
from tests.core.intake_stories import CENTRE, SCHOOL, UNIT

TREE = load_units(Path(__file__).parents[2] / "deploy")
RECORD = Record(unit=UNIT, owner=CENTRE)
WORKERS = (Role.CASEWORKER, Role.SUPERVISOR, Role.DIRECTOR)


def person(role: Role, institution: str, unit: str) -> Person:
    """An invented account."""
    return Person(f"{role}@{unit}", institution, unit, frozenset({role}), frozenset())


def may(who: Person, action: str, record: Record = RECORD) -> bool:
    """Whether intake's rows let them."""
    return allowed(rights.RIGHTS, who, action, record, TREE)


@pytest.mark.parametrize("role", WORKERS)
def test_the_centres_own_people_see_the_child(role: Role) -> None:
    own = person(role, CENTRE, UNIT)
    assert may(own, rights.SEE_REPORT, Record(unit=UNIT, state="waiting"))
    assert may(own, rights.SEE_CASE)
    assert may(own, rights.SEE_CHILD)
    elsewhere = person(role, "RS-GAC.csw", "RS-GAC")
    assert not any(may(elsewhere, row.action) for row in rights.RIGHTS)


@pytest.mark.parametrize("role", WORKERS)
def test_a_report_that_became_no_case_is_opened_by_who_answers_for_the_centre(role: Role) -> None:
    dismissed = Record(unit=UNIT, state="screened_out")
    assert may(person(role, CENTRE, UNIT), rights.SEE_REPORT, dismissed) is (role is not Role.CASEWORKER)


@pytest.mark.parametrize(("unit", "role"), [*product(["RS", "BIH"], Role)])
def test_nobody_above_reads_a_name(unit: str, role: Role) -> None:
    above = person(role, f"{unit}.authority", unit)
    assert not may(above, rights.SEE_CHILD)
    assert not may(above, rights.SEE_REPORT)


def test_a_coordinator_reads_the_file_of_a_case_below_in_codes() -> None:
    coordinator = person(Role.COORDINATOR, "RS.authority", "RS")
    assert may(coordinator, rights.SEE_CASE)
    assert not may(coordinator, rights.LIST_CASES)
    assert not may(coordinator, rights.SEE_CASE, Record(unit="FBIH-K10-LIV", owner="FBIH-K10-LIV.csw"))


def test_an_institution_reports_for_its_own_place_and_reads_nothing() -> None:
    school = person(Role.INSTITUTION, SCHOOL, UNIT)
    assert {row.action for row in rights.RIGHTS if may(school, row.action)} == {rights.RECEIVE}
    assert not may(school, rights.RECEIVE, Record(unit="RS-GAC"))


@pytest.mark.parametrize("role", [Role.PROVIDER, Role.INSTITUTION, Role.CASEWORKER, Role.SUPERVISOR])
def test_whoever_is_asked_reads_what_is_shared_while_it_is_live(role: Role) -> None:
    asked = person(role, SCHOOL, UNIT)
    for live, shared in ((Live.WAITING, True), (Live.ACCEPTED, True), (Live.ENDED, False)):
        record = Record(unit=UNIT, receiver=SCHOOL, state=live)
        assert may(asked, rights.READ_SHARED, record) == shared
        assert not may(person(role, "RS-BIL.health", UNIT), rights.READ_SHARED, record)
        assert not may(person(role, CENTRE, UNIT), rights.READ_SHARED, record)


def test_who_looked_is_for_those_who_answer_for_the_case() -> None:
    readers = {role for role in Role if may(person(role, CENTRE, UNIT), rights.SEE_ACCESSES)}
    assert readers == {Role.SUPERVISOR, Role.DIRECTOR}
    assert not any(may(person(role, "RS.authority", "RS"), rights.SEE_ACCESSES) for role in Role)


def test_a_provider_has_no_row_but_what_is_shared_with_it() -> None:
    assert {row.action for row in rights.RIGHTS if row.role is Role.PROVIDER} == {
        rights.READ_SHARED,
        rights.SEE_NAMES,
    }


@pytest.mark.parametrize("role", [Role.ANALYST, Role.AUDITOR])
def test_others_have_no_row_at_all(role: Role) -> None:
    assert role not in {row.role for row in rights.RIGHTS}


def test_whoever_runs_the_house_sees_its_hops_and_nothing_else() -> None:
    assert {row.action for row in rights.RIGHTS if row.role is Role.OPERATOR} == {rights.SEE_JOURNEY}


def test_a_director_watches_and_does_not_screen() -> None:
    assert not may(person(Role.DIRECTOR, CENTRE, UNIT), rights.SCREEN)
