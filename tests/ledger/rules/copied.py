"""What lies in the log more than once: copies that the harness itself put there, and repeats that somebody caused.

A repeat is no fault, since readers drop it by its number; one that nobody can have caused is.
"""

from collections import Counter
from collections.abc import Iterator

from tests.ledger.rules.finding import Finding
from tests.ledger.rules.history import CHECKPOINT, History

DISTURBS_NO_RELAY = frozenset({"poison", "repeat", "late", "shuffle", "jump"})
"""Faults after which a relay has no reason to send anything again."""


def copies_missing(history: History) -> Iterator[Finding]:
    """A copy that Kafka acknowledged and that lies nowhere."""
    lie = Counter((event.topic, event.id) for event in history.log)
    for (topic, id_), copied in _of("copied", history).items():
        if lie[(topic, id_)] < 1 + copied:
            yield Finding("lost", f"{copied} copies were acknowledged and are not on {topic}", id_)


def repeated_by_nobody(history: History) -> Iterator[Finding]:
    """An event that lies in the log more often than it was said and copied, in a run that disturbed no relay."""
    if {fault["fault"] for fault in history.faults} - DISTURBS_NO_RELAY:
        return
    copies = _of("copy", history)
    if not copies:
        return
    said = (e for e in history.log if e.type != CHECKPOINT and e.id not in history.poison)
    for (topic, id_), times in Counter((event.topic, event.id) for event in said).items():
        if times > 1 + copies[(topic, id_)]:
            yield Finding("duplicated", f"it lies {times} times on {topic} and nobody repeated it", id_)


def _of(kind: str, history: History) -> Counter[tuple[str, str]]:
    return Counter((copy["topic"], copy["id"]) for copy in history.copies if copy["kind"] == kind)
