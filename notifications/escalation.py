"""The ladder of an alert nobody acknowledges: when it is looked at again, and what happens then.

An alert that must be acknowledged always has a next look. It never stops the clock of what it is about: a referral
climbs by its own dates, whoever has taken note.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from notifications.alert import Alert, AlertChange, AlertState, Cause, Escalated, Raised, alert_for
from notifications.audience import Rung
from notifications.catalogue import AlertRule, wait_ends
from services.contracts.calendars import Calendar

UNCOVERED_GRACE = timedelta(minutes=10)
"""How long an alert lies on a desk that nobody covers before it climbs: time for the directory to arrive."""


@dataclass(frozen=True, slots=True)
class Climb:
    """What the escalation of one cause's alerts follows: its rule, its desks and the working days that count."""

    rule: AlertRule
    rungs: tuple[Rung, ...]
    calendar: Calendar

    def alert(self, cause: Cause, desk: str, step: int, now: datetime) -> Alert:
        """The alert on a desk of a step."""
        within = self.rule.acknowledge_within
        due = wait_ends(within, now, self.calendar) if within else None
        return alert_for(cause, desk, self.rule.severity_for(cause.risk), due, now, step)

    def due(self, alert: Alert) -> datetime | None:
        """When an alert climbs, or rings again once it has, if nobody acknowledges it; None when nobody has to."""
        if alert.acknowledge_by is None:
            return None
        if alert.rang_at:
            return wait_ends(self.rule.repeat_top_after or UNCOVERED_GRACE, alert.rang_at, self.calendar)
        wait = self.rungs[alert.step].after if alert.step < len(self.rungs) else self.rule.repeat_top_after
        return wait_ends(wait, alert.raised_at, self.calendar) if wait else alert.acknowledge_by


@dataclass(frozen=True, slots=True)
class Look:
    """What a look at an alert leads to, and when the next one is due."""

    changes: tuple[AlertChange, ...]
    next_look: datetime | None


def first_look(alert: Alert, climb: Climb, covered: bool) -> datetime | None:
    """When a new alert is looked at; one on a desk that nobody covers is looked at soon."""
    due = climb.due(alert)
    if due is None or covered:
        return due
    return min(due, alert.raised_at + UNCOVERED_GRACE)


def look_again(alert: Alert, on_ladder: Sequence[Alert], climb: Climb, covered: bool, now: datetime) -> Look:
    """Escalate an alert whose time has come: to the desks of the next step once, after that to its own desk again."""
    due = climb.due(alert)
    if alert.state is not AlertState.RAISED or due is None:
        return Look((), None)
    above = _still_to_climb(alert, on_ladder, climb)
    if now < due and (covered or not above):
        return Look((), due)
    if above:
        raised = [Raised(climb.alert(alert.cause, desk, alert.step + 1, now)) for desk in above]
        climbed = replace(alert, rang_at=now)
        told = [Escalated(climbed, at=now, to_desk=desk) for desk in above]
        return Look((*told, *raised), climb.due(climbed))
    again = replace(alert, repeats=alert.repeats + 1, rang_at=now)
    return Look((Escalated(again, at=now, to_desk=alert.desk),), climb.due(again))


def _still_to_climb(alert: Alert, on_ladder: Sequence[Alert], climb: Climb) -> tuple[str, ...]:
    if alert.step >= len(climb.rungs) or not _unheard(on_ladder):
        return ()
    reached = {each.desk for each in on_ladder if each.step == alert.step + 1}
    return tuple(desk for desk in climb.rungs[alert.step].desks if desk not in reached)


def _unheard(on_ladder: Sequence[Alert]) -> bool:
    """Whether a first desk has not taken note, and nobody above has either: then it climbs on."""
    first_waits = any(each.step == 1 and each.state is AlertState.RAISED for each in on_ladder)
    above_heard = any(each.step > 1 and each.state is AlertState.ACKNOWLEDGED for each in on_ladder)
    return first_waits and not above_heard
