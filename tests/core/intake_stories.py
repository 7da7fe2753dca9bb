"""Invented reports, cases and referrals, so that a test says only what matters to it. Nobody here exists."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from intake.case import Episode
from intake.report import Answer, Assessment, Concerns
from services.contracts.codes import (
    AgeBand,
    Channel,
    Concern,
    DeclineReason,
    Outcome,
    ReporterKind,
    RiskBand,
    Sex,
    WithdrawReason,
)
from services.contracts.referral import (
    NeedUnserved,
    ReferralAccepted,
    ReferralCompleted,
    ReferralDeclined,
    ReferralEscalated,
    ReferralFellSilent,
    ReferralSent,
    ReferralWithdrawn,
    ServiceStarted,
)

MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
UNIT = "RS-BIL"
CENTRE = "RS-BIL.csw"
SCHOOL = "RS-BIL.school"
WORKER = "caseworker@RS-BIL"
CASE = "C-22222-22222-2"


def concerns() -> Concerns:
    """A school reports neglect three days after the teacher saw it."""
    return Concerns(
        unit=UNIT,
        channel=Channel.INTEGRATION,
        reporter_kind=ReporterKind.SCHOOL,
        reporter_institution=SCHOOL,
        anonymous=False,
        concerns=(Concern.NEGLECT, Concern.NOT_IN_SCHOOL),
        immediate_danger=False,
        occurred_at=MONDAY - timedelta(days=3),
    )


def assessment(risk: RiskBand = RiskBand.MEDIUM) -> Assessment:
    """The instrument says medium; the worker may say otherwise."""
    return Assessment("intake_risk/1", (Answer("food", "sometimes"),), 7, RiskBand.MEDIUM, risk)


def episode() -> Episode:
    """A seven-year-old with two needs."""
    return Episode(
        unit=UNIT,
        institution=CENTRE,
        report="R-33333-33333-3",
        risk=RiskBand.MEDIUM,
        needs=("counselling", "school_transport"),
        pseudonym="Y-44444-44444-4",
        age_band=AgeBand.FROM_7_TO_14,
        sex=Sex.FEMALE,
    )


def sent(referral: str, need: str, attempt: int = 1, at: datetime = MONDAY) -> ReferralSent:
    """The centre asks somebody to serve a need."""
    due = at + timedelta(days=5)
    return ReferralSent(referral, CASE, UNIT, need, CENTRE, SCHOOL, attempt, RiskBand.MEDIUM, due, at)


def journey() -> list[object]:
    """Counselling is declined, asked for again and completed; transport falls silent, climbs twice and is accepted."""
    day = [MONDAY + timedelta(days=number) for number in range(20)]
    one, two, bus, aid = "F-1", "F-2", "F-3", "F-4"
    return [
        sent(one, "counselling"),
        sent(bus, "school_transport"),
        sent(aid, "legal_aid"),
        NeedUnserved(CASE, UNIT, "respite", CENTRE, "RS", RiskBand.MEDIUM, day[0]),
        ReferralDeclined(
            one, CASE, UNIT, "counselling", CENTRE, SCHOOL, RiskBand.MEDIUM, DeclineReason.NO_CAPACITY, day[1]
        ),
        sent(two, "counselling", attempt=2, at=day[2]),
        ReferralAccepted(two, CASE, UNIT, CENTRE, SCHOOL, day[3]),
        ServiceStarted(two, CASE, UNIT, CENTRE, SCHOOL, day[4]),
        ReferralCompleted(two, CASE, UNIT, CENTRE, SCHOOL, Outcome.NEED_MET, day[9]),
        ReferralFellSilent(bus, CASE, UNIT, CENTRE, SCHOOL, RiskBand.MEDIUM, day[5], day[5]),
        ReferralEscalated(bus, CASE, UNIT, CENTRE, SCHOOL, RiskBand.MEDIUM, 1, "RS", day[7]),
        ReferralEscalated(bus, CASE, UNIT, CENTRE, SCHOOL, RiskBand.MEDIUM, 2, "BIH", day[9]),
        ReferralAccepted(bus, CASE, UNIT, CENTRE, SCHOOL, day[10]),
        ReferralWithdrawn(aid, CASE, UNIT, CENTRE, SCHOOL, WithdrawReason.FAMILY_REFUSED, day[6]),
        NeedUnserved(CASE, UNIT, "legal_aid", CENTRE, "RS", RiskBand.MEDIUM, day[8]),
    ]


def other_episode() -> Episode:
    """The same case told differently, which it must not be."""
    return replace(episode(), risk=RiskBand.HIGH)
