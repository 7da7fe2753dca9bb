"""Drives the alerts of one case with whatever is heard, late, again and in any order, and says what must hold.

Rows, appointments and endings are kept as the room's worker keeps them; what is done about them is the core's own.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from notifications.alert import Alert, AlertChange, AlertState, Cause, Ending, Raised, Said, acknowledge, resolve
from notifications.announcements import fact
from notifications.audience import ListedDesk
from notifications.escalation import first_look, look_again
from notifications.reactions import react
from services.contracts.catalog import Announcement
from services.contracts.codes import DeskPurpose, InstitutionKind
from services.contracts.envelope import Envelope
from tests.core.alert_stories import (
    MONDAY,
    SCHOOL,
    TO_SCHOOL,
    UNIT,
    accepted,
    case_closed,
    case_opened,
    climb_of,
    completed,
    declined,
    escalated,
    fell_silent,
    in_order,
    need_unserved,
    report_received,
    report_screened,
    sent,
    withdrawn,
)

HEARD = in_order(
    report_received(immediate_danger=True),
    report_screened(),
    case_opened(),
    need_unserved(),
    sent(),
    fell_silent(),
    escalated(1),
    escalated(2, "FBIH"),
    declined(),
    sent(TO_SCHOOL, SCHOOL, 2),
    fell_silent(TO_SCHOOL, SCHOOL),
    accepted(TO_SCHOOL, SCHOOL),
    completed(TO_SCHOOL, SCHOOL),
    withdrawn(TO_SCHOOL, SCHOOL),
    case_closed(),
)
"""More than one life of a case can hold, so that whatever is left out or comes too early is met."""

NORTH = ListedDesk(f"{UNIT}.csw_north/director", UNIT, InstitutionKind.CSW, DeskPurpose.DIRECTOR)
ACCOUNTS = ("caseworker@invented", "director@invented")

hours = st.one_of(st.integers(0, 6), st.integers(0, 400))


class AlertMachine(RuleBasedStateMachine):
    """The alerts of one case between what is announced, the watchdog, and whoever takes note."""

    steps: ClassVar[int] = 0

    def __init__(self) -> None:
        super().__init__()
        type(self).steps -= 1  # the first count is taken before anything happened
        self.now = MONDAY
        self.alerts: dict[str, Alert] = {}
        self.looks: dict[str, datetime] = {}
        self.over: dict[tuple[str, str], Said | None] = {}
        self.said: list[str] = []
        self.listed: tuple[ListedDesk, ...] = ()
        self.ended: dict[str, Alert] = {}

    @rule(hours=hours)
    def time_passes(self, hours: int) -> None:
        """Nothing is heard for a while."""
        self.now += timedelta(hours=hours)

    @rule(heard=st.sampled_from(HEARD), covered=st.booleans())
    def something_is_heard(self, heard: tuple[Announcement, Envelope], covered: bool) -> None:
        """An announcement comes, in its turn or not, for the first time or not; and at once a second time."""
        self._hear(heard, covered)
        self._adds_nothing(lambda: self._hear(heard, covered))

    @rule(data=st.data(), account=st.sampled_from(ACCOUNTS), late=hours)
    def somebody_takes_note(self, data: st.DataObject, account: str, late: int) -> None:
        """A desk acknowledges, perhaps long ago and only now heard; whoever was first stays."""
        if self.alerts:
            ref, at = data.draw(st.sampled_from(sorted(self.alerts))), self.now - timedelta(hours=late)
            self._note(ref, account, at)
            self._adds_nothing(lambda: self._note(ref, ACCOUNTS[0], at))

    @rule(covered=st.booleans(), every=st.integers(1, 60), times=st.integers(1, 6))
    def the_watchdog_looks(self, covered: bool, every: int, times: int) -> None:
        """Every appointment that has come is kept, some times one after another."""
        for _ in range(times):
            self.now += timedelta(hours=every)
            for ref in sorted(ref for ref, when in self.looks.items() if when <= self.now):
                self._look(ref, covered)

    @rule(data=st.data())
    def a_look_comes_again(self, data: st.DataObject) -> None:
        """An alert is looked at before its time: by a watchdog that looked already, or by a clock that is behind."""
        if early := sorted(ref for ref, when in self.looks.items() if when > self.now):
            ref = data.draw(st.sampled_from(early))
            before = (dict(self.alerts), list(self.said))
            self._look(ref, covered=True)
            assert (self.alerts, self.said) == before

    @rule(listed=st.sampled_from([(), (NORTH,)]))
    def the_directory_changes(self, listed: tuple[ListedDesk, ...]) -> None:
        """Another institution answers for the unit."""
        self.listed = listed

    @invariant()
    def counted(self) -> None:
        """One step more was taken."""
        type(self).steps += 1

    @invariant()
    def whatever_waits_for_somebody_will_be_looked_at(self) -> None:
        """An alert that must be acknowledged and is not has a date, and nothing else has."""
        for ref, alert in self.alerts.items():
            waits = alert.state is AlertState.RAISED and alert.acknowledge_by is not None
            assert (ref in self.looks) == waits, alert

    @invariant()
    def nothing_is_told_twice(self) -> None:
        """Each change is announced once, and each cause stands once on a desk."""
        assert len(set(self.said)) == len(self.said), self.said
        places = [(each.cause.event, each.step, each.desk) for each in self.alerts.values()]
        assert len(set(places)) == len(places)

    @invariant()
    def nothing_moves_after_the_end(self) -> None:
        """An alert whose cause ended stays as it was, and what is over is on no desk."""
        for ref, alert in self.alerts.items():
            if alert.state is AlertState.RESOLVED:
                assert self.ended.setdefault(ref, alert) == alert
            else:
                assert ref not in self.ended
                assert not self._is_over(alert.cause)

    def _adds_nothing(self, again: Callable[[], None]) -> None:
        before = (dict(self.alerts), dict(self.looks), list(self.said))
        again()
        assert (self.alerts, self.looks, self.said) == before

    def _is_over(self, cause: Cause) -> bool:
        place = (cause.matter, cause.code)
        return place in self.over and Ending(cause.matter, (cause.code,), self.over[place]).ends(cause.said)

    def _hear(self, heard: tuple[Announcement, Envelope], covered: bool) -> None:
        for each in react(*heard):
            match each:
                case Ending():
                    self._take_down(each)
                case Cause():
                    self._put_up(each, covered)

    def _take_down(self, ending: Ending) -> None:
        for code in ending.codes:
            place = (ending.matter, code)
            known = self.over.get(place, ending.before)
            self.over[place] = max(known, ending.before) if known and ending.before else None
        for alert in list(self.alerts.values()):
            ended = alert.cause.matter == ending.matter and alert.cause.code in ending.codes
            if ended and ending.ends(alert.cause.said) and (resolved := resolve(alert, self.now)):
                self._record(resolved)

    def _put_up(self, cause: Cause, covered: bool) -> None:
        climb = climb_of(cause)
        for desk in climb.rungs[0].desks:
            alert = climb.alert(cause, desk, 1, self.now)
            if self._is_over(cause):
                over = replace(alert, state=AlertState.RESOLVED, resolved_at=self.now)
                self.alerts.setdefault(alert.ref, over)
            elif self._record(Raised(alert)):
                self._appoint(alert.ref, first_look(alert, climb, covered))

    def _look(self, ref: str, covered: bool) -> None:
        """Keep an appointment: it is taken away before anything is done about it."""
        self.looks.pop(ref, None)
        alert = self.alerts[ref]
        climb = climb_of(alert.cause, self.listed)
        ladder = [each for each in self.alerts.values() if each.cause == alert.cause]
        look = look_again(alert, ladder, climb, covered, self.now)
        assert look.next_look is None or look.next_look > self.now, "one moment brings two steps"
        self._appoint(ref, look.next_look)
        for change in look.changes:
            if self._record(change) and isinstance(change, Raised):
                self._appoint(change.alert.ref, first_look(change.alert, climb, covered))

    def _note(self, ref: str, account: str, at: datetime) -> None:
        if change := acknowledge(self.alerts[ref], account, at):
            self._record(change)

    def _record(self, change: AlertChange) -> bool:
        alert = change.alert
        if isinstance(change, Raised) and alert.ref in self.alerts:
            return False
        self.alerts[alert.ref] = alert
        if alert.state is not AlertState.RAISED:
            self.looks.pop(alert.ref, None)
        self.said.append(fact(change))
        return True

    def _appoint(self, ref: str, when: datetime | None) -> None:
        if when:
            self.looks[ref] = when
