"""Who may do what to a referral, by role and by how they stand to it; and how much of it they see."""

from datetime import UTC, datetime
from typing import Any

import pytest

from referral import rights
from referral.forms import Minimum, Shown
from referral.rights import RIGHTS
from referral.showing import record_of, record_of_row, shown
from services.contracts.codes import Role
from services.security.rights import Person, Record, allowed, reach
from tests.core.referral_stories import ABOVE, CENTRE, CLINIC, KINDERGARTEN, STANDING, TOP, TREE, UNIT

REFERRAL = Record(UNIT, sender=CENTRE, receiver=CLINIC)
ANSWERS = {rights.ACCEPT, rights.DECLINE, rights.START, rights.COMPLETE}
READS = {rights.LIST, rights.SEE}
ASKS = {rights.SEND, rights.WITHDRAW}

# The unit, institution and role of somebody invented → what they may do to a referral from the centre to the clinic.
MAY: list[tuple[str, str, Role, set[str]]] = [
    (UNIT, CENTRE, Role.CASEWORKER, READS | ASKS),
    (UNIT, CENTRE, Role.SUPERVISOR, READS | ASKS),
    (UNIT, CENTRE, Role.DIRECTOR, READS),
    (ABOVE, CLINIC, Role.PROVIDER, READS | ANSWERS),
    (ABOVE, CLINIC, Role.INSTITUTION, READS | ANSWERS),
    (UNIT, KINDERGARTEN, Role.PROVIDER, set()),
    (ABOVE, f"{ABOVE}.csw", Role.CASEWORKER, set()),
    (ABOVE, f"{ABOVE}.authority", Role.COORDINATOR, READS),
    (TOP, f"{TOP}.authority", Role.COORDINATOR, READS),
    ("ELSEWHERE", "ELSEWHERE.authority", Role.COORDINATOR, set()),
    (TOP, f"{TOP}.authority", Role.ANALYST, set()),
    (TOP, f"{TOP}.authority", Role.OPERATOR, {rights.SEE_JOURNEY}),
    (TOP, f"{TOP}.authority", Role.AUDITOR, set()),
]


def somebody(unit: str, institution: str, role: Role) -> Person:
    return Person(f"{role}@{institution}", institution, unit, frozenset({role}), frozenset())


@pytest.mark.parametrize(("unit", "institution", "role", "may"), MAY)
def test_each_may_do_what_its_part_is_and_nothing_else(unit: str, institution: str, role: Role, may: set[str]) -> None:
    person = somebody(unit, institution, role)
    actions = {right.action for right in RIGHTS} - {rights.LOOK_UP}
    assert {action for action in actions if allowed(RIGHTS, person, action, REFERRAL, TREE)} == may


def row(**changed: Any) -> dict[str, Any]:
    """A row of an invented referral that was turned down, silent and climbing before."""
    moment = datetime(2026, 3, 2, tzinfo=UTC)
    dates = dict.fromkeys(("sent_at", "answer_by", "next_check", "silent_since", "closed_at"), moment)
    nothing = dict.fromkeys(("accepted_at", "started_at"), None)
    about = {"ref": "F-2", "case_ref": "C-2", "need": "mediation", "unit": UNIT, "sender": CENTRE, "receiver": CLINIC}
    stands = {"risk": "low", "attempt": 2, "state": "declined", "step": 3, "escalated_to": TOP, "reason": "no_capacity"}
    return about | stands | dates | nothing | changed


@pytest.mark.parametrize(
    ("unit", "institution", "role", "whole"),
    [
        (UNIT, CENTRE, Role.CASEWORKER, True),
        (ABOVE, f"{ABOVE}.authority", Role.COORDINATOR, True),
        (ABOVE, CLINIC, Role.PROVIDER, False),
    ],
)
def test_a_receiver_sees_only_the_minimum_of_what_it_never_accepted(
    unit: str, institution: str, role: Role, whole: bool
) -> None:
    view = shown(row(), reach(RIGHTS, somebody(unit, institution, role), rights.SEE, TREE))
    hidden = set(Shown.model_fields) - set(Minimum.model_fields)
    told = {name for name in hidden if getattr(view, name) is not None}
    assert told == (
        {"case", "attempt", "step", "escalated_to", "next_check", "closed_at", "reason"} if whole else set()
    )


def test_an_outcome_is_no_reason() -> None:
    reads = reach(RIGHTS, somebody(UNIT, CENTRE, Role.CASEWORKER), rights.SEE, TREE)
    view = shown(row(state="completed", reason="need_met"), reads)
    assert (view.outcome, view.reason) == ("need_met", None)


def test_rights_are_decided_alike_from_a_stream_and_from_its_row() -> None:
    waiting = record_of(STANDING["waiting"])
    assert waiting == record_of_row(row(state="waiting"))
    assert record_of(STANDING["unsent"]) is None
    assert record_of(STANDING["no receiver"]) == record_of_row(row(state="no_receiver", receiver=None))
