"""A new case asks somebody for each of its needs, and a need is asked for by one live referral at a time."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from referral.attempts import Need, ask_again, reference
from referral.reactions import BY_RULE, react, take_back
from referral.referral import INITIAL, TakenBack, decide, next_step
from referral.words import NoteUnserved, Send
from services.contracts.codes import RiskBand, WithdrawReason
from services.contracts.failures import Refused
from tests.core.referral_stories import (
    ABOVE,
    ANSWER_BY,
    CASE,
    CENTRE,
    CLINIC,
    KINDERGARTEN,
    MONDAY,
    STANDING,
    TERMS,
    UNIT,
    WORKER,
    asked,
    carried_out,
    case_opened,
    check,
    unmet,
)

TURNED_DOWN = Need(CASE, "counselling", UNIT, CENTRE, RiskBand.MEDIUM, attempts=1, live=None)


def test_each_need_becomes_one_referral_to_whoever_serves_it() -> None:
    commands = dict(react(case_opened("speech_therapy", "counselling"), TERMS, MONDAY))
    assert commands[reference(CASE, "speech_therapy", 1)] == Send(asked(), ANSWER_BY, BY_RULE, MONDAY)
    counselling = commands[reference(CASE, "counselling", 1)]
    assert isinstance(counselling, Send)
    assert counselling.asked.receiver == KINDERGARTEN, "the centre serves it too, but does not ask itself"


def test_the_centre_asks_itself_only_where_nobody_else_serves_the_need() -> None:
    [(_, command)] = react(case_opened("guardianship"), TERMS, MONDAY)
    assert isinstance(command, Send)
    assert command.asked.receiver == command.asked.sender == CENTRE


def test_a_need_that_nobody_serves_is_told_to_the_coordinating_unit() -> None:
    [(ref, command)] = react(case_opened("flying"), TERMS, MONDAY)
    assert ref == reference(CASE, "flying", 1)
    assert command == NoteUnserved(unmet(), MONDAY)
    assert unmet().coordinating_unit == ABOVE


def test_the_time_to_answer_runs_from_the_moment_somebody_is_asked() -> None:
    heard_a_week_late = MONDAY.replace(day=9)
    [(_, command)] = react(case_opened("speech_therapy"), TERMS, heard_a_week_late)
    assert isinstance(command, Send)
    assert command.answer_by == ANSWER_BY.replace(day=12)


@given(st.lists(st.sampled_from(["speech_therapy", "counselling", "guardianship", "flying"]), max_size=6), st.randoms())
def test_hearing_a_case_twice_in_any_order_asks_nobody_twice(needs: list[str], chance: object) -> None:
    heard = [*react(case_opened(*needs), TERMS, MONDAY), *react(case_opened(*needs), TERMS, ANSWER_BY)]
    chance.shuffle(heard)  # type: ignore[attr-defined]
    states = dict.fromkeys([ref for ref, _ in heard], INITIAL)
    happened = 0
    for ref, command in heard:
        before, states[ref] = states[ref], carried_out(states[ref], command)
        happened += before != states[ref]
    assert happened == len(states) == len(set(needs))


def test_a_need_that_was_turned_down_is_asked_for_again_under_a_new_reference() -> None:
    ref, command = ask_again(TURNED_DOWN, CENTRE, TERMS, WORKER, MONDAY)
    assert ref == reference(CASE, "counselling", 2) != reference(CASE, "counselling", 1)
    assert (command.asked.attempt, command.asked.receiver, command.by) == (2, CENTRE, WORKER)
    assert command.answer_by == ANSWER_BY


def test_two_live_offers_of_one_need_are_refused() -> None:
    with pytest.raises(Refused, match="F-1 is live for this need") as refused:
        ask_again(replace(TURNED_DOWN, live="F-1"), CENTRE, TERMS, WORKER, MONDAY)
    assert refused.value.code == "need_has_live_referral"


def test_nobody_is_asked_for_a_case_that_is_closed() -> None:
    with pytest.raises(Refused) as refused:
        ask_again(replace(TURNED_DOWN, case_closed=True), CENTRE, TERMS, WORKER, MONDAY)
    assert refused.value.code == "case_closed"


@pytest.mark.parametrize("place", ["waiting", "silent", "at the top", "taken on", "under way"])
def test_the_end_of_a_case_takes_back_whatever_is_live_and_leaves_no_date_behind(place: str) -> None:
    [(ref, command)] = take_back(["F-1"], ANSWER_BY)
    after = carried_out(STANDING[place], command)
    assert (ref, after) == ("F-1", TakenBack(asked(), WithdrawReason.CASE_CLOSED))
    assert next_step(after) is None
    assert decide(after, check(ANSWER_BY + timedelta(days=365))) == []


@pytest.mark.parametrize("receiver", [CLINIC, "NOWHERE.school"])
def test_only_who_serves_the_need_there_can_be_asked(receiver: str) -> None:
    with pytest.raises(Refused) as refused:
        ask_again(TURNED_DOWN, receiver, TERMS, WORKER, MONDAY)
    assert refused.value.code == "need_not_served"
