"""Copies of records that the harness itself put into the log: readers drop them by their numbers."""

from collections import Counter
from collections.abc import Iterator

from tests.ledger.rules.finding import Finding
from tests.ledger.rules.history import History


def copies_missing(history: History) -> Iterator[Finding]:
    """A copy that Kafka acknowledged and that lies nowhere."""
    lie = Counter((event.topic, event.id) for event in history.log)
    for (topic, id_), copied in _of("copied", history).items():
        if lie[(topic, id_)] < 1 + copied:
            yield Finding("lost", f"{copied} copies were acknowledged and are not on {topic}", id_)


def copies_put(history: History) -> Counter[tuple[str, str]]:
    """How many copies of which event the harness may have put on which topic."""
    return _of("copy", history)


def _of(kind: str, history: History) -> Counter[tuple[str, str]]:
    return Counter((copy["topic"], copy["id"]) for copy in history.copies if copy["kind"] == kind)
