"""The checker on what the harness itself did: copies, clocks that jumped, absences; it allows just that and no more."""

from typing import Any

import pytest

from tests.ledger.altered import changed, event_of, first, row_of, rules_broken
from tests.ledger.checker import check
from tests.ledger.stories import CENTRE, LATER, VALLEY, Record, Tale, whole_tale

WHOLE = whole_tale().end()
TOPIC = "spis.intake.reports.v1"
EVENT = first(WHOLE, event_of("report.received"))
EIGHT, NINE, TEN = (f"2026-03-02T{hour:02}:00:00+00:00" for hour in (8, 9, 10))


def fault(kind: str, at: str = EIGHT, until: str = NINE, **more: Any) -> list[Record]:
    of = {"fault": kind, "target": TOPIC, "hours": 0, "real": LATER, **more}
    return [{"kind": "fault", "domain": at, **of}, {"kind": "fault_over", "domain": until, **of}]


def copy(kind: str = "copy") -> Record:
    return {"kind": kind, "topic": TOPIC, "id": EVENT["id"], "how": "late"}


def again(number: int = 1) -> list[Record]:
    return [EVENT | {"offset": EVENT["offset"] + 100 * (place + 1)} for place in range(number)]


def test_a_copy_of_the_harness_is_no_finding_and_one_too_many_is() -> None:
    sent = [*fault("late"), copy(), copy("copied")]
    assert rules_broken([*WHOLE, *sent, *again()]) == set()
    assert rules_broken([*WHOLE, *sent, *again(2)]) == {"duplicated"}


def test_a_relay_that_was_killed_may_repeat_what_it_said() -> None:
    sent = [*fault("late"), *fault("kill", target="intake-worker"), copy(), copy("copied")]
    assert rules_broken([*WHOLE, *sent, *again(3)]) == set()


def test_a_copy_that_was_acknowledged_and_lies_nowhere_is_lost() -> None:
    assert rules_broken([*WHOLE, *fault("late"), copy(), copy("copied")]) == {"lost"}
    assert rules_broken([*WHOLE, *fault("late"), copy()]) == set()


def test_a_copy_that_had_an_effect_is_duplicated() -> None:
    heard = first(WHOLE, lambda r: r["kind"] == "row" and r["table"] == "analytics.witness")
    dealt = heard | {"row": heard["row"] | {"n": 9999}}
    sent = [*fault("repeat"), copy(), copy("copied")]
    assert rules_broken([*WHOLE, *sent, *again(), dealt]) == {"duplicated"}


@pytest.mark.parametrize(
    ("recorded", "target", "hours", "fine"),
    [
        ("2026-03-02T08:30:00Z", "", 0, True),
        ("2026-03-02T15:30:00Z", "", 0, False),
        ("2026-03-02T15:30:00Z", "intake-api", 7, True),
        ("2026-03-02T15:30:00Z", "referral-api", 7, False),
        ("2026-03-02T15:30:00Z", "intake-api", 1, False),
        ("2026-03-02T17:30:00Z", "intake-api", 7, False),
    ],
)
def test_a_date_is_ahead_only_by_what_a_clock_of_that_room_jumped_and_only_meanwhile(
    recorded: str, target: str, hours: int, fine: bool
) -> None:
    seen = changed(WHOLE, lambda r: r is EVENT, domain=NINE, recorded=recorded)
    jumped = fault("jump", target=target, hours=hours) if target else []
    assert ("inverted" not in rules_broken([*seen, *jumped])) == fine


def surge(tale: Tale, ref: str, starts: str, ends: str, **more: Any) -> None:
    of = {"indicator": "reports", "need": None, "count": 1, "window_starts": starts, "window_ends": ends, **more}
    tale.says("spis.analytics.surges.v1", "surge.detected", ref, VALLEY, ref, **of)


def test_a_surge_that_is_told_twice_is_duplicated_and_a_later_one_is_not() -> None:
    once = whole_tale()
    surge(once, "S-1", "2026-03-05T14:30:00Z", "2026-03-05T15:30:00Z")
    surge(once, "S-2", "2026-03-05T14:45:00Z", "2026-03-05T15:45:00Z", indicator="cases", need="therapy")
    assert rules_broken(once.end()) == set()
    surge(once, "S-3", "2026-03-05T14:45:00Z", "2026-03-05T15:45:00Z")
    assert rules_broken(once.end()) == {"duplicated"}


def raised(recorded: str, raised_at: str, late: bool) -> list[Record]:
    cause = first(WHOLE, event_of("report.received"))
    alert = first(WHOLE, lambda r: event_of("alert.raised")(r) and r["data"]["cause"] == cause["id"])
    records = changed(WHOLE, lambda r: r is cause, recorded=recorded)
    return changed(records, lambda r: r is alert, data=alert["data"] | {"late": late, "raised_at": raised_at})


def test_an_alert_says_that_it_is_late_when_it_is_and_only_then() -> None:
    noon, ten_past, three = (f"2026-03-02T{time}:00Z" for time in ("12:00", "12:10", "15:00"))
    assert rules_broken(raised(noon, three, late=True)) == set()
    assert rules_broken(raised(noon, ten_past, late=False)) == set()
    assert rules_broken(raised(noon, three, late=False)) == {"marked_wrongly"}
    assert rules_broken(raised(noon, ten_past, late=True)) == {"marked_wrongly"}


def test_a_desk_that_is_told_otherwise_of_a_late_alert_is_misled() -> None:
    records = raised("2026-03-02T12:00:00Z", "2026-03-02T15:00:00Z", late=True)
    frame = first(records, lambda r: r["kind"] == "frame" and r["data"]["alert"] == "A-1")
    said = changed(records, lambda r: r is frame, data=frame["data"] | {"late": False})
    assert rules_broken(said) == {"marked_wrongly"}


def test_an_alert_that_climbs_before_its_time_has_no_cause() -> None:
    tale = whole_tale()
    place = next(n for n, r in enumerate(tale.records) if event_of("alert.raised")(r))
    alert = tale.records[place]
    tale.records[place] = alert | {"data": alert["data"] | {"acknowledge_by": "2026-03-05T15:00:00Z"}}
    of = {name: alert["data"][name] for name in ("code", "desk", "cause", "step")}
    ref, topic = alert["subject"], "spis.notifications.alerts.v1"
    said = tale.says(topic, "alert.escalated", ref, f"{CENTRE}/caseload", "watch", **of)
    row = {"number": 0, "alert": ref, "kind": "escalated", "desk": "REGION.other/desk"}
    tale.records.append({"kind": "row", "table": "notifications.frames", "row": row})
    whole = tale.end()
    assert rules_broken(whole) == set()
    early = changed(whole, lambda r: r is said, recorded="2026-03-05T14:59:00Z")
    assert [finding.what for finding in check(early).findings] == ["nothing explains alert.escalated"]


def unheard(resolved_at: str | None, *, closed: bool) -> list[Record]:
    """A run with a refusal whose alert is a row and nothing else: neither announced nor put into the letterbox."""
    tale = whole_tale()
    case = tale.case(tale.report(), "therapy")
    tale.answers("decline", f"F-{case}-therapy-1")
    if closed:
        tale.closes(case)
    ref = tale.alerts[-1]
    whole = [r for r in tale.end() if r.get("subject") != ref and r.get("row", {}).get("alert") != ref]
    row = first(whole, row_of("alerts", ref=ref))
    times = {"raised_at": NINE, "resolved_at": resolved_at, "state": "resolved" if resolved_at else "raised"}
    return changed(whole, lambda r: r is row, row=row["row"] | times)


@pytest.mark.parametrize(
    ("resolved_at", "closed", "fine"),
    [(NINE, True, True), (NINE, False, False), (TEN, True, False), (None, True, False)],
)
def test_an_alert_that_was_over_before_it_was_heard_needs_no_announcement_and_any_other_does(
    resolved_at: str | None, closed: bool, fine: bool
) -> None:
    found = {finding.what for finding in check(unheard(resolved_at, closed=closed)).findings}
    assert ("an alert was raised and never announced" not in found) == fine
