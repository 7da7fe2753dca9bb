"""What intake announces: references, codes, bands and dates, never a name or a sentence."""

from dataclasses import dataclass
from datetime import datetime

from services.contracts.codes import (
    AgeBand,
    CaseOutcome,
    Channel,
    Concern,
    ForgettingGround,
    ReporterKind,
    RiskBand,
    Role,
    ScreenedOutReason,
    ScreeningOutcome,
    Sex,
)


@dataclass(frozen=True, slots=True)
class ReportReceived:
    """A concern about a child was accepted by intake and waits for screening."""

    report: str
    unit: str
    channel: Channel
    reporter_kind: ReporterKind
    reporter_institution: str | None
    anonymous: bool
    concerns: tuple[Concern, ...]
    immediate_danger: bool
    occurred_at: datetime
    received_at: datetime


@dataclass(frozen=True, slots=True)
class ReportScreened:
    """A caseworker decided what a report is: the beginning of a case, or not."""

    report: str
    unit: str
    outcome: ScreeningOutcome
    case: str | None
    risk: RiskBand
    overridden: bool
    reason: ScreenedOutReason | None
    instrument: str
    screened_at: datetime


@dataclass(frozen=True, slots=True)
class AccessLogSealed:
    """The log of who opened what has come to this length, and this is its last link."""

    log: str
    unit: str
    length: int
    head: str
    sealed_at: datetime


@dataclass(frozen=True, slots=True)
class CaseWalkStopped:
    """An account tried one reference of reports or cases after another, and was stopped; who it is, intake knows."""

    walk: str
    unit: str
    institution: str
    roles: tuple[Role, ...]
    tries: int
    stopped_at: datetime


@dataclass(frozen=True, slots=True)
class PersonForgotten:
    """Whoever this reference meant was forgotten: nobody can open what intake kept of them, here or in a copy."""

    person: str
    unit: str
    ground: ForgettingGround
    forgotten_at: datetime


@dataclass(frozen=True, slots=True)
class CaseOpened:
    """A centre for social work took a child's case on, with the needs to be served."""

    case: str
    unit: str
    report: str
    institution: str
    risk: RiskBand
    needs: tuple[str, ...]
    pseudonym: str
    age_band: AgeBand
    sex: Sex
    opened_at: datetime


@dataclass(frozen=True, slots=True)
class CaseClosed:
    """A centre for social work ended its care for a child: nothing is asked for this case any more."""

    case: str
    unit: str
    institution: str
    needs: tuple[str, ...]
    outcome: CaseOutcome
    opened_at: datetime
    closed_at: datetime


@dataclass(frozen=True, slots=True)
class PeopleMerged:
    """Two words under which children were counted in a year mean one child; who that is, only intake knows."""

    unit: str
    year: int
    pseudonym: str
    into_pseudonym: str
    merged_at: datetime
