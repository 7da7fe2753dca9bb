"""Invented announcements and the alerts they cause, so that a test says only what matters to it. Nobody here exists."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from notifications.alert import Alert, Cause, Said
from notifications.audience import ListedDesk, ladder_of
from notifications.catalogue_files import load_alert_catalogue
from notifications.escalation import Climb
from services.contracts.catalog import BY_EVENT, Announcement, body
from services.contracts.codes import (
    AgeBand,
    CaseOutcome,
    Channel,
    Concern,
    DeclineReason,
    Outcome,
    ReporterKind,
    RiskBand,
    Role,
    ScreeningOutcome,
    Sex,
    WithdrawReason,
)
from services.contracts.envelope import Envelope
from services.contracts.ids import event_id
from services.contracts.intake import CaseClosed, CaseOpened, CaseWalkStopped, ReportReceived, ReportScreened
from services.contracts.policy import load_policy
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

FOLDER = Path(__file__).parents[2] / "deploy"
POLICY = load_policy(FOLDER)
CATALOGUE = load_alert_catalogue(FOLDER)

MONDAY = datetime(2026, 3, 9, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
UNIT, COORDINATING, ENTITY = "FBIH-K10-LIV", "K10", "FBIH"
CENTRE, CLINIC, SCHOOL = f"{UNIT}.csw", f"{UNIT}.health", f"{UNIT}.school"
CASELOAD, DUTY, DIRECTOR = f"{CENTRE}/caseload", f"{CENTRE}/duty", f"{CENTRE}/director"
CLINIC_DESK, SCHOOL_DESK = f"{CLINIC}/referrals", f"{SCHOOL}/referrals"
COORDINATION, MINISTRY = f"{COORDINATING}.authority/coordination", f"{ENTITY}.authority/coordination"
REPORT, CASE = "R-22222-22222-2", "C-33333-33333-3"
TO_CLINIC, TO_SCHOOL = "F-44444-44444-444444", "F-55555-55555-555555"
NEED = "speech_therapy"


def report_received(*, immediate_danger: bool = False) -> ReportReceived:
    """A school is worried."""
    return ReportReceived(
        report=REPORT,
        unit=UNIT,
        channel=Channel.INTEGRATION,
        reporter_kind=ReporterKind.SCHOOL,
        reporter_institution=SCHOOL,
        anonymous=False,
        concerns=(Concern.NEGLECT,),
        immediate_danger=immediate_danger,
        occurred_at=MONDAY,
        received_at=MONDAY,
    )


def report_screened() -> ReportScreened:
    """A caseworker decided the report."""
    return ReportScreened(
        report=REPORT,
        unit=UNIT,
        outcome=ScreeningOutcome.ACCEPTED,
        case=CASE,
        risk=RiskBand.CRITICAL,
        overridden=False,
        reason=None,
        instrument="intake_risk/1",
        screened_at=MONDAY,
    )


def case_opened(risk: RiskBand = RiskBand.CRITICAL) -> CaseOpened:
    """The centre took the case on."""
    return CaseOpened(
        case=CASE,
        unit=UNIT,
        report=REPORT,
        institution=CENTRE,
        risk=risk,
        needs=(NEED,),
        pseudonym="invented",
        age_band=AgeBand.FROM_7_TO_14,
        sex=Sex.UNKNOWN,
        opened_at=MONDAY,
    )


def case_closed() -> CaseClosed:
    """The centre ended its care."""
    return CaseClosed(CASE, UNIT, CENTRE, (NEED,), CaseOutcome.NEEDS_MET, MONDAY, MONDAY)


def case_walk() -> CaseWalkStopped:
    """The school's own system tried one reference after another."""
    return CaseWalkStopped("W-66666-66666-6", UNIT, SCHOOL, (Role.INSTITUTION,), 40, MONDAY)


def referral_walk() -> ReferralWalkStopped:
    """Somebody at the centre did."""
    return ReferralWalkStopped("W-77777-77777-7", UNIT, CENTRE, (Role.CASEWORKER,), 40, MONDAY)


def sent(
    referral: str = TO_CLINIC, receiver: str = CLINIC, attempt: int = 1, risk: RiskBand = RiskBand.MEDIUM
) -> ReferralSent:
    """The centre asks for speech therapy."""
    return ReferralSent(
        referral=referral,
        case=CASE,
        unit=UNIT,
        need=NEED,
        sender=CENTRE,
        receiver=receiver,
        attempt=attempt,
        risk=risk,
        answer_by=MONDAY + 72 * HOUR,
        sent_at=MONDAY,
    )


def accepted(referral: str = TO_CLINIC, receiver: str = CLINIC) -> ReferralAccepted:
    """The receiver said yes."""
    return ReferralAccepted(referral, CASE, UNIT, CENTRE, receiver, MONDAY)


def declined(referral: str = TO_CLINIC, receiver: str = CLINIC) -> ReferralDeclined:
    """The receiver said no."""
    reason = DeclineReason.NO_CAPACITY
    return ReferralDeclined(referral, CASE, UNIT, NEED, CENTRE, receiver, RiskBand.MEDIUM, reason, MONDAY)


def completed(referral: str = TO_CLINIC, receiver: str = CLINIC) -> ReferralCompleted:
    """The receiver reported what came of it."""
    return ReferralCompleted(referral, CASE, UNIT, CENTRE, receiver, Outcome.NEED_MET, MONDAY)


def withdrawn(referral: str = TO_CLINIC, receiver: str = CLINIC) -> ReferralWithdrawn:
    """The sender no longer asks."""
    return ReferralWithdrawn(referral, CASE, UNIT, CENTRE, receiver, WithdrawReason.SENT_IN_ERROR, MONDAY)


def fell_silent(referral: str = TO_CLINIC, receiver: str = CLINIC) -> ReferralFellSilent:
    """No answer came."""
    return ReferralFellSilent(referral, CASE, UNIT, CENTRE, receiver, RiskBand.MEDIUM, MONDAY, MONDAY)


def escalated(
    step: int = 1, to_unit: str = COORDINATING, referral: str = TO_CLINIC, receiver: str = CLINIC
) -> ReferralEscalated:
    """Still no answer."""
    return ReferralEscalated(referral, CASE, UNIT, CENTRE, receiver, RiskBand.MEDIUM, step, to_unit, MONDAY)


def need_unserved() -> NeedUnserved:
    """Nobody serves it."""
    return NeedUnserved(CASE, UNIT, NEED, CENTRE, COORDINATING, RiskBand.MEDIUM, MONDAY)


def enveloped(announcement: Announcement, sequence: int = 1, recorded: datetime = MONDAY) -> Envelope:
    """An announcement's envelope, as the relay would write it."""
    entry = BY_EVENT[type(announcement)]
    subject = getattr(announcement, entry.subject)
    return Envelope(
        id=event_id(entry.owner, f"{subject}/{sequence}", b""),
        source=f"/{entry.owner}",
        type=entry.type,
        subject=subject,
        key=getattr(announcement, entry.key),
        sequence=sequence,
        incarnation=1,
        time=recorded,
        recorded_time=recorded,
        correlation_id="11111111-1111-4111-8111-111111111111",
        unit=announcement.unit,
        traceparent=None,
        data=body(announcement),
    )


def in_order(*announcements: Announcement) -> list[tuple[Announcement, Envelope]]:
    """Announcements with the numbers that their keys draw when they are said one after another."""
    drawn: dict[tuple[str, str], int] = {}
    said = []
    for announcement in announcements:
        entry = BY_EVENT[type(announcement)]
        key = (entry.topic.name, getattr(announcement, entry.key))
        drawn[key] = drawn.get(key, 0) + 1
        said.append((announcement, enveloped(announcement, drawn[key])))
    return said


def cause(code: str = "REFERRAL_SENT", risk: RiskBand | None = RiskBand.MEDIUM, to_unit: str | None = None) -> Cause:
    """Something a desk must hear of."""
    return Cause(
        event=event_id("referral", code, b""),
        code=code,
        matter=f"referral/{TO_CLINIC}",
        subject=TO_CLINIC,
        case=CASE,
        unit=UNIT,
        happened_at=MONDAY,
        recorded_at=MONDAY,
        said=Said(1, 1),
        risk=risk,
        sender=CENTRE,
        receiver=CLINIC,
        to_unit=to_unit,
    )


def climb_of(it: Cause, listed: Sequence[ListedDesk] = ()) -> Climb:
    """The ladder of a cause by the shipped catalogue."""
    rule = CATALOGUE.rule(it.code)
    return Climb(rule, ladder_of(rule, it, POLICY.units, listed), POLICY.calendar_of(it.unit))


def first_alerts(it: Cause, now: datetime = MONDAY) -> list[Alert]:
    """What a cause puts on its first desks."""
    climb = climb_of(it)
    return [climb.alert(it, desk, 1, now) for desk in climb.rungs[0].desks]


def elsewhere(it: Cause, unit: str, centre: str) -> Cause:
    """The same in another unit."""
    return replace(it, unit=unit, sender=centre)
