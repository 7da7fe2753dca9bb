"""Everything that leaves notifications, and the only door out: which desk had to hear what, and whether somebody did.

Codes, references and dates. Who acknowledged stays in this room.
"""

from notifications.alert import Acknowledged, Alert, AlertChange, Escalated, Raised, Resolved
from services.contracts.catalog import Announcement
from services.contracts.notifications import AlertAcknowledged, AlertEscalated, AlertRaised, AlertResolved


def announce(change: AlertChange) -> Announcement:
    """What others hear of a change of an alert."""
    alert = change.alert
    who = {"alert": alert.ref, "code": alert.cause.code, "desk": alert.desk, "unit": alert.cause.unit}
    match change:
        case Raised():
            return _raised(alert)
        case Acknowledged(at=at, in_time=in_time):
            return AlertAcknowledged(**who, in_time=in_time, acknowledged_at=at)
        case Escalated(at=at, to_desk=to_desk):
            return AlertEscalated(**who, step=alert.step, to_desk=to_desk, escalated_at=at)
        case Resolved(at=at):
            return AlertResolved(**who, resolved_at=at)


def _raised(alert: Alert) -> AlertRaised:
    return AlertRaised(
        alert=alert.ref,
        code=alert.cause.code,
        desk=alert.desk,
        unit=alert.cause.unit,
        severity=alert.severity,
        cause=alert.cause.event,
        subject=alert.cause.subject,
        case=alert.cause.case,
        step=alert.step,
        late=alert.late,
        acknowledge_by=alert.acknowledge_by,
        raised_at=alert.raised_at,
    )


def fact(change: AlertChange) -> str:
    """The text that is the same for the same change, from which its event gets its id."""
    match change:
        case Raised(alert):
            return f"alert/{alert.ref}/raised"
        case Acknowledged(alert):
            return f"alert/{alert.ref}/acknowledged"
        case Escalated(alert):
            return f"alert/{alert.ref}/escalated/{alert.repeats}/{change.to_desk}"
        case Resolved(alert):
            return f"alert/{alert.ref}/resolved"
