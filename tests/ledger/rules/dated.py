"""Dates that are ahead of everybody's: allowed where the clock of a process of that room was, by as much, just then."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from tests.ledger.rules.finding import Finding
from tests.ledger.rules.history import History

SLACK = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Jump:
    """How far ahead the clock of one of a room's processes was, and from when to when by everybody's time."""

    ahead: timedelta
    begins: datetime
    ends: datetime

    def explains(self, dated: datetime) -> bool:
        """Whether that clock showed this at some moment."""
        return self.begins - SLACK <= dated - self.ahead <= self.ends + SLACK


def dated_ahead(history: History) -> Iterator[Finding]:
    """Everything announced with a date that had not come when it was seen."""
    jumps = _jumps(history)
    for event in history.events:
        if not event.clock:
            continue
        dated, seen = datetime.fromisoformat(event.recorded), datetime.fromisoformat(event.clock)
        room = event.source.removeprefix("/")
        if dated > seen + SLACK and not any(jump.explains(dated) for jump in jumps.get(room, ())):
            yield Finding("inverted", f"{event.name} was seen {dated - seen} before its date", event.subject, event.id)


def _jumps(history: History) -> Mapping[str, list[Jump]]:
    """The jumps of each room's clocks: one fault is over before the next begins."""
    jumped = [record for record in history.faults if record["fault"] == "jump"]
    began, ended = ([record for record in jumped if record["kind"] == kind] for kind in ("fault", "fault_over"))
    jumps: dict[str, list[Jump]] = {}
    for first, last in zip(began, ended, strict=False):
        begins, ends = (datetime.fromisoformat(record["domain"]) for record in (first, last))
        room = first["target"].partition("-")[0]
        jumps.setdefault(room, []).append(Jump(timedelta(hours=first["hours"]), begins, ends))
    return jumps
