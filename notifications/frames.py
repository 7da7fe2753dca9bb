"""A frame: one change of an alert as an open screen of its desk shows it, and why; it never holds more than codes.

Frames are kept in codes. The words are put beside them when they are read, in every language of the house.
"""

import json
from collections.abc import Mapping
from typing import Any

from notifications.alert import Acknowledged, Alert, AlertChange, Escalated, Raised, Resolved
from services.contracts.envelope import moment_text
from services.contracts.names import LANGUAGES, Names


def frame_of(change: AlertChange) -> Mapping[str, Any]:
    """What is put into the letterbox; its number is drawn when everything else of the transaction is written."""
    match change:
        case Raised(alert):
            return _frame(alert, "raised", moment_text(alert.raised_at), {})
        case Acknowledged(alert, at=at, in_time=in_time):
            return _frame(alert, "acknowledged", moment_text(at), {"in_time": in_time})
        case Escalated(alert, at=at, to_desk=to_desk):
            return _frame(alert, "escalated", moment_text(at), {"to_desk": to_desk, "repeats": alert.repeats})
        case Resolved(alert, at=at):
            return _frame(alert, "resolved", moment_text(at), {})


def shown(kind: str, payload: str, reasons: Mapping[str, Names]) -> dict[str, Any]:
    """A kept frame with the reason of its alert in every language."""
    codes: dict[str, Any] = json.loads(payload)
    return {**codes, "kind": kind, "reason": reason(reasons.get(codes["code"]))}


def reason(words: Names | None) -> dict[str, str]:
    """Why a desk hears something, in every language; a code that left the catalogue has none."""
    return {language: words.spoken(language) for language in LANGUAGES} if words else {}


def _frame(alert: Alert, kind: str, at: str, more: Mapping[str, Any]) -> Mapping[str, Any]:
    payload = {
        "alert": alert.ref,
        "code": alert.cause.code,
        "severity": alert.severity.value,
        "desk": alert.desk,
        "unit": alert.cause.unit,
        "subject": alert.cause.subject,
        "case": alert.case_shown,
        "step": alert.step,
        "state": alert.state.value,
        "late": alert.late,
        "happened_at": moment_text(alert.cause.happened_at),
        "raised_at": moment_text(alert.raised_at),
        "acknowledge_by": moment_text(alert.acknowledge_by) if alert.acknowledge_by else None,
        "at": at,
        **more,
    }
    return {"desk": alert.desk, "alert": alert.ref, "kind": kind, "payload": payload, "at": at}
