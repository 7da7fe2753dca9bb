"""What notifications announces: who had to hear what, and whether somebody did."""

from dataclasses import dataclass
from datetime import datetime

from services.contracts.codes import Severity


@dataclass(frozen=True, slots=True)
class AlertRaised:
    """A desk must hear something, and has a time to acknowledge it unless it is for information."""

    alert: str
    code: str
    desk: str
    unit: str
    severity: Severity
    cause: str
    subject: str
    case: str | None
    step: int
    late: bool
    acknowledge_by: datetime | None
    raised_at: datetime


@dataclass(frozen=True, slots=True)
class AlertAcknowledged:
    """Somebody at the desk took note of an alert."""

    alert: str
    code: str
    desk: str
    unit: str
    in_time: bool
    acknowledged_at: datetime


@dataclass(frozen=True, slots=True)
class AlertEscalated:
    """Nobody acknowledged an alert in time, so it was raised at the next desk."""

    alert: str
    code: str
    desk: str
    unit: str
    step: int
    to_desk: str
    escalated_at: datetime


@dataclass(frozen=True, slots=True)
class AlertResolved:
    """The cause of an alert ended."""

    alert: str
    code: str
    desk: str
    unit: str
    resolved_at: datetime
