"""What leaves referral: every event once, in codes and dates, and never the account that acted."""

import json

import pytest

from referral.referral import INITIAL, State, evolve
from referral.streams import REFERRAL
from referral.words import (
    Accept,
    Command,
    Complete,
    Decline,
    NoteUnserved,
    Start,
    Withdraw,
)
from services.contracts.catalog import BY_EVENT, Announcement, body
from services.contracts.codes import DeclineReason, Outcome, WithdrawReason
from services.contracts.referral import (
    NeedUnserved,
    ReferralAccepted,
    ReferralCompleted,
    ReferralDeclined,
    ReferralEscalated,
    ReferralFellSilent,
    ReferralSent,
    ReferralWithdrawn,
    ServiceStarted,
)
from tests.core.referral_stories import ABOVE, ANSWER_BY, CASE, NURSE, REF, UNIT, WORKER, check, send, told, unmet

LATE = ANSWER_BY.replace(day=6)
LIVES: dict[type, tuple[Command, ...]] = {
    ReferralSent: (send(),),
    ReferralAccepted: (send(), Accept(NURSE, LATE)),
    ReferralDeclined: (send(), Decline(DeclineReason.NO_CAPACITY, NURSE, LATE)),
    ServiceStarted: (send(), Accept(NURSE, LATE), Start(NURSE, LATE)),
    ReferralCompleted: (send(), Accept(NURSE, LATE), Start(NURSE, LATE), Complete(Outcome.NEED_MET, NURSE, LATE)),
    ReferralWithdrawn: (send(), Withdraw(WithdrawReason.CHILD_MOVED, WORKER, LATE)),
    ReferralFellSilent: (send(), check(ANSWER_BY)),
    ReferralEscalated: (send(), check(LATE), check(LATE)),
    NeedUnserved: (NoteUnserved(unmet(), LATE),),
}


def said(*commands: Command) -> list[Announcement]:
    state: State = INITIAL
    announcements: list[Announcement] = []
    for event in told(*commands):
        state = evolve(state, event)
        announcements.extend(REFERRAL.announce(REF, state, event))
    return announcements


@pytest.mark.parametrize("announcement", LIVES)
def test_every_event_is_announced_once_with_its_case_and_unit(announcement: type) -> None:
    told_last = said(*LIVES[announcement])[-1]
    assert type(told_last).__name__ == announcement.__name__
    assert (told_last.case, told_last.unit) == (CASE, UNIT)
    assert BY_EVENT[announcement].owner == "referral"
    assert len(said(*LIVES[announcement])) == len(LIVES[announcement])


@pytest.mark.parametrize("announcement", LIVES)
def test_no_account_leaves(announcement: type) -> None:
    assert "@" not in "".join(body(each).decode() for each in said(*LIVES[announcement]))


def test_silence_is_told_with_the_date_that_passed_and_escalation_with_the_unit_that_must_act() -> None:
    fell_silent, escalated = said(*LIVES[ReferralEscalated])[1:]
    assert (fell_silent.answer_by, fell_silent.silent_since) == (ANSWER_BY, ANSWER_BY)
    assert (escalated.step, escalated.to_unit, escalated.escalated_at) == (1, ABOVE, LATE)


def test_an_announcement_holds_nothing_but_codes_references_and_dates() -> None:
    words = json.loads(body(said(send())[0]))
    assert all(value is None or isinstance(value, int) or " " not in value for value in words.values())
