"""What is open and will never be looked at again: an owed answer or an unheard alert without a date."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from tests.ledger.rules.finding import Finding
from tests.ledger.rules.history import History

OVERDUE_MAX = timedelta(seconds=60)


def without_next_step(history: History) -> Iterator[Finding]:
    """Everything open whose next step has no date, or whose date passed without anybody looking."""
    if not history.end:
        return
    dated = {(row["kind"], row["subject"]): row["due_at"] for row in history.table("deadlines")}
    for row in history.table("referrals"):
        if row["state"] == "waiting" and ("referral", row["ref"]) not in dated:
            yield _finding("an answer is owed and no date is set", row["ref"], row["receiver"])
    for row in history.table("alerts"):
        must = row["state"] == "raised" and row["acknowledge_by"]
        if must and ("alert", row["ref"]) not in dated:
            yield _finding("an alert must be acknowledged and no next step is dated", row["ref"], row["desk"])
    now = datetime.fromisoformat(history.end["domain"])
    for (kind, subject), due in dated.items():
        if datetime.fromisoformat(due) < now - OVERDUE_MAX:
            yield _finding(f"a {kind} was due and nobody looked", subject, due)


def _finding(what: str, ref: str, detail: str) -> Finding:
    return Finding("without_next_step", what, ref, detail)
