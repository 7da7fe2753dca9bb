"""The rights engine: what no row allows is forbidden, and every relation means what it says."""

import itertools
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.contracts.codes import RiskBand, Role
from services.contracts.names import Names
from services.contracts.units import Level, Mandate, Unit, UnitTree
from services.security.rights import (
    Person,
    Reach,
    Record,
    Relation,
    Right,
    allowed,
    imaginable,
    lies_under,
    reach,
    relations,
)
from tests.architecture.rights_table import print_table


def unit(code: str, parent: str | None, coordinating: str | None = None) -> Unit:
    """An invented unit; `coordinating` is where its unanswered matters climb to."""
    return Unit(
        code=code,
        level=Level.MUNICIPALITY,
        mandate=Mandate.CASEWORK,
        coordinating_unit=coordinating or parent or code,
        calendar="invented",
        names=Names(code, code, code, code),
        languages=("bs",),
        answer_working_days=dict.fromkeys(RiskBand, 1),
        escalation_working_days=dict.fromkeys(RiskBand, (1,)),
        valid_from=date(2020, 1, 1),
        parent=parent,
    )


TREE = UnitTree.of(
    [
        unit("TOP", None),
        unit("EAST", "TOP"),
        unit("EAST-MINISTRY", "EAST"),
        unit("WEST", "TOP"),
        unit("WEST-HILL", "WEST"),
        unit("WEST-HILL-TOWN", "WEST-HILL"),
        unit("WEST-HILL-VILLAGE", "WEST-HILL"),
        unit("EAST-TOWN", "EAST", coordinating="EAST-MINISTRY"),
    ]
)


def person(at: str = "WEST-HILL-TOWN", role: Role = Role.CASEWORKER, *desks: str) -> Person:
    return Person(f"{role}@{at}", f"{at}.csw", at, frozenset({role}), frozenset(desks))


RECORDS = {
    Relation.OWN: Record("EAST-TOWN", owner="WEST-HILL-TOWN.csw"),
    Relation.SENDER: Record("EAST-TOWN", sender="WEST-HILL-TOWN.csw"),
    Relation.RECEIVER: Record("EAST-TOWN", receiver="WEST-HILL-TOWN.csw"),
    Relation.DESK: Record("EAST-TOWN", desk="WEST-HILL-TOWN.csw/duty"),
    Relation.SAME_UNIT: Record("WEST-HILL-TOWN"),
    Relation.ABOVE: Record("WEST-HILL"),
    Relation.SIBLING: Record("WEST-HILL-VILLAGE"),
    Relation.NONE: Record("EAST-TOWN", owner="EAST-TOWN.csw", sender="EAST-TOWN.school", receiver="EAST-TOWN.health"),
}


@pytest.mark.parametrize("relation", RECORDS)
def test_a_record_stands_in_exactly_the_relation_it_was_made_for(relation: Relation) -> None:
    caller = person("WEST-HILL-TOWN", Role.CASEWORKER, "WEST-HILL-TOWN.csw/duty")
    assert relations(caller, RECORDS[relation], TREE) == {relation, Relation.NONE}


def test_below_means_within_or_where_silence_climbs_to() -> None:
    below = {code for code in TREE.units if lies_under(code, "EAST-MINISTRY", TREE)}
    assert below == {"EAST-TOWN"}
    assert {code for code in TREE.units if lies_under(code, "WEST", TREE)} == {
        "WEST-HILL",
        "WEST-HILL-TOWN",
        "WEST-HILL-VILLAGE",
    }


def test_a_unit_nobody_knows_lies_nowhere_and_gives_no_right_by_place() -> None:
    assert relations(person("NOWHERE"), Record("WEST"), TREE) == {Relation.NONE}
    assert relations(person("WEST"), Record("NOWHERE"), TREE) == {Relation.NONE}


def test_a_person_without_institution_codes_in_the_record_owns_nothing() -> None:
    assert relations(person(), Record("EAST-TOWN"), TREE) == {Relation.NONE}


@pytest.mark.parametrize(("granted", "found"), list(itertools.product(RECORDS, RECORDS)))
def test_each_row_opens_its_own_relation_and_no_other(granted: Relation, found: Relation) -> None:
    table = [Right("report.see", Role.CASEWORKER, granted)]
    caller = person("WEST-HILL-TOWN", Role.CASEWORKER, "WEST-HILL-TOWN.csw/duty")
    expected = granted in (found, Relation.NONE)
    assert allowed(table, caller, "report.see", RECORDS[found], TREE) is expected


@given(
    action=st.sampled_from(["report.see", "report.screen"]),
    role=st.sampled_from(list(Role)),
    state=st.sampled_from(["received", "screened"]),
)
def test_only_the_named_action_role_and_state_are_allowed(action: str, role: Role, state: str) -> None:
    table = [Right("report.screen", Role.CASEWORKER, Relation.SAME_UNIT, frozenset({"received"}))]
    record = Record("WEST-HILL-TOWN", state=state)
    expected = (action, role, state) == ("report.screen", Role.CASEWORKER, "received")
    assert allowed(table, person(role=role), action, record, TREE) is expected
    assert imaginable(table, person(role=role), action) is ((action, role) == ("report.screen", Role.CASEWORKER))


def test_an_empty_table_allows_nothing() -> None:
    assert not any(allowed([], person(role=role), "report.see", Record("WEST-HILL-TOWN"), TREE) for role in Role)


def test_reach_asks_for_what_the_rows_give_and_nothing_else() -> None:
    table = [
        Right("referral.list", Role.PROVIDER, Relation.RECEIVER),
        Right("referral.list", Role.COORDINATOR, Relation.BELOW),
        Right("referral.list", Role.SUPERVISOR, Relation.SAME_UNIT),
        Right("other.list", Role.PROVIDER, Relation.NONE),
    ]
    provider = reach(table, person(role=Role.PROVIDER), "referral.list", TREE)
    assert provider == Reach(False, None, None, "WEST-HILL-TOWN.csw", (), ())
    coordinator = reach(table, person("WEST-HILL", Role.COORDINATOR), "referral.list", TREE)
    assert coordinator.units == ("WEST-HILL-TOWN", "WEST-HILL-VILLAGE")
    assert coordinator.receiver is None
    supervisor = reach(table, person(role=Role.SUPERVISOR), "referral.list", TREE)
    assert supervisor.units == ("WEST-HILL-TOWN",)
    assert reach(table, person(role=Role.AUDITOR), "referral.list", TREE) == Reach(False, None, None, None, (), ())


@given(
    role=st.sampled_from(list(Role)),
    at=st.sampled_from(sorted(TREE.units)),
    record_unit=st.sampled_from(sorted(TREE.units)),
    relation=st.sampled_from([Relation.SAME_UNIT, Relation.BELOW, Relation.ABOVE, Relation.NONE]),
)
def test_what_a_list_reaches_by_place_is_what_a_single_look_allows(
    role: Role, at: str, record_unit: str, relation: Relation
) -> None:
    table = [Right("case.list", Role.COORDINATOR, relation)]
    caller = person(at, role)
    seen = reach(table, caller, "case.list", TREE)
    in_list = seen.everything or record_unit in seen.units
    assert in_list is allowed(table, caller, "case.list", Record(record_unit), TREE)


def test_a_list_whose_rows_name_states_is_refused() -> None:
    table = [Right("case.list", Role.CASEWORKER, Relation.OWN, frozenset({"open"}))]
    with pytest.raises(ValueError, match=r"case\.list"):
        reach(table, person(), "case.list", TREE)


def test_the_table_prints_one_sorted_line_a_row() -> None:
    rows = [
        Right("report.see", Role.SUPERVISOR, Relation.SAME_UNIT),
        Right("report.screen", Role.CASEWORKER, Relation.SAME_UNIT, frozenset({"received"})),
    ]
    assert print_table(rows) == (
        "action         role        relation   in state\n"
        "report.screen  caseworker  same unit  received\n"
        "report.see     supervisor  same unit  any\n"
    )
    assert print_table(rows) == print_table(reversed(rows))
