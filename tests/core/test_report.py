"""A report in every state meets every command: what happens, what is refused, and what adds nothing."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product

import pytest

from intake.announcements import announce_report
from intake.report import (
    INITIAL,
    Accept,
    Accepted,
    BecameCase,
    Command,
    Dismissed,
    Event,
    Receive,
    Received,
    ScreenedOut,
    ScreenOut,
    State,
    Unreceived,
    Waiting,
    believable,
    decide,
    evolve,
)
from services.contracts.codes import RiskBand, ScreenedOutReason, ScreeningOutcome
from services.contracts.failures import Refused
from tests.core.intake_stories import CASE, CENTRE, MONDAY, SCHOOL, UNIT, WORKER, assessment, concerns

RECEIVE = Receive(concerns(), MONDAY, "client@" + SCHOOL)
RECEIVE_OTHER = Receive(replace(concerns(), immediate_danger=True), MONDAY, "client@" + SCHOOL)
ACCEPT = Accept(assessment(), ("counselling", "school_transport"), CASE, CENTRE, MONDAY, WORKER)
ACCEPT_OTHERWISE = replace(ACCEPT, needs=("counselling",))
ACCEPT_WITHOUT_NEEDS = replace(ACCEPT, needs=())
DISMISS = ScreenOut(assessment(), ScreenedOutReason.UNFOUNDED, MONDAY, WORKER)
DISMISS_OTHERWISE = replace(DISMISS, reason=ScreenedOutReason.OTHER_UNIT)

COMMANDS: dict[str, Command] = {
    "receive": RECEIVE,
    "receive another": RECEIVE_OTHER,
    "accept": ACCEPT,
    "accept otherwise": ACCEPT_OTHERWISE,
    "accept without needs": ACCEPT_WITHOUT_NEEDS,
    "dismiss": DISMISS,
    "dismiss otherwise": DISMISS_OTHERWISE,
}


def after(*commands: Command) -> State:
    """The state in which these commands leave a new report."""
    state = INITIAL
    for command in commands:
        for event in decide(state, command):
            state = evolve(state, event)
    return state


STATES: dict[str, State] = {
    "unreceived": INITIAL,
    "waiting": after(RECEIVE),
    "became a case": after(RECEIVE, ACCEPT),
    "dismissed": after(RECEIVE, DISMISS),
}

GRID: dict[tuple[str, str], list[type[Event]] | str] = {
    ("unreceived", "receive"): [Received],
    ("unreceived", "receive another"): [Received],
    ("unreceived", "accept"): "report_unknown",
    ("unreceived", "accept otherwise"): "report_unknown",
    ("unreceived", "accept without needs"): "report_unknown",
    ("unreceived", "dismiss"): "report_unknown",
    ("unreceived", "dismiss otherwise"): "report_unknown",
    ("waiting", "receive"): [],
    ("waiting", "receive another"): "report_exists",
    ("waiting", "accept"): [Accepted],
    ("waiting", "accept otherwise"): [Accepted],
    ("waiting", "accept without needs"): "no_needs",
    ("waiting", "dismiss"): [ScreenedOut],
    ("waiting", "dismiss otherwise"): [ScreenedOut],
    ("became a case", "receive"): [],
    ("became a case", "receive another"): "report_exists",
    ("became a case", "accept"): [],
    ("became a case", "accept otherwise"): "report_decided",
    ("became a case", "accept without needs"): "report_decided",
    ("became a case", "dismiss"): "report_decided",
    ("became a case", "dismiss otherwise"): "report_decided",
    ("dismissed", "receive"): [],
    ("dismissed", "receive another"): "report_exists",
    ("dismissed", "accept"): "report_decided",
    ("dismissed", "accept otherwise"): "report_decided",
    ("dismissed", "accept without needs"): "report_decided",
    ("dismissed", "dismiss"): [],
    ("dismissed", "dismiss otherwise"): "report_decided",
}


def test_the_grid_has_every_cell() -> None:
    assert set(GRID) == set(product(STATES, COMMANDS))
    assert {type(state) for state in STATES.values()} == {Unreceived, Waiting, BecameCase, Dismissed}


@pytest.mark.parametrize(("state", "command"), GRID, ids=[" · ".join(cell) for cell in GRID])
def test_every_state_meets_every_command(state: str, command: str) -> None:
    match GRID[state, command]:
        case str(code):
            with pytest.raises(Refused) as refusal:
                decide(STATES[state], COMMANDS[command])
            assert refusal.value.code == code
        case expected:
            assert [type(event) for event in decide(STATES[state], COMMANDS[command])] == expected


@pytest.mark.parametrize("command", [RECEIVE, ACCEPT, DISMISS], ids=["receive", "accept", "dismiss"])
def test_asking_twice_adds_nothing_even_later_and_with_a_new_case_reference(command: Command) -> None:
    once = after(RECEIVE, command)
    later = MONDAY + timedelta(days=1)
    again: Command = command
    match command:
        case Receive():
            again = replace(command, received_at=later)
        case Accept():
            turned = tuple(reversed(command.needs))
            again = replace(command, case="C-99999-99999-9", screened_at=later, screened_by="other", needs=turned)
        case ScreenOut():
            again = replace(command, screened_at=later, screened_by="other")
    assert decide(once, again) == []


def test_the_state_follows_the_events() -> None:
    assert after(RECEIVE) == Waiting(concerns())
    became = after(RECEIVE, ACCEPT)
    assert isinstance(became, BecameCase)
    assert (became.decision.case, became.decision.institution) == (CASE, CENTRE)
    assert isinstance(after(RECEIVE, DISMISS), Dismissed)


def test_a_decision_without_a_report_is_a_broken_stream() -> None:
    (event,) = decide(after(RECEIVE), ACCEPT)
    with pytest.raises(LookupError):
        evolve(INITIAL, event)


def test_a_concern_is_believable_from_1990_until_a_few_minutes_ahead() -> None:
    assert believable(MONDAY, MONDAY)
    assert believable(MONDAY + timedelta(minutes=5), MONDAY)
    assert not believable(MONDAY + timedelta(minutes=5, seconds=1), MONDAY)
    assert believable(datetime(1990, 1, 1, tzinfo=UTC), MONDAY)
    assert not believable(datetime(1989, 12, 31, 23, 59, tzinfo=UTC), MONDAY)


def test_a_report_is_announced_with_the_day_it_happened_and_the_day_it_was_typed_in() -> None:
    (said,) = announce_report("R-1", after(RECEIVE), Received(concerns(), MONDAY, "client"))
    assert (said.report, said.unit) == ("R-1", UNIT)
    assert said.received_at - said.occurred_at == timedelta(days=3)  # type: ignore[union-attr]


def test_an_unnamed_reporters_institution_does_not_leave_the_building() -> None:
    unnamed = replace(concerns(), anonymous=True)
    (said,) = announce_report("R-1", Waiting(unnamed), Received(unnamed, MONDAY, "client"))
    assert said.reporter_institution is None  # type: ignore[union-attr]
    (named,) = announce_report("R-1", Waiting(concerns()), Received(concerns(), MONDAY, "client"))
    assert named.reporter_institution == SCHOOL  # type: ignore[union-attr]


def test_a_decision_is_announced_with_its_band_and_whether_the_worker_overrode_it() -> None:
    overridden = replace(ACCEPT, assessment=assessment(RiskBand.HIGH))
    (event,) = decide(after(RECEIVE), overridden)
    (said,) = announce_report("R-1", after(RECEIVE, overridden), event)
    assert (said.outcome, said.case, said.risk, said.overridden) == (  # type: ignore[union-attr]
        ScreeningOutcome.ACCEPTED,
        CASE,
        RiskBand.HIGH,
        True,
    )
    (event,) = decide(after(RECEIVE), DISMISS)
    (said,) = announce_report("R-1", after(RECEIVE, DISMISS), event)
    assert (said.outcome, said.case, said.reason, said.overridden) == (  # type: ignore[union-attr]
        ScreeningOutcome.SCREENED_OUT,
        None,
        ScreenedOutReason.UNFOUNDED,
        False,
    )
