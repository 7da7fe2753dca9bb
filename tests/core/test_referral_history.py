"""What is told of one referral's past and future: dated lines, and no more of them than its reader may know."""

from datetime import UTC, datetime, timedelta
from typing import Any

from referral.forms import Shown
from referral.history import Line, history
from referral.rights import LIST, RIGHTS
from referral.showing import shown
from referral.words import Accepted, Declined, Event
from services.contracts.codes import DeclineReason, Role
from services.security.rights import Person, reach
from tests.core.referral_stories import (
    ABOVE,
    ANSWER_BY,
    CENTRE,
    MONDAY,
    NURSE,
    TREE,
    UNIT,
    send,
    told,
    until_quiet,
    waiting,
)
from tests.core.test_referral_rights import row

FRIDAY = datetime(2026, 3, 6, 15, 30, tzinfo=UTC)
NEXT = datetime(2026, 3, 10, 15, 0, tzinfo=UTC)
SILENT = {"sent_at": MONDAY, "answer_by": ANSWER_BY, "silent_since": ANSWER_BY, "next_check": NEXT, "closed_at": None}


def climbing() -> list[Event]:
    """Sent on Monday, silent from Thursday, called up on Friday."""
    return [*told(send()), *until_quiet(waiting(), FRIDAY)[1]]


def seen(unit: str, institution: str, role: Role, **changed: Any) -> Shown:
    """The referral as somebody sees it."""
    person = Person("somebody", institution, unit, frozenset({role}), frozenset())
    return shown(row(**changed), reach(RIGHTS, person, LIST, TREE))


def words(lines: tuple[Line, ...]) -> list[str]:
    return [line.word for line in lines]


def test_silence_is_told_step_by_step_with_where_it_climbed_and_what_comes_next() -> None:
    it = seen(UNIT, CENTRE, Role.CASEWORKER, state="waiting", reason=None, step=1, escalated_to=ABOVE, **SILENT)
    lines = history(it, climbing())
    assert words(lines) == ["sent", "silent", "escalated", "next_step"]
    assert [(line.at, line.code, line.step) for line in lines[1:3]] == [(ANSWER_BY, "", 0), (FRIDAY, ABOVE, 1)]
    assert [line.at for line in lines if line.to_come] == [NEXT]


def test_before_the_date_the_line_to_come_is_that_date() -> None:
    it = seen(UNIT, CENTRE, Role.CASEWORKER, state="waiting", reason=None, **SILENT | {"silent_since": None})
    assert [(line.word, line.at) for line in history(it, told(send())) if line.to_come] == [("answer_owed", ANSWER_BY)]


def test_whoever_has_not_accepted_is_told_no_more_than_the_minimum() -> None:
    before = {"state": "declined", "accepted_at": None}
    events = [*climbing(), Declined(DeclineReason.NO_CAPACITY, NURSE, FRIDAY + timedelta(hours=1))]
    receiver = seen(ABOVE, "REGION.clinic", Role.PROVIDER, **SILENT | before)
    assert words(history(receiver, events)) == ["sent", "silent"]
    assert words(history(seen(UNIT, CENTRE, Role.DIRECTOR, **SILENT | before), events))[-1] == "declined"


def test_no_line_says_which_person_answered() -> None:
    events = [*climbing(), Accepted(NURSE, FRIDAY + timedelta(hours=1))]
    it = seen(UNIT, CENTRE, Role.CASEWORKER, state="accepted", **SILENT | {"accepted_at": FRIDAY})
    lines = history(it, events)
    assert lines[-1].word == "accepted"
    assert not any("@" in f"{line.code}{line.word}" for line in lines)
