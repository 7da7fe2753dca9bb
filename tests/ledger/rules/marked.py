"""Whether a desk can tell what is new from what became known late: an alert says so itself."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from tests.ledger.rules.finding import Finding
from tests.ledger.rules.history import Event, History

LATE_AFTER = timedelta(hours=1)
"""What a desk hears longer than this after it was recorded is late; written out by hand, not the product's own."""


def marked_wrongly(history: History) -> Iterator[Finding]:
    """Yield each alert that is late and does not say so, or says so and is not."""
    for event in history.by_name.get("alert.raised", ()):
        if "late" in event.data and event.data["late"] != is_late(history, event):
            what = "an alert is not late and says so" if event.data["late"] else "an alert is late and does not say so"
            yield Finding("marked_wrongly", what, event.subject, event.data["desk"])
    for account, frames in history.frames.items():
        for frame in frames:
            raised = history.by_subject.get(("alert.raised", frame.data["alert"]), ())
            if raised and "late" in frame.data and frame.data["late"] != raised[0].data.get("late"):
                yield Finding("marked_wrongly", f"{account} was told otherwise of an alert", frame.data["alert"])


def is_late(history: History, raised: Event) -> bool:
    """Whether an alert came long after what it is about was recorded."""
    cause = history.by_id.get(raised.data["cause"])
    if cause is None:
        return False
    return datetime.fromisoformat(raised.data["raised_at"]) - datetime.fromisoformat(cause.recorded) > LATE_AFTER
