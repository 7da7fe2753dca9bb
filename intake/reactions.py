"""What intake hears from referral, as commands of its own: a case file shows what became of each need.

Each announcement becomes one fact of one case; facts commute, so no order between topics or keys is relied upon.
"""

from collections.abc import Iterator

from intake.case import Note
from intake.progress import Fact, What
from services.contracts import referral as heard

Announcement = (
    heard.ReferralSent
    | heard.ReferralAccepted
    | heard.ReferralDeclined
    | heard.ServiceStarted
    | heard.ReferralCompleted
    | heard.ReferralWithdrawn
    | heard.ReferralFellSilent
    | heard.ReferralEscalated
    | heard.NeedUnserved
)


def react(announcement: Announcement) -> Iterator[tuple[str, Note]]:
    """The case it concerns and the fact to keep there."""
    yield announcement.case, Note(_fact(announcement))


def _fact(announcement: Announcement) -> Fact:
    match announcement:
        case heard.ReferralSent(referral=referral, need=need, receiver=receiver, attempt=attempt, sent_at=at):
            return Fact(What.SENT, at, referral, need=need, receiver=receiver, attempt=attempt)
        case heard.ReferralAccepted(referral=referral, accepted_at=at):
            return Fact(What.ACCEPTED, at, referral)
        case heard.ReferralDeclined(referral=referral, reason=reason, declined_at=at):
            return Fact(What.DECLINED, at, referral, code=reason.value)
        case heard.ServiceStarted(referral=referral, started_at=at):
            return Fact(What.UNDER_WAY, at, referral)
        case heard.ReferralCompleted(referral=referral, outcome=outcome, completed_at=at):
            return Fact(What.COMPLETED, at, referral, code=outcome.value)
        case heard.ReferralWithdrawn(referral=referral, reason=reason, withdrawn_at=at):
            return Fact(What.WITHDRAWN, at, referral, code=reason.value)
        case heard.ReferralFellSilent(referral=referral, silent_since=at):
            return Fact(What.SILENT, at, referral)
        case heard.ReferralEscalated(referral=referral, step=step, to_unit=to_unit, escalated_at=at):
            return Fact(What.ESCALATED, at, referral, step=step, code=to_unit)
        case heard.NeedUnserved(need=need, coordinating_unit=unit, noticed_at=at):
            return Fact(What.UNSERVED, at, need=need, code=unit)
