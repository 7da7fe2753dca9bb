"""An alert whose cause is heard after its end: its row is there and resolved, and nobody is told; that and no more."""

from tests.ledger.rules.history import History, Row
from tests.ledger.rules.owed import ENDS


def was_over(history: History, alert: Row) -> bool:
    """Whether an alert was resolved when it was put up, told to no desk, and what it is about had ended indeed."""
    if alert["state"] != "resolved" or not alert.get("resolved_at") or alert["resolved_at"] != alert["raised_at"]:
        return False
    told = any(row["alert"] == alert["ref"] for row in history.table("notifications.frames"))
    return not told and _has_ended(history, alert)


def _has_ended(history: History, alert: Row) -> bool:
    cause = history.by_id.get(alert["cause"])
    if cause is None:
        return False
    if any((name, alert["subject"]) in history.by_subject for name, codes in ENDS.items() if alert["code"] in codes):
        return True
    if alert["code"] != "REFERRAL_DECLINED":
        return False
    case, need = cause.data["case"], cause.data["need"]
    sent_again = (
        e for e in history.by_name.get("referral.sent", ()) if (e.data["case"], e.data["need"]) == (case, need)
    )
    return ("case.closed", case) in history.by_subject or any(event.number > cause.number for event in sent_again)
