"""Dates that are ahead of everybody's: allowed where the clock of a process of that room was, by as much, just then."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from tests.ledger.rules.finding import Finding
from tests.ledger.rules.history import CHECKPOINT, History, Row

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
        if not event.seen or event.type == CHECKPOINT:
            continue
        dated, seen = datetime.fromisoformat(event.recorded), datetime.fromisoformat(event.seen)
        room = event.source.removeprefix("/")
        if dated > seen + SLACK and not any(jump.explains(dated) for jump in jumps.get(room, ())):
            yield Finding("inverted", f"{event.name} was seen {dated - seen} before its date", event.subject, event.id)


def _jumps(history: History) -> Mapping[str, list[Jump]]:
    jumps: dict[str, list[Jump]] = {}
    for began, ended in _pairs(history.faults, history.over):
        begins, ends = (datetime.fromisoformat(record["domain"]) for record in (began, ended))
        room = began["target"].partition("-")[0]
        jumps.setdefault(room, []).append(Jump(timedelta(hours=began["hours"]), begins, ends))
    return jumps


def _pairs(began: Iterable[Row], ended: Iterable[Row]) -> Iterator[tuple[Row, Row]]:
    """Each jump with its end: one fault is over before the next begins."""
    first, last = ([record for record in records if record["fault"] == "jump"] for records in (began, ended))
    yield from zip(first, last, strict=False)
