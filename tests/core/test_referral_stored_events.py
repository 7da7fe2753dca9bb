"""Rows that referral once wrote are read for ever: each stored event, as text, against the value it must still mean."""

import json

import pytest

from referral import words
from referral.streams import REFERRAL
from services.contracts.codes import DeclineReason, Outcome, WithdrawReason
from services.storage.decider import shape
from tests.core.referral_stories import ABOVE, ANSWER_BY, MONDAY, NURSE, WORKER, asked, unmet

GOLDEN: list[tuple[str, str, words.Event]] = [
    (
        "ReferralSent.v1",
        """{"asked": {"case": "C-22222-22222-2", "unit": "VALLEY", "need": "speech_therapy", "sender": "VALLEY.csw",
         "receiver": "REGION.clinic", "attempt": 1, "risk": "medium"}, "answer_by": "2026-03-05T15:00:00Z",
         "by": "caseworker@VALLEY", "at": "2026-03-02T09:00:00Z"}""",
        words.Sent(asked(), ANSWER_BY, WORKER, MONDAY),
    ),
    (
        "NeedUnserved.v1",
        """{"unmet": {"case": "C-22222-22222-2", "unit": "VALLEY", "need": "flying", "sender": "VALLEY.csw",
         "coordinating_unit": "REGION", "attempt": 1, "risk": "medium"}, "at": "2026-03-02T09:00:00Z"}""",
        words.Unserved(unmet(), MONDAY),
    ),
    (
        "ReferralAccepted.v1",
        '{"by": "provider@REGION.clinic", "at": "2026-03-02T09:00:00Z"}',
        words.Accepted(NURSE, MONDAY),
    ),
    (
        "ReferralDeclined.v1",
        '{"reason": "no_capacity", "by": "provider@REGION.clinic", "at": "2026-03-02T09:00:00Z"}',
        words.Declined(DeclineReason.NO_CAPACITY, NURSE, MONDAY),
    ),
    (
        "ServiceStarted.v1",
        '{"by": "provider@REGION.clinic", "at": "2026-03-02T09:00:00Z"}',
        words.Started(NURSE, MONDAY),
    ),
    (
        "ReferralCompleted.v1",
        '{"outcome": "need_met", "by": "provider@REGION.clinic", "at": "2026-03-02T09:00:00Z"}',
        words.Completed(Outcome.NEED_MET, NURSE, MONDAY),
    ),
    (
        "ReferralWithdrawn.v1",
        '{"reason": "child_moved", "by": "caseworker@VALLEY", "at": "2026-03-02T09:00:00Z"}',
        words.Withdrawn(WithdrawReason.CHILD_MOVED, WORKER, MONDAY),
    ),
    (
        "ReferralFellSilent.v1",
        """{"since": "2026-03-02T09:00:00Z", "next_check": "2026-03-05T15:00:00Z", "at": "2026-03-02T09:00:00Z"}""",
        words.FellSilent(since=MONDAY, next_check=ANSWER_BY, at=MONDAY),
    ),
    (
        "ReferralEscalated.v1",
        """{"step": 1, "to_unit": "REGION", "next_check": "2026-03-05T15:00:00Z", "at": "2026-03-02T09:00:00Z"}""",
        words.Escalated(1, ABOVE, ANSWER_BY, MONDAY),
    ),
]


@pytest.mark.parametrize(("stored_name", "row", "event"), GOLDEN)
def test_a_stored_event_still_means_what_it_meant(stored_name: str, row: str, event: words.Event) -> None:
    assert REFERRAL.restore(stored_name, row) == event


@pytest.mark.parametrize(("stored_name", "row", "event"), GOLDEN)
def test_an_event_is_still_written_as_it_was(stored_name: str, row: str, event: words.Event) -> None:
    assert REFERRAL.stored_name(event) == stored_name
    assert shape(type(event)).dump_python(event, mode="json") == json.loads(row)


def test_every_stored_name_has_its_row_here() -> None:
    assert {stored_name for stored_name, _, _ in GOLDEN} == set(REFERRAL.events)
