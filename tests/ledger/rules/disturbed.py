"""When what was done to a house can be why something had to be said again; pure, from the record of its faults."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from tests.ledger.rules.history import History

BEFORE = timedelta(seconds=1)
"""The clock of a record tells when it was put together, a moment before it was sent."""
AFTER = timedelta(seconds=30)
"""How long a house may take to find back."""
DISTURBS_NO_RELAY = frozenset({"poison", "repeat", "late", "shuffle", "jump"})
"""What gives no relay a reason to send anything again."""
NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Disturbance:
    """A time in which the house was not itself."""

    since: datetime
    until: datetime

    def explains(self, first: str, again: str) -> bool:
        """Whether what was sent first, and then again, may have been said again because of it."""
        return self.since <= datetime.fromisoformat(again) and datetime.fromisoformat(first) <= self.until


def disturbances(history: History) -> Iterator[Disturbance]:
    """Every such time; a second worker disturbs nobody while it lives, and its end is a kill."""
    began: dict[tuple[str, str], datetime] = {}
    done = (record for record in history.faults if record["fault"] not in DISTURBS_NO_RELAY)
    for record in sorted(done, key=lambda record: str(record["real"])):
        what, at = (record["fault"], record["target"]), datetime.fromisoformat(record["real"])
        if record["kind"] == "fault":
            began[what] = at
        else:
            since = began.pop(what, at)
            yield Disturbance((at if record["fault"] == "twin" else since) - BEFORE, at + AFTER)
    for (kind, _), at in began.items():
        if kind != "twin":
            yield Disturbance(at - BEFORE, NEVER)
