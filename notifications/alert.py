"""An alert: something a desk must hear, until somebody there takes note of it or what caused it ends.

The changes of an alert are values; nothing in this file reads a clock, a database or a topic.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from services.contracts.codes import RiskBand, Severity
from services.contracts.ids import derived_reference

LATE_AFTER = timedelta(hours=1)
"""What is heard longer than this after it was recorded is raised as late-known, never as new."""


class AlertState(StrEnum):
    """Where an alert stands; an acknowledged one stays on the desk until its cause ends."""

    RAISED = "raised"
    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"


@dataclass(frozen=True, slots=True, order=True)
class Said:
    """The place of an announcement in the order of its key."""

    incarnation: int
    sequence: int


@dataclass(frozen=True, slots=True)
class Cause:
    """Something happened of which somebody must hear; `matter` is what an ending names."""

    event: str
    code: str
    matter: str
    subject: str
    case: str | None
    unit: str
    happened_at: datetime
    recorded_at: datetime
    said: Said
    risk: RiskBand | None = None
    sender: str | None = None
    receiver: str | None = None
    to_unit: str | None = None


@dataclass(frozen=True, slots=True)
class Ending:
    """Alerts of these codes about a matter have no cause any more.

    With `before`, only those caused earlier on the same key are over and the matter may come up again; without it the
    matter is closed for ever, whatever is heard later.
    """

    matter: str
    codes: tuple[str, ...]
    before: Said | None = None

    def ends(self, cause: Said) -> bool:
        """Whether a cause that was said there is over."""
        return self.before is None or cause < self.before


@dataclass(frozen=True, slots=True)
class Alert:
    """One cause at one desk, on one step of its ladder."""

    ref: str
    cause: Cause
    severity: Severity
    desk: str
    step: int
    late: bool
    raised_at: datetime
    acknowledge_by: datetime | None
    state: AlertState = AlertState.RAISED
    repeats: int = 0
    rang_at: datetime | None = None
    """When it last climbed or rang again; from then its next step is counted, however often it is looked at."""
    acknowledged_by: str | None = None
    acknowledged_at: datetime | None = None
    resolved_at: datetime | None = None

    @property
    def case_shown(self) -> str | None:
        """The case, where its desk may know it: whoever is asked learns that by accepting, and from the referral."""
        institution = self.desk.partition("/")[0]
        asked = institution == self.cause.receiver and institution != self.cause.sender
        return None if asked else self.cause.case


@dataclass(frozen=True, slots=True)
class Raised:
    """A desk has something new to hear."""

    alert: Alert


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """Somebody at the desk took note."""

    alert: Alert
    at: datetime
    in_time: bool


@dataclass(frozen=True, slots=True)
class Escalated:
    """Nobody took note in time: the next desk hears it, or at the top the same desk again."""

    alert: Alert
    at: datetime
    to_desk: str


@dataclass(frozen=True, slots=True)
class Resolved:
    """What caused the alert ended."""

    alert: Alert
    at: datetime


AlertChange = Raised | Acknowledged | Escalated | Resolved


def alert_for(
    cause: Cause, desk: str, severity: Severity, acknowledge_by: datetime | None, now: datetime, step: int = 1
) -> Alert:
    """The alert that a cause puts on a desk: the same cause, step and desk are always the same alert."""
    return Alert(
        ref=derived_reference("A", cause.event, str(step), desk),
        cause=cause,
        severity=severity,
        desk=desk,
        step=step,
        late=now - cause.recorded_at > LATE_AFTER,
        raised_at=now,
        acknowledge_by=acknowledge_by,
    )


def acknowledge(alert: Alert, account: str, now: datetime) -> Acknowledged | None:
    """Take note of an alert; who was first stays, and an alert whose cause ended needs nobody any more."""
    if alert.state is not AlertState.RAISED:
        return None
    noted = replace(alert, state=AlertState.ACKNOWLEDGED, acknowledged_by=account, acknowledged_at=now)
    return Acknowledged(noted, at=now, in_time=alert.acknowledge_by is None or now <= alert.acknowledge_by)


def resolve(alert: Alert, now: datetime) -> Resolved | None:
    """Take an alert off its desk because what caused it ended; asking twice adds nothing."""
    if alert.state is AlertState.RESOLVED:
        return None
    return Resolved(replace(alert, state=AlertState.RESOLVED, resolved_at=now), at=now)
