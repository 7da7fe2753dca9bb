"""What others announce, as notifications understands it: something a desk must hear of, or the end of such a thing.

It knows no desk and no time limit; those are the alert catalogue's. A matter is what an ending names: a report, a
referral, or one need of one case.
"""

from collections.abc import Iterator
from datetime import datetime

from notifications.alert import Cause, Ending, Said
from services.contracts.analytics import SurgeDetected
from services.contracts.catalog import Announcement
from services.contracts.codes import RiskBand
from services.contracts.envelope import Envelope
from services.contracts.intake import CaseClosed, CaseOpened, CaseWalkStopped, ReportReceived, ReportScreened
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
)

REPORT_RECEIVED = "REPORT_RECEIVED"
REPORT_OF_DANGER = "REPORT_OF_DANGER"
CHILD_IMMEDIATE_DANGER = "CHILD_IMMEDIATE_DANGER"
REFERRAL_SENT = "REFERRAL_SENT"
REFERRAL_ACCEPTED = "REFERRAL_ACCEPTED"
REFERRAL_DECLINED = "REFERRAL_DECLINED"
REFERRAL_COMPLETED = "REFERRAL_COMPLETED"
REFERRAL_FELL_SILENT = "REFERRAL_FELL_SILENT"
REFERRAL_ESCALATED = "REFERRAL_ESCALATED"
NEED_UNSERVED = "NEED_UNSERVED"
DATA_ACCESS_ANOMALY = "DATA_ACCESS_ANOMALY"
SURGE = "SURGE"

ANSWER_OWED = (REFERRAL_SENT, REFERRAL_FELL_SILENT, REFERRAL_ESCALATED)
NEED_OPEN = (REFERRAL_DECLINED, NEED_UNSERVED)

HEARD: tuple[type[Announcement], ...] = (
    ReportReceived,
    ReportScreened,
    CaseOpened,
    CaseClosed,
    ReferralSent,
    ReferralAccepted,
    ReferralDeclined,
    ReferralCompleted,
    ReferralWithdrawn,
    ReferralFellSilent,
    ReferralEscalated,
    NeedUnserved,
    CaseWalkStopped,
    ReferralWalkStopped,
    SurgeDetected,
)

OfReferral = (
    ReferralSent
    | ReferralAccepted
    | ReferralDeclined
    | ReferralCompleted
    | ReferralWithdrawn
    | ReferralFellSilent
    | ReferralEscalated
)


def react(announcement: Announcement, envelope: Envelope) -> Iterator[Cause | Ending]:
    """What an announcement begins and ends; one that means nothing here gives nothing."""
    match announcement:
        case ReportReceived(report=report, immediate_danger=in_danger):
            # One cause is one alert at a desk: danger is told instead of the quiet arrival, not beside it.
            yield _cause(envelope, REPORT_OF_DANGER if in_danger else REPORT_RECEIVED, f"report/{report}", report)
        case ReportScreened(report=report):
            yield Ending(f"report/{report}", (REPORT_RECEIVED, REPORT_OF_DANGER))
        case CaseOpened(case=case, institution=institution, risk=RiskBand.CRITICAL as risk):
            matter = f"case/{case}"
            yield _cause(envelope, CHILD_IMMEDIATE_DANGER, matter, case, case=case, sender=institution, risk=risk)
        case CaseClosed(case=case, needs=needs):
            yield Ending(f"case/{case}", (CHILD_IMMEDIATE_DANGER,))
            yield from (Ending(f"need/{case}/{need}", NEED_OPEN) for need in needs)
        case NeedUnserved(case=case, need=need, sender=sender, coordinating_unit=above, risk=risk):
            matter = f"need/{case}/{need}"
            yield _cause(envelope, NEED_UNSERVED, matter, case, case=case, sender=sender, to_unit=above, risk=risk)
        case (
            CaseWalkStopped(walk=walk, institution=institution)
            | ReferralWalkStopped(walk=walk, institution=institution)
        ):
            yield _cause(envelope, DATA_ACCESS_ANOMALY, f"walk/{walk}", walk, sender=institution)
        case SurgeDetected(surge=surge):
            yield _cause(envelope, SURGE, f"surge/{surge}", surge)
        case (
            ReferralSent()
            | ReferralAccepted()
            | ReferralDeclined()
            | ReferralCompleted()
            | ReferralWithdrawn()
            | ReferralFellSilent()
            | ReferralEscalated()
        ):
            yield from _of_referral(announcement, envelope)
        case _:
            return


def of_own_walk(walk: str, unit: str, institution: str, at: datetime) -> Cause:
    """That this room itself stopped an account: it hears no announcement of that, and it concerns the same desks."""
    return Cause(
        event=walk,
        code=DATA_ACCESS_ANOMALY,
        matter=f"walk/{walk}",
        subject=walk,
        case=None,
        unit=unit,
        happened_at=at,
        recorded_at=at,
        said=Said(0, 0),
        sender=institution,
    )


def _of_referral(it: OfReferral, envelope: Envelope) -> Iterator[Cause | Ending]:
    matter = f"referral/{it.referral}"
    match it:
        case ReferralSent(need=need):
            # Somebody else was asked for the same need: who declined before is no longer a loose end.
            yield Ending(f"need/{it.case}/{need}", NEED_OPEN, before=_said(envelope))
            yield _about_referral(it, envelope, REFERRAL_SENT, matter, it.risk)
        case ReferralFellSilent():
            yield _about_referral(it, envelope, REFERRAL_FELL_SILENT, matter, it.risk)
        case ReferralEscalated(to_unit=to_unit):
            yield _about_referral(it, envelope, REFERRAL_ESCALATED, matter, it.risk, to_unit)
        case ReferralAccepted():
            yield Ending(matter, ANSWER_OWED)
            yield _about_referral(it, envelope, REFERRAL_ACCEPTED, matter)
        case ReferralDeclined(need=need):
            yield Ending(matter, ANSWER_OWED)
            yield _about_referral(it, envelope, REFERRAL_DECLINED, f"need/{it.case}/{need}", it.risk)
        case ReferralWithdrawn():
            yield Ending(matter, (*ANSWER_OWED, REFERRAL_ACCEPTED))
        case ReferralCompleted():
            yield Ending(matter, (*ANSWER_OWED, REFERRAL_ACCEPTED))
            yield _about_referral(it, envelope, REFERRAL_COMPLETED, matter)


def _about_referral(
    it: OfReferral,
    envelope: Envelope,
    code: str,
    matter: str,
    risk: RiskBand | None = None,
    to_unit: str | None = None,
) -> Cause:
    return _cause(
        envelope,
        code,
        matter,
        it.referral,
        case=it.case,
        risk=risk,
        sender=it.sender,
        receiver=it.receiver,
        to_unit=to_unit,
    )


def _cause(
    envelope: Envelope,
    code: str,
    matter: str,
    subject: str,
    *,
    case: str | None = None,
    risk: RiskBand | None = None,
    sender: str | None = None,
    receiver: str | None = None,
    to_unit: str | None = None,
) -> Cause:
    return Cause(
        event=envelope.id,
        code=code,
        matter=matter,
        subject=subject,
        case=case,
        unit=envelope.unit,
        happened_at=envelope.time,
        recorded_at=envelope.recorded_time,
        said=_said(envelope),
        risk=risk,
        sender=sender,
        receiver=receiver,
        to_unit=to_unit,
    )


def _said(envelope: Envelope) -> Said:
    return Said(envelope.incarnation, envelope.sequence)
