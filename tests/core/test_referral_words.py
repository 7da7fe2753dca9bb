"""The pages of referral have a sentence for whatever they may have to say, in every language, in its own script."""

import re
from collections.abc import Iterator

import pytest

from referral.board import Column
from referral.referral import State, Unsent, decide
from referral.room import ROOM
from referral.words import Accept, Command, Complete, Decline, Start, Withdraw
from services.contracts.codes import DeclineReason, Outcome, WithdrawReason
from services.contracts.failures import Refused
from services.contracts.names import Names
from services.pages.speech import Plural, load_words
from tests.core.referral_stories import MONDAY, NURSE, STANDING

WORDS = load_words(ROOM.folder)
OWN = set(WORDS) - set(load_words())
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


def forms() -> Iterator[tuple[str, Names]]:
    for word, said in WORDS.items():
        match said:
            case Plural(one, few, other):
                yield from ((word, form) for form in (one, few, other))
            case Names():
                yield word, said


@pytest.mark.parametrize("where", [name for name, state in STANDING.items() if not isinstance(state, Unsent)])
def test_whoever_was_overtaken_is_told_by_what(where: str) -> None:
    assert {f"meanwhile_{code}" for code in refusals(STANDING[where])} <= set(WORDS)


def test_every_column_line_and_refusal_of_asking_again_has_its_sentence() -> None:
    wanted = {f"column_{column}" for column in Column} | {f"happened_{line}" for line in LINES | TO_COME}
    assert wanted | {f"meanwhile_{code}" for code in ASKING_AGAIN} <= set(WORDS)


def test_each_language_is_written_in_its_own_script_and_fills_in_the_same() -> None:
    for word, said in forms():
        spoken = (said.bs, said.hr, said.sr_cyrl, said.en)
        assert len({frozenset(re.findall(r"{[a-z_]+}", each)) for each in spoken}) == 1, word
        bare = [re.sub(r"{[a-z_]+}|SPIS", "", each) for each in spoken]
        assert not re.search(r"[А-Яа-яЂ-џ]", bare[0] + bare[1] + bare[3]), word
        assert word not in OWN or not re.search(r"[A-Za-zČčĆćĐđŠšŽž]", bare[2]), word
