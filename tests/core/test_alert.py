"""An alert is raised once for each cause, step and desk, and stays until somebody takes note or its cause ends."""

from dataclasses import replace
from datetime import timedelta

import pytest

from notifications.alert import LATE_AFTER, Alert, AlertState, Ending, Raised, Said, acknowledge, resolve
from notifications.announcements import announce, fact
from notifications.escalation import look_again
from notifications.frames import frame_of
from notifications.replies import line
from services.contracts.codes import RiskBand, Severity
from services.contracts.notifications import AlertAcknowledged, AlertEscalated, AlertRaised, AlertResolved
from tests.core.alert_stories import (
    CASE,
    CASELOAD,
    CENTRE,
    CLINIC,
    CLINIC_DESK,
    COORDINATION,
    DIRECTOR,
    HOUR,
    MONDAY,
    cause,
    climb_of,
    first_alerts,
)


def an_alert() -> Alert:
    [alert] = first_alerts(cause())
    return alert


def test_the_same_cause_on_the_same_desk_is_the_same_alert_whenever_it_is_heard() -> None:
    [now], [later] = first_alerts(cause()), first_alerts(cause(), MONDAY + HOUR)
    assert now.ref == later.ref
    assert now.desk == CLINIC_DESK


def test_each_cause_each_step_and_each_desk_has_an_alert_of_its_own() -> None:
    climb, it = climb_of(cause()), cause()
    other = replace(it, event="another")
    alerts = [climb.alert(c, desk, step, MONDAY) for c in (it, other) for desk in ("a/x", "b/x") for step in (1, 2)]
    assert len({alert.ref for alert in alerts}) == 8


@pytest.mark.parametrize(
    ("risk", "severity"),
    [(RiskBand.LOW, Severity.MEDIUM), (RiskBand.HIGH, Severity.HIGH), (RiskBand.CRITICAL, Severity.CRITICAL)],
)
def test_the_risk_makes_it_louder(risk: RiskBand, severity: Severity) -> None:
    [alert] = first_alerts(cause(risk=risk))
    assert alert.severity == severity


def test_what_is_heard_long_after_it_was_recorded_is_late_and_has_its_full_time_all_the_same() -> None:
    [prompt] = first_alerts(cause(), MONDAY + LATE_AFTER)
    [late] = first_alerts(cause(), MONDAY + LATE_AFTER + timedelta(seconds=1))
    assert (prompt.late, late.late) == (False, True)
    assert late.acknowledge_by == late.raised_at + 4 * HOUR
    assert late.cause.happened_at == MONDAY


def test_who_acknowledged_first_and_when_is_kept() -> None:
    first = acknowledge(an_alert(), "provider@one", MONDAY + HOUR)
    assert first is not None
    assert first.alert.state is AlertState.ACKNOWLEDGED
    assert (first.alert.acknowledged_by, first.alert.acknowledged_at) == ("provider@one", MONDAY + HOUR)
    assert acknowledge(first.alert, "provider@two", MONDAY + 2 * HOUR) is None


def test_an_acknowledgement_says_whether_it_came_in_time() -> None:
    alert = an_alert()
    assert alert.acknowledge_by == MONDAY + 4 * HOUR
    in_time, late = acknowledge(alert, "a", alert.acknowledge_by), acknowledge(alert, "a", MONDAY + 5 * HOUR)
    assert in_time is not None
    assert late is not None
    assert (in_time.in_time, late.in_time) == (True, False)


def test_what_is_for_information_may_be_acknowledged_at_any_time() -> None:
    [alert] = first_alerts(cause("REFERRAL_ACCEPTED"))
    noted = acknowledge(alert, "a", MONDAY + 1_000 * HOUR)
    assert alert.acknowledge_by is None
    assert noted is not None
    assert noted.in_time


@pytest.mark.parametrize("state", AlertState)
def test_the_end_of_the_cause_takes_an_alert_off_its_desk_once(state: AlertState) -> None:
    resolved = resolve(replace(an_alert(), state=state), MONDAY + HOUR)
    if state is AlertState.RESOLVED:
        assert resolved is None
        return
    assert resolved is not None
    assert (resolved.alert.state, resolved.alert.resolved_at) == (AlertState.RESOLVED, MONDAY + HOUR)
    assert resolve(resolved.alert, MONDAY + HOUR) is None
    assert acknowledge(resolved.alert, "a", MONDAY + HOUR) is None


def test_an_ending_for_ever_ends_all_and_one_with_a_place_only_what_was_said_before_it() -> None:
    always, here = Ending("m", ("C",)), Ending("m", ("C",), before=Said(2, 5))
    assert always.ends(Said(9, 9))
    assert [here.ends(said) for said in (Said(1, 9), Said(2, 4), Said(2, 5), Said(3, 1))] == [True, True, False, False]


def test_every_change_is_announced_with_its_own_id() -> None:
    alert = an_alert()
    climb = climb_of(alert.cause)
    noted, over = acknowledge(alert, "a", MONDAY), resolve(alert, MONDAY)
    assert noted is not None
    assert over is not None
    look = look_again(alert, [alert], climb, covered=True, now=MONDAY + 200 * HOUR)
    changes = [noted, over, *look.changes]
    assert [type(announce(change)) for change in changes] == [
        AlertAcknowledged,
        AlertResolved,
        AlertEscalated,
        AlertRaised,
    ]
    assert len({fact(change) for change in changes}) == len(changes)


def test_nobody_outside_learns_who_acknowledged() -> None:
    noted = acknowledge(an_alert(), "provider@invented", MONDAY)
    assert noted is not None
    assert "provider@invented" not in repr(announce(noted))


@pytest.mark.parametrize(
    ("desk", "shown"),
    [(CLINIC_DESK, None), (f"{CLINIC}/director", None), (CASELOAD, CASE), (DIRECTOR, CASE), (COORDINATION, CASE)],
)
@pytest.mark.parametrize("code", ["REFERRAL_SENT", "REFERRAL_FELL_SILENT", "REFERRAL_ESCALATED"])
def test_only_whoever_is_asked_is_not_told_which_case_it_is(code: str, desk: str, shown: str | None) -> None:
    it = cause(code, to_unit="K10")
    alert = climb_of(it).alert(it, desk, 1, MONDAY)
    assert line(alert, None).case == shown
    assert frame_of(Raised(alert))["payload"]["case"] == shown
    assert (CASE in repr(frame_of(Raised(alert)))) is (shown is not None)


def test_an_institution_that_asks_itself_knows_its_own_case() -> None:
    alert = replace(an_alert(), cause=replace(cause(), sender=CLINIC))
    assert alert.case_shown == CASE
    alert = replace(an_alert(), cause=replace(cause(), sender=CENTRE, receiver=None))
    assert alert.case_shown == CASE
