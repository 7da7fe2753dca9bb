"""Everything that leaves referral is written here, and nowhere else: references, codes, bands and dates.

Accounts stay behind: others learn which institution answered, never which person.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime

from referral.referral import State, asked_in
from referral.words import (
    Accepted,
    Asked,
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
from services.contracts.codes import Role
from services.contracts.referral import (
    NeedUnserved,
    ReferralAccepted,
    ReferralCompleted,
    ReferralDeclined,
    ReferralEscalated,
    ReferralFellSilent,
    ReferralSent,
    ReferralWalkStopped,
    ReferralWithdrawn,
    ServiceStarted,
)

Answered = Accepted | Declined | Started | Completed | Withdrawn
Silent = FellSilent | Escalated
Announcement = (
    ReferralSent
    | ReferralAccepted
    | ReferralDeclined
    | ServiceStarted
    | ReferralCompleted
    | ReferralWithdrawn
    | ReferralFellSilent
    | ReferralEscalated
    | NeedUnserved
)


def announce(ref: str, state: State, event: Event) -> Iterator[Announcement]:
    """What others learn of an event of the referral `ref`, which `state` follows."""
    match event:
        case Sent():
            yield _sent(ref, event)
        case Unserved(unmet, at):
            yield NeedUnserved(
                case=unmet.case,
                unit=unmet.unit,
                need=unmet.need,
                sender=unmet.sender,
                coordinating_unit=unmet.coordinating_unit,
                risk=unmet.risk,
                noticed_at=at,
            )
        case Accepted() | Declined() | Started() | Completed() | Withdrawn():
            yield _answered(ref, asked_in(state), event)
        case FellSilent() | Escalated():
            yield _silent(ref, asked_in(state), event)


def _sent(ref: str, event: Sent) -> ReferralSent:
    asked = event.asked
    return ReferralSent(
        referral=ref,
        case=asked.case,
        unit=asked.unit,
        need=asked.need,
        sender=asked.sender,
        receiver=asked.receiver,
        attempt=asked.attempt,
        risk=asked.risk,
        answer_by=event.answer_by,
        sent_at=event.at,
    )


def _answered(ref: str, asked: Asked, event: Answered) -> Announcement:
    case, unit, sender, receiver = asked.case, asked.unit, asked.sender, asked.receiver
    match event:
        case Accepted(at=at):
            return ReferralAccepted(ref, case, unit, sender, receiver, accepted_at=at)
        case Declined(reason=reason, at=at):
            return ReferralDeclined(
                ref, case, unit, asked.need, sender, receiver, asked.risk, reason=reason, declined_at=at
            )
        case Started(at=at):
            return ServiceStarted(ref, case, unit, sender, receiver, started_at=at)
        case Completed(outcome=outcome, at=at):
            return ReferralCompleted(ref, case, unit, sender, receiver, outcome=outcome, completed_at=at)
        case Withdrawn(reason=reason, at=at):
            return ReferralWithdrawn(ref, case, unit, sender, receiver, reason=reason, withdrawn_at=at)


def _silent(ref: str, asked: Asked, event: Silent) -> Announcement:
    case, unit, sender, receiver, risk = asked.case, asked.unit, asked.sender, asked.receiver, asked.risk
    match event:
        case FellSilent(since=since):
            # Silence begins on the date that passed, whenever it was noticed.
            return ReferralFellSilent(ref, case, unit, sender, receiver, risk, answer_by=since, silent_since=since)
        case Escalated(step=step, to_unit=to_unit, at=at):
            return ReferralEscalated(
                ref, case, unit, sender, receiver, risk, step=step, to_unit=to_unit, escalated_at=at
            )


def announce_walk(
    walk: str, unit: str, institution: str, roles: Iterable[str], tries: int, stopped_at: datetime
) -> ReferralWalkStopped:
    """That somebody of an institution was stopped; an event lasts for ever, so who it was stays here."""
    return ReferralWalkStopped(walk, unit, institution, tuple(Role(role) for role in roles), tries, stopped_at)
