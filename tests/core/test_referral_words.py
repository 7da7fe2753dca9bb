"""The pages of referral have a sentence for whatever they may have to say of a referral as it stands."""

from collections.abc import Iterator

import pytest

from referral.board import Column
from referral.referral import State, Unsent, decide
from referral.room import ROOM
from referral.words import Accept, Command, Complete, Decline, Start, Withdraw
from services.contracts.codes import DeclineReason, Outcome, WithdrawReason
from services.contracts.failures import Refused
from services.pages.speech import load_words
from tests.core.referral_stories import MONDAY, NURSE, STANDING

WORDS = load_words(ROOM.folder)
STEPS: tuple[Command, ...] = (
    Accept(NURSE, MONDAY),
    Decline(DeclineReason.SAFETY, NURSE, MONDAY),
    Start(NURSE, MONDAY),
    Complete(Outcome.NOT_MET, NURSE, MONDAY),
    Withdraw(WithdrawReason.FAMILY_REFUSED, NURSE, MONDAY),
)
ASKING_AGAIN = {"case_closed", "need_has_live_referral", "need_not_served", "attempt_taken"}
LINES = {"sent", "unserved", "silent", "escalated", "accepted", "declined", "started", "completed", "withdrawn"}
TO_COME = {"answer_owed", "next_step"}


def refusals(state: State) -> Iterator[str]:
    for command in STEPS:
        try:
            decide(state, command)
        except Refused as refused:
            yield refused.code


@pytest.mark.parametrize("where", [name for name, state in STANDING.items() if not isinstance(state, Unsent)])
def test_whoever_was_overtaken_is_told_by_what(where: str) -> None:
    assert {f"meanwhile_{code}" for code in refusals(STANDING[where])} <= set(WORDS)


def test_every_column_line_and_refusal_of_asking_again_has_its_sentence() -> None:
    wanted = {f"column_{column}" for column in Column} | {f"happened_{line}" for line in LINES | TO_COME}
    assert wanted | {f"meanwhile_{code}" for code in ASKING_AGAIN} <= set(WORDS)
