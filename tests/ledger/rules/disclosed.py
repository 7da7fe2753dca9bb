"""Whatever a receiver was shown of a child stands in the access log, whoever was killed meanwhile."""

from collections.abc import Iterator

from tests.ledger.rules.finding import Finding
from tests.ledger.rules.history import History


def disclosed_without_entry(history: History) -> Iterator[Finding]:
    """Yield each answer that showed something and left no entry of that account and request."""
    entries = {(row["account"], row["correlation_id"]) for row in history.table("access_log")}
    for shown in history.shown:
        if (shown["account"], shown["correlation"]) not in entries:
            yield Finding("disclosed_without_entry", "a receiver was shown what no entry tells of", shown["about"])
