"""How each event changes the rows people read; the statements themselves, and the queries, are in views.sql.

Rows hold nothing that the events do not: rebuilding them from the streams gives the same rows.
"""

from collections.abc import Iterator

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
from services.storage.decider import Change
from services.storage.stamp import Stamp


def show(ref: str, event: Event, _: Stamp) -> Iterator[Change]:
    """The changes of one event; a need's row comes before its referral's, so that every command locks in one order."""
    match event:
        case Sent(asked, answer_by, _, at):
            need = (asked.case, asked.need, asked.unit, asked.sender, asked.risk, asked.attempt)
            yield Change("need_asked", (*need, ref))
            yield Change("referral_sent", (ref, *need, asked.receiver, answer_by, at))
        case Unserved(unmet, at):
            need = (unmet.case, unmet.need, unmet.unit, unmet.sender, unmet.risk, unmet.attempt)
            yield Change("need_asked", (*need, None))
            yield Change("need_unserved", (ref, *need, unmet.coordinating_unit, at))
        case Accepted(_, at):
            yield Change("referral_accepted", (ref, at))
        case Started(_, at):
            yield Change("referral_started", (ref, at))
        case Declined(reason, _, at):
            yield Change("need_set_free", (ref,))
            yield Change("referral_closed", (ref, "declined", reason, at))
        case Completed(outcome, _, at):
            yield Change("need_set_free", (ref,))
            yield Change("referral_closed", (ref, "completed", outcome, at))
        case Withdrawn(reason, _, at):
            yield Change("need_set_free", (ref,))
            yield Change("referral_closed", (ref, "withdrawn", reason, at))
        case FellSilent(since, next_check, _):
            yield Change("referral_fell_silent", (ref, since, next_check))
        case Escalated(step, to_unit, next_check, _):
            yield Change("referral_escalated", (ref, step, to_unit, next_check))
