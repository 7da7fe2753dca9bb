"""An alert that must be acknowledged always has a next step, and climbs by itself while nobody takes note."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifications.alert import Acknowledged, Alert, AlertState, Cause, Escalated, Raised, acknowledge
from notifications.audience import ListedDesk, ladder_of
from notifications.escalation import UNCOVERED_GRACE, Look, first_look, look_again
from services.contracts.codes import DeskPurpose, InstitutionKind
from tests.core.alert_stories import (
    CASELOAD,
    CATALOGUE,
    CLINIC_DESK,
    COORDINATION,
    DIRECTOR,
    DUTY,
    HOUR,
    MINISTRY,
    MONDAY,
    POLICY,
    UNIT,
    cause,
    climb_of,
    elsewhere,
    first_alerts,
)

TWO_YEARS = timedelta(days=730)


def desks(it: Cause, *listed: ListedDesk) -> list[tuple[str, ...]]:
    return [rung.desks for rung in climb_of(it, listed).rungs]


def test_an_unanswered_referral_is_heard_by_the_receiver_then_the_sender_then_the_coordinating_unit() -> None:
    assert desks(cause()) == [(CLINIC_DESK,), (CASELOAD,), (COORDINATION,)]


def test_danger_is_heard_by_duty_and_police_then_the_director_then_the_coordinating_unit() -> None:
    police = f"{UNIT}.police/referrals"
    assert desks(cause("CHILD_IMMEDIATE_DANGER")) == [(DUTY, police), (DIRECTOR,), (COORDINATION,)]


def test_what_the_directory_lists_is_believed_before_the_custom_of_naming() -> None:
    north, south = f"{UNIT}.csw_north/caseload", f"{UNIT}.csw_south/caseload"
    listed = [ListedDesk(code, UNIT, InstitutionKind.CSW, DeskPurpose.CASELOAD) for code in (south, north)]
    assert desks(cause("REPORT_RECEIVED"), *listed)[0] == (north, south)
    assert desks(cause("REPORT_RECEIVED"))[0] == (CASELOAD,)


def test_a_silent_referral_is_heard_where_it_climbed_to() -> None:
    assert desks(cause("REFERRAL_ESCALATED", to_unit="FBIH")) == [(MINISTRY,)]


@pytest.mark.parametrize(
    ("unit", "ladder"),
    [
        (UNIT, [("K10.authority/coordination",), ("FBIH.authority/coordination",)]),
        ("RS-BIL", [("RS.authority/coordination",)]),
        ("BD-BRC", [("BD.authority/coordination",)]),
    ],
)
def test_a_desk_that_is_coordinating_unit_and_entity_in_one_stands_on_the_ladder_once(
    unit: str, ladder: list[tuple[str, ...]]
) -> None:
    assert desks(elsewhere(cause("NEED_UNSERVED"), unit, f"{unit}.csw")) == ladder


def test_every_alert_of_the_catalogue_has_a_desk_in_every_unit_whoever_is_missing() -> None:
    for rule in CATALOGUE:
        for unit in POLICY.units:
            nobody = replace(cause(rule.code), unit=unit.code, sender=None, receiver=None, to_unit=None)
            assert ladder_of(rule, nobody, POLICY.units, ())[0].desks, (rule.code, unit.code)


def test_an_alert_nobody_acknowledges_climbs_once_its_time_has_come() -> None:
    [alert] = first_alerts(cause())
    climb = climb_of(alert.cause)
    due = first_look(alert, climb, covered=True)
    assert due is not None
    early = look_again(alert, [alert], climb, covered=True, now=due - HOUR)
    assert early == Look((), due)
    told, raised = look_again(alert, [alert], climb, covered=True, now=due).changes
    assert told == Escalated(replace(alert, rang_at=due), at=due, to_desk=CASELOAD)
    assert isinstance(raised, Raised)
    assert (raised.alert.desk, raised.alert.step, raised.alert.cause) == (CASELOAD, 2, alert.cause)


def test_having_climbed_it_still_rings_at_its_own_desk_and_does_not_climb_twice() -> None:
    [alert] = first_alerts(cause())
    climb = climb_of(alert.cause)
    above = climb.alert(alert.cause, CASELOAD, 2, MONDAY + 48 * HOUR)
    now = MONDAY + 200 * HOUR
    look = look_again(alert, [alert, above], climb, covered=True, now=now)
    assert look.changes == (Escalated(replace(alert, repeats=1, rang_at=now), at=now, to_desk=CLINIC_DESK),)
    assert look.next_look is not None


def test_a_look_that_comes_again_neither_climbs_nor_rings_and_keeps_the_date() -> None:
    [alert] = first_alerts(cause())
    climb = climb_of(alert.cause)
    ladder, now = [alert], MONDAY + 200 * HOUR
    for _ in ("it climbs", "it rings"):
        look = look_again(ladder[0], ladder, climb, covered=True, now=now)
        raised = [change.alert for change in look.changes if isinstance(change, Raised)]
        ladder = [look.changes[0].alert, *raised, *ladder[1:]]
        for again in (now, now - HOUR):
            assert look_again(ladder[0], ladder, climb, covered=True, now=again) == Look((), look.next_look)
        now += 400 * HOUR


def test_the_top_step_repeats_and_is_seen_each_time() -> None:
    climb = climb_of(cause())
    top = climb.alert(cause(), COORDINATION, 3, MONDAY)
    due = first_look(top, climb, covered=True)
    for repeats in range(1, 5):
        assert due is not None
        look = look_again(top, [top], climb, covered=True, now=due)
        [again] = look.changes
        assert isinstance(again, Escalated)
        assert (again.to_desk, again.alert.repeats) == (COORDINATION, repeats)
        top, due = again.alert, look.next_look


def test_once_the_first_desk_has_taken_note_its_ladder_climbs_no_further() -> None:
    [alert] = first_alerts(cause())
    climb = climb_of(alert.cause)
    above = climb.alert(alert.cause, CASELOAD, 2, MONDAY + 48 * HOUR)
    noted = acknowledge(alert, "provider@invented", MONDAY + 49 * HOUR)
    assert noted is not None
    look = look_again(above, [noted.alert, above], climb, covered=True, now=MONDAY + 1_000 * HOUR)
    [again] = look.changes
    assert isinstance(again, Escalated)
    assert again.to_desk == above.desk
    assert look.next_look is not None, "the desk above still has to take note of its own"


def test_once_somebody_above_has_taken_note_the_ladder_climbs_no_further() -> None:
    [alert] = first_alerts(cause())
    climb = climb_of(alert.cause)
    above = climb.alert(alert.cause, CASELOAD, 2, MONDAY + 48 * HOUR)
    noted = acknowledge(above, "caseworker@invented", MONDAY + 49 * HOUR)
    assert noted is not None
    look = look_again(alert, [alert, noted.alert], climb, covered=True, now=MONDAY + 1_000 * HOUR)
    assert all(isinstance(change, Escalated) and change.to_desk == CLINIC_DESK for change in look.changes)


def test_one_first_desk_taking_note_does_not_silence_the_other() -> None:
    sender, receiver = first_alerts(cause("REFERRAL_FELL_SILENT"))
    climb = climb_of(sender.cause)
    noted = acknowledge(sender, "caseworker@invented", MONDAY + HOUR)
    assert noted is not None
    look = look_again(receiver, [noted.alert, receiver], climb, covered=True, now=MONDAY + 1_000 * HOUR)
    assert [change.alert.desk for change in look.changes if isinstance(change, Raised)] == [COORDINATION]


def test_an_alert_on_a_desk_that_nobody_covers_climbs_soon() -> None:
    [alert] = first_alerts(cause())
    climb = climb_of(alert.cause)
    soon = first_look(alert, climb, covered=False)
    assert soon == MONDAY + UNCOVERED_GRACE
    assert any(isinstance(c, Raised) for c in look_again(alert, [alert], climb, covered=False, now=soon).changes)
    arrived = look_again(alert, [alert], climb, covered=True, now=soon)
    assert arrived == Look((), climb.due(alert)), "the directory came: the desk has its usual time"


def test_what_is_for_information_never_climbs() -> None:
    [alert] = first_alerts(cause("REFERRAL_COMPLETED"))
    climb = climb_of(alert.cause)
    assert first_look(alert, climb, covered=False) is None
    assert look_again(alert, [alert], climb, covered=False, now=MONDAY + TWO_YEARS) == Look((), None)


@given(st.data())
def test_whatever_is_acknowledged_and_however_the_clock_jumps_a_raised_alert_has_a_next_look(
    data: st.DataObject,
) -> None:
    rule = data.draw(st.sampled_from([rule for rule in CATALOGUE if not rule.for_information]))
    it = cause(rule.code, to_unit="K10")
    climb = climb_of(it)
    looks = {alert.ref: first_look(alert, climb, covered=True) for alert in first_alerts(it)}
    alerts: dict[str, Alert] = {alert.ref: alert for alert in first_alerts(it)}
    now = MONDAY
    for _ in range(data.draw(st.integers(1, 12))):
        now += timedelta(hours=data.draw(st.integers(1, 400)))
        for ref in sorted(ref for ref, due in looks.items() if due is not None and due <= now):
            look = look_again(alerts[ref], list(alerts.values()), climb, data.draw(st.booleans()), now)
            looks[ref] = look.next_look
            for change in look.changes:
                if not isinstance(change, Raised) or change.alert.ref not in alerts:
                    alerts[change.alert.ref] = change.alert
                    looks.setdefault(change.alert.ref, first_look(change.alert, climb, covered=True))
        noted = acknowledge(data.draw(st.sampled_from(sorted(alerts.values(), key=lambda a: a.ref))), "somebody", now)
        if isinstance(noted, Acknowledged) and data.draw(st.booleans()):
            alerts[noted.alert.ref], looks[noted.alert.ref] = noted.alert, None
        for ref, alert in alerts.items():
            due = looks[ref]
            assert (due is None) == (alert.state is not AlertState.RAISED)
            assert due is None or due > now
