"""What happened to a referral and what is to come, as dated lines; which person answered stands in none. Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from referral.forms import Shown, Standing
from referral.words import (
    Accepted,
    Completed,
    Declined,
    Escalated,
    Event,
    FellSilent,
    Sent,
    Started,
    Unserved,
    Withdrawn,
)

MINIMUM = (Sent, FellSilent)
"""What a receiver that has not accepted is told."""


@dataclass(frozen=True, slots=True)
class Line:
    """Something that happened or is to come: its word, its moment, and the code that belongs to it."""

    word: str
    at: datetime
    code: str = ""
    step: int = 0
    to_come: bool = False


def history(it: Shown, events: Iterable[Event]) -> tuple[Line, ...]:
    """Every line a reader may know of, by time; whoever sees no attempt sees the minimum."""
    whole = it.attempt is not None
    lines = [_line(event) for event in events if whole or isinstance(event, MINIMUM)]
    return (*sorted(lines, key=lambda line: line.at), *_to_come(it))


def _line(event: Event) -> Line:
    match event:
        case Sent(asked, _, _, at):
            return Line("sent", at, asked.receiver)
        case Unserved(unmet, at):
            return Line("unserved", at, unmet.coordinating_unit)
        case FellSilent(since):
            return Line("silent", since)
        case Escalated(step, to_unit, _, at):
            return Line("escalated", at, to_unit, step)
        case Accepted(_, at):
            return Line("accepted", at)
        case Declined(reason, _, at):
            return Line("declined", at, reason)
        case Started(_, at):
            return Line("started", at)
        case Completed(outcome, _, at):
            return Line("completed", at, outcome)
        case Withdrawn(reason, _, at):
            return Line("withdrawn", at, reason)


def _to_come(it: Shown) -> Iterator[Line]:
    if it.state is not Standing.WAITING:
        return
    if it.silent_since is None and it.answer_by is not None:
        yield Line("answer_owed", it.answer_by, to_come=True)
    elif it.next_check is not None:
        yield Line("next_step", it.next_check, to_come=True)
