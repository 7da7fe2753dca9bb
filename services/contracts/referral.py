"""What referral announces: the life of each referral, and the directory everybody checks rights against."""

from dataclasses import dataclass
from datetime import datetime

from services.contracts.codes import (
    DeclineReason,
    DeskPurpose,
    InstitutionKind,
    Outcome,
    RiskBand,
    Role,
    WithdrawReason,
)


@dataclass(frozen=True, slots=True)
class ReferralSent:
    """One institution asked another to serve one need, and is owed an answer by a date."""

    referral: str
    case: str
    unit: str
    need: str
    sender: str
    receiver: str
    attempt: int
    risk: RiskBand
    answer_by: datetime
    sent_at: datetime


@dataclass(frozen=True, slots=True)
class ReferralAccepted:
    """The receiver took the referral on."""

    referral: str
    case: str
    unit: str
    sender: str
    receiver: str
    accepted_at: datetime


@dataclass(frozen=True, slots=True)
class ReferralDeclined:
    """The receiver does not take the referral, and said why."""

    referral: str
    case: str
    unit: str
    need: str
    sender: str
    receiver: str
    risk: RiskBand
    reason: DeclineReason
    declined_at: datetime


@dataclass(frozen=True, slots=True)
class ServiceStarted:
    """The receiver began to serve the need."""

    referral: str
    case: str
    unit: str
    sender: str
    receiver: str
    started_at: datetime


@dataclass(frozen=True, slots=True)
class ReferralCompleted:
    """The receiver reported an outcome: the loop is closed."""

    referral: str
    case: str
    unit: str
    sender: str
    receiver: str
    outcome: Outcome
    completed_at: datetime


@dataclass(frozen=True, slots=True)
class ReferralWithdrawn:
    """The sender took the referral back."""

    referral: str
    case: str
    unit: str
    sender: str
    receiver: str
    reason: WithdrawReason
    withdrawn_at: datetime


@dataclass(frozen=True, slots=True)
class ReferralFellSilent:
    """The answer-by date passed without an answer."""

    referral: str
    case: str
    unit: str
    sender: str
    receiver: str
    risk: RiskBand
    answer_by: datetime
    silent_since: datetime


@dataclass(frozen=True, slots=True)
class ReferralEscalated:
    """Still silent: the referral climbed to a unit above; the top step repeats."""

    referral: str
    case: str
    unit: str
    sender: str
    receiver: str
    risk: RiskBand
    step: int
    to_unit: str
    escalated_at: datetime


@dataclass(frozen=True, slots=True)
class NeedUnserved:
    """No institution on the path upwards serves this need of a case."""

    case: str
    unit: str
    need: str
    sender: str
    coordinating_unit: str
    risk: RiskBand
    noticed_at: datetime


@dataclass(frozen=True, slots=True)
class ReferralWalkStopped:
    """An account tried one reference of referrals after another, and was stopped; who it is, referral knows."""

    walk: str
    unit: str
    institution: str
    roles: tuple[Role, ...]
    tries: int
    stopped_at: datetime


@dataclass(frozen=True, slots=True)
class Desk:
    """A place in an institution where alerts of one purpose must be heard."""

    code: str
    purpose: DeskPurpose


@dataclass(frozen=True, slots=True)
class InstitutionListed:
    """An institution of the directory, as it stands from now on; an inactive one may do nothing."""

    institution: str
    unit: str
    kind: InstitutionKind
    desks: tuple[Desk, ...]
    active: bool
    listed_at: datetime


@dataclass(frozen=True, slots=True)
class AccountListed:
    """What an account may be and which desks it covers from now on; an inactive one may do nothing."""

    account: str
    institution: str
    unit: str
    roles: tuple[Role, ...]
    desks: tuple[str, ...]
    active: bool
    listed_at: datetime
