"""How an alert is written to and read from its row; it decides nothing."""

import json

from asyncpg import Record

from notifications.alert import Alert, AlertState, Cause, Said
from services.contracts.codes import RiskBand, Severity


def added(alert: Alert) -> tuple[object, ...]:
    """The arguments of `add_alert`."""
    cause = alert.cause
    context = {"risk": cause.risk, "sender": cause.sender, "receiver": cause.receiver, "to_unit": cause.to_unit}
    why = (cause.event, cause.matter, cause.subject, cause.case)
    order = (cause.said.incarnation, cause.said.sequence)
    return (
        *(alert.ref, cause.code, alert.severity.value, alert.desk, cause.unit, *why),
        *(alert.step, alert.state.value, alert.late, json.dumps(context), cause.happened_at, cause.recorded_at, *order),
        *(alert.raised_at, alert.acknowledge_by, alert.resolved_at),
    )


def kept(alert: Alert) -> tuple[object, ...]:
    """The arguments of `keep_alert`."""
    noted = (alert.acknowledged_by, alert.acknowledged_at)
    return (alert.ref, alert.state.value, alert.repeats, alert.rang_at, *noted, alert.resolved_at)


def alert_of(row: Record) -> Alert:
    """The alert of a row."""
    return Alert(
        ref=row["ref"],
        cause=_cause_of(row),
        severity=Severity(row["severity"]),
        desk=row["desk"],
        step=row["step"],
        late=row["late"],
        raised_at=row["raised_at"],
        acknowledge_by=row["acknowledge_by"],
        state=AlertState(row["state"]),
        repeats=row["repeats"],
        rang_at=row["rang_at"],
        acknowledged_by=row["acknowledged_by"],
        acknowledged_at=row["acknowledged_at"],
        resolved_at=row["resolved_at"],
    )


def _cause_of(row: Record) -> Cause:
    context = json.loads(row["context"])
    return Cause(
        event=row["cause"],
        code=row["code"],
        matter=row["matter"],
        subject=row["subject"],
        case=row["case_ref"],
        unit=row["unit"],
        happened_at=row["happened_at"],
        recorded_at=row["recorded_at"],
        said=Said(row["said_incarnation"], row["said_sequence"]),
        risk=RiskBand(context["risk"]) if context["risk"] else None,
        sender=context["sender"],
        receiver=context["receiver"],
        to_unit=context["to_unit"],
    )
