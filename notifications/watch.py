"""What the worker does: puts alerts on desks, takes them off, and looks again at those nobody acknowledged.

Every change of an alert is its row, a frame in the letterbox and an announcement, in one transaction; it decides none.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from notifications.alert import (
    Acknowledged,
    AlertChange,
    AlertState,
    Cause,
    Ending,
    Escalated,
    Raised,
    Resolved,
    Said,
    resolve,
)
from notifications.announcements import announce, fact
from notifications.audience import ListedDesk, ladder_of, units_named
from notifications.catalogue import AlertCatalogue
from notifications.escalation import Climb, first_look, look_again
from notifications.frames import frame_of
from notifications.gauges import ALERT_CHANGES, ALERT_LATENCY_SECONDS
from notifications.reactions import of_own_walk, react
from notifications.views import added, alert_of, kept
from services.bus.heard import Heard
from services.contracts.codes import DeskPurpose, InstitutionKind
from services.contracts.policy import Policy
from services.storage.work import Work

ALERT = "alert"
"""The kind of appointment under which an alert is looked at again."""
LISTED, COVERED = "desks", "covered"


def bell_of(desk: str) -> str:
    """The bell of those who read the letterbox of a desk: nobody looks for what another desk was told."""
    return f"frames/{desk}"


@dataclass(frozen=True, slots=True)
class Watch:
    """Keeps the alerts of the house by its policy and its catalogue."""

    policy: Policy
    catalogue: AlertCatalogue

    async def hear(self, work: Work, heard: Heard) -> None:
        """Do what an announcement means: first what it ends, then what it begins."""
        for each in react(heard.announcement, heard.envelope):
            match each:
                case Ending():
                    await take_down(work, each)
                case Cause():
                    await self.put_up(work, each)

    async def put_up(self, work: Work, cause: Cause) -> None:
        """Put a cause on the desks that hear it first; one already over leaves resolved rows and tells nobody."""
        over = await _over(work, cause)
        climb = await self._climb(work, cause)
        for desk in climb.rungs[0].desks:
            alert = climb.alert(cause, desk, 1, work.stamp.now)
            if over:
                resolved = replace(alert, state=AlertState.RESOLVED, resolved_at=work.stamp.now)
                await work.fetch_row("add_alert", *added(resolved))
            elif await record(work, Raised(alert)):
                _appoint(work, alert.ref, first_look(alert, climb, await _covered(work, desk)))
                ALERT_LATENCY_SECONDS.labels(work.room).observe(
                    max(0.0, (alert.raised_at - cause.recorded_at).total_seconds())
                )

    async def own_walk(self, work: Work, walk: str) -> None:
        """Tell the desks that this room stopped an account."""
        for row in await work.fetch("walk", walk):
            await self.put_up(work, of_own_walk(walk, row["unit"], row["institution"], row["stopped_at"]))

    async def look(self, work: Work, ref: str) -> None:
        """Keep the appointment with an alert."""
        row = await work.fetch_row("alert_as_seen", ref)
        if row is None:
            return
        # Held in the order in which an ending holds them: what ended meanwhile must not climb.
        over = await _over(work, alert_of(row).cause)
        row = await work.fetch_row("hold_alert", ref)
        assert row is not None
        alert, now = alert_of(row), work.stamp.now
        if over:
            if resolved := resolve(alert, now):
                await record(work, resolved)
            return
        on_ladder = [alert_of(each) for each in await work.fetch("ladder_of_cause", alert.cause.event)]
        climb = await self._climb(work, alert.cause)
        look = look_again(alert, on_ladder, climb, await _covered(work, alert.desk), now)
        _appoint(work, ref, look.next_look)
        for change in look.changes:
            raised = await record(work, change)
            if raised and isinstance(change, Raised):
                covered = await _covered(work, change.alert.desk)
                _appoint(work, change.alert.ref, first_look(change.alert, climb, covered))

    async def _climb(self, work: Work, cause: Cause) -> Climb:
        rule = self.catalogue.rule(cause.code)
        listed = [desk for unit in units_named(cause) for desk in await _listed(work, unit)]
        return Climb(rule, ladder_of(rule, cause, self.policy.units, listed), self.policy.calendar_of(cause.unit))


async def record(work: Work, change: AlertChange) -> bool:
    """Write a change down, tell the desk and the house; False when the alert was there already."""
    match change:
        case Raised(alert):
            if await work.fetch_row("add_alert", *added(alert)) is None:
                return False
        case Escalated(alert):
            await work.fetch_row("keep_alert", *kept(alert))
        case Acknowledged(alert) | Resolved(alert):
            await work.fetch_row("keep_alert", *kept(alert))
            work.clear_deadline(ALERT, alert.ref)
    ALERT_CHANGES.labels(work.room, type(change).__name__.lower(), change.alert.severity.value).inc()
    work.last("insert_frames", frame_of(change))
    work.say(announce(change), fact=fact(change))
    work.ring(bell_of(change.alert.desk))
    return True


async def take_down(work: Work, ending: Ending) -> None:
    """Resolve what an ending ends, and remember it for causes that are heard after it."""
    before = (ending.before.incarnation, ending.before.sequence) if ending.before else (None, None)
    await work.fetch("end_matter", ending.matter, list(ending.codes), work.stamp.now, *before)
    for row in await work.fetch("open_alerts", ending.matter, list(ending.codes)):
        alert = alert_of(row)
        if ending.ends(alert.cause.said) and (resolved := resolve(alert, work.stamp.now)):
            await record(work, resolved)


async def _over(work: Work, cause: Cause) -> bool:
    row = await work.fetch_row("hold_matter", cause.matter, cause.code)
    if row is None or row["ended_at"] is None:
        return False
    before = None if row["before_sequence"] is None else Said(row["before_incarnation"], row["before_sequence"])
    return Ending(cause.matter, (cause.code,), before).ends(cause.said)


async def _listed(work: Work, unit: str) -> list[ListedDesk]:
    """The desks of a unit; the directory stands still while a work lasts, so each unit's are read once in it."""
    if (LISTED, unit) not in work.known:
        work.known[LISTED, unit] = [
            ListedDesk(row["code"], row["unit"], InstitutionKind(row["kind"]), DeskPurpose(row["purpose"]))
            for row in await work.fetch("desks_of_unit", unit)
        ]
    desks: list[ListedDesk] = work.known[LISTED, unit]
    return desks


async def _covered(work: Work, desk: str) -> bool:
    if (COVERED, desk) not in work.known:
        row = await work.fetch_row("desk_is_covered", desk)
        work.known[COVERED, desk] = row is not None and row["covered"]
    return bool(work.known[COVERED, desk])


def _appoint(work: Work, ref: str, when: datetime | None) -> None:
    if when:
        work.set_deadline(ALERT, ref, when)
