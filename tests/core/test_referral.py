"""A referral: every place it can stand against everything that can be asked, and silence that never ends unnoticed."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from referral.referral import INITIAL, State, TakenOn, Unsent, Waiting, decide, evolve, next_step
from referral.words import (
    Accept,
    Command,
    Complete,
    Decline,
    Escalated,
    FellSilent,
    NoteUnserved,
    Send,
    Start,
    Withdraw,
)
from services.contracts.codes import DeclineReason, Outcome, WithdrawReason
from services.contracts.failures import Refused
from tests.core.referral_stories import (
    ABOVE,
    ANSWER_BY,
    CLINIC,
    KINDERGARTEN,
    MONDAY,
    NURSE,
    STANDING,
    TOP,
    WORKER,
    asked,
    carried_out,
    check,
    send,
    told,
    unmet,
    until_quiet,
    waiting,
)

LATER = MONDAY + timedelta(hours=3)
BEFORE_DUE = ANSWER_BY - timedelta(seconds=1)

COMMANDS: dict[str, Command] = {
    "send": send(),
    "send elsewhere": Send(asked(receiver=KINDERGARTEN), ANSWER_BY, WORKER, LATER),
    "note unserved": NoteUnserved(unmet(), LATER),
    "accept": Accept(NURSE, LATER),
    "decline": Decline(DeclineReason.NO_CAPACITY, NURSE, LATER),
    "decline otherwise": Decline(DeclineReason.SAFETY, NURSE, LATER),
    "start": Start(NURSE, LATER),
    "complete": Complete(Outcome.NEED_MET, NURSE, LATER),
    "complete otherwise": Complete(Outcome.NOT_MET, NURSE, LATER),
    "withdraw": Withdraw(WithdrawReason.CHILD_MOVED, WORKER, LATER),
    "withdraw otherwise": Withdraw(WithdrawReason.SENT_IN_ERROR, WORKER, LATER),
    "withdraw as closed": Withdraw(WithdrawReason.CASE_CLOSED, WORKER, LATER),
    "look too early": check(BEFORE_DUE),
    "look much later": check(ANSWER_BY + timedelta(days=365)),
}

_ANSWERABLE = {
    "accept": "Accepted",
    "decline": "Declined",
    "decline otherwise": "Declined",
    "withdraw": "Withdrawn",
    "withdraw otherwise": "Withdrawn",
    "withdraw as closed": "Withdrawn",
    "start": "not_accepted",
    "complete": "not_accepted",
    "complete otherwise": "not_accepted",
}


def every(answer: str, **others: str) -> dict[str, str]:
    """The same refusal for everything a person asks, but for what is named."""
    asked_by_people = set(COMMANDS) - {"send", "send elsewhere", "note unserved", "look too early", "look much later"}
    return {name: answer for name in asked_by_people} | {name.replace("_", " "): what for name, what in others.items()}


GRID: dict[str, dict[str, str]] = {
    "unsent": every("not_sent") | {"send": "Sent", "send elsewhere": "Sent", "note unserved": "Unserved"},
    "no receiver": every("nobody_asked"),
    "waiting": _ANSWERABLE | {"look much later": "FellSilent"},
    "silent": _ANSWERABLE | {"look much later": "Escalated"},
    "escalated": _ANSWERABLE | {"look much later": "Escalated"},
    "at the top": _ANSWERABLE | {"look much later": "Escalated"},
    "taken on": every(
        "already_accepted",
        start="Started",
        withdraw="Withdrawn",
        withdraw_otherwise="Withdrawn",
        withdraw_as_closed="Withdrawn",
        accept="nothing",
    ),
    "under way": every(
        "under_way",
        complete="Completed",
        complete_otherwise="Completed",
        withdraw_as_closed="Withdrawn",
        start="nothing",
    ),
    "turned down": every("already_declined", decline="nothing"),
    "loop closed": every("already_completed", complete="nothing"),
    "taken back": every("already_withdrawn", withdraw="nothing"),
}
"""What comes of each command: the event, the code of the refusal, or nothing."""

CELLS = [(place, name) for place in STANDING for name in COMMANDS]


@pytest.mark.parametrize(("place", "name"), CELLS)
def test_every_cell_of_state_and_command_is_decided(place: str, name: str) -> None:
    expected = GRID[place].get(name, "nothing")
    assert what_comes_of(STANDING[place], COMMANDS[name]) == expected


@pytest.mark.parametrize(("place", "name"), CELLS)
def test_asking_twice_adds_nothing(place: str, name: str) -> None:
    command = COMMANDS[name] if name != "look much later" else check(BEFORE_DUE)
    state = STANDING[place]
    if "_" in what_comes_of(state, command):
        return
    after = carried_out(state, command)
    assert decide(after, command) == []


def what_comes_of(state: State, command: Command) -> str:
    try:
        events = decide(state, command)
    except Refused as refused:
        return refused.code
    assert len(events) <= 1
    return type(events[0]).__name__ if events else "nothing"


def test_a_referral_runs_from_the_question_to_the_outcome() -> None:
    events = told(send(), Accept(NURSE, LATER), Start(NURSE, LATER), Complete(Outcome.NEED_MET, NURSE, LATER))
    assert [type(event).__name__ for event in events] == ["Sent", "Accepted", "Started", "Completed"]
    assert all(getattr(event, "by", None) == NURSE for event in events[1:])


def test_silence_is_noticed_at_the_very_moment_the_answer_is_overdue() -> None:
    assert decide(waiting(), check(BEFORE_DUE)) == []
    fell_silent = decide(waiting(), check(ANSWER_BY))
    assert fell_silent == [FellSilent(since=ANSWER_BY, next_check=ANSWER_BY + timedelta(days=1), at=ANSWER_BY)]


def test_silence_climbs_the_ladder_and_repeats_visibly_at_the_top() -> None:
    state: State = waiting(1)
    climbed = []
    for _ in range(4):
        assert isinstance(state, Waiting)
        events = decide(state, check(state.next_check))
        climbed.append((events[0].step, events[0].to_unit) if isinstance(events[0], Escalated) else None)
        state = evolve(state, events[0])
    assert climbed == [(1, ABOVE), (2, TOP), (3, TOP), (4, TOP)]


def test_a_clock_that_jumped_takes_every_step_once_and_calls_the_top_once() -> None:
    a_year_on = ANSWER_BY + timedelta(days=365)
    state, events = until_quiet(waiting(), a_year_on)
    assert [type(event).__name__ for event in events] == ["FellSilent", "Escalated", "Escalated"]
    assert isinstance(state, Waiting)
    assert state.next_check > a_year_on
    repeated, again = until_quiet(state, state.next_check)
    assert [event.step for event in again if isinstance(event, Escalated)] == [3]
    assert isinstance(repeated, Waiting)


@pytest.mark.parametrize("steps", range(1, 5))
def test_a_late_answer_is_welcome(steps: int) -> None:
    late = waiting(steps)
    assert carried_out(late, Accept(NURSE, late.next_check)) == TakenOn(asked())


def test_the_first_word_of_an_attempt_stands() -> None:
    state = carried_out(INITIAL, send(), COMMANDS["send elsewhere"], COMMANDS["note unserved"])
    assert isinstance(state, Waiting)
    assert state.asked.receiver == CLINIC


people = st.sampled_from([command for name, command in COMMANDS.items() if not name.startswith("look")])
looks = st.integers(min_value=0, max_value=60 * 24 * 40).map(lambda minutes: check(MONDAY + timedelta(minutes=minutes)))


@given(st.lists(st.one_of(people, looks), max_size=12))
def test_whatever_is_asked_in_whatever_order_an_owed_answer_has_a_next_date(commands: list[Command]) -> None:
    state: State = INITIAL
    for command in commands:
        try:
            events = decide(state, command)
        except Refused:
            continue
        for event in events:
            state = evolve(state, event)
        assert (next_step(state) is not None) == isinstance(state, Waiting)
        assert state == INITIAL or not isinstance(state, Unsent)


@given(st.integers(min_value=0, max_value=60 * 24 * 400))
def test_the_watchdog_comes_to_rest_with_a_date_ahead_of_it(minutes: int) -> None:
    now = MONDAY + timedelta(minutes=minutes)
    state, _ = until_quiet(waiting(), now, limit=4)
    due = next_step(state)
    assert due is not None
    assert due > now
