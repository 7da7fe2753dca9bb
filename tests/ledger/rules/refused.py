"""What had an effect though it was refused, and what was let through that must be refused."""

from collections import Counter
from collections.abc import Iterator

from tests.ledger.rules.finding import Finding
from tests.ledger.rules.history import History


def refused_effects(history: History) -> Iterator[Finding]:
    """Every effect of a refused request."""
    said = Counter(event.correlation for event in history.events)
    kept = Counter(
        row["correlation_id"] for room in ("intake", "referral") for row in history.table(f"{room}.stream_events")
    )
    for intent in history.intents:
        if intent.bad and intent.outcome == "ok":
            yield _finding(f"{intent.op} had to be refused and was accepted", intent.key, intent.caller)
        if intent.outcome != "refused":
            continue
        if said[intent.correlation]:
            yield _finding(f"{intent.op} was refused and announced", intent.key, intent.correlation)
        if kept[intent.correlation]:
            yield _finding(f"{intent.op} was refused and kept", intent.key, intent.correlation)


def _finding(what: str, ref: str, detail: str) -> Finding:
    return Finding("refused_effects", what, ref, detail)
