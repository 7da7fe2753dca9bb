"""The checker's other rules: what is out of order, refused and yet there, open without a date, or without a cause."""

import pytest

from tests.ledger.altered import changed, event_of, first, row_of, rules_broken, without
from tests.ledger.checker import check
from tests.ledger.stories import CLINIC, LATER, NURSE, VALLEY, WORKER, Tale, whole_tale

WHOLE = whole_tale().end()


def test_numbers_that_fall_in_the_log_are_inverted() -> None:
    tale = Tale()
    case = tale.case(tale.report(), "therapy")
    tale.answers("accept", f"F-{case}-therapy-1")
    records = tale.end()
    sent, accepted = first(records, event_of("referral.sent")), first(records, event_of("referral.accepted"))
    swapped = changed(records, lambda record: record is sent, offset=accepted["offset"])
    swapped = changed(swapped, lambda record: record is accepted, offset=sent["offset"])
    assert rules_broken(swapped) == {"inverted"}


def test_a_key_on_two_partitions_is_inverted() -> None:
    assert "inverted" in rules_broken(changed(WHOLE, event_of("report.screened"), partition=5))


def test_an_answer_before_the_question_is_inverted() -> None:
    tale = Tale()
    case = tale.case(tale.report(), "therapy")
    tale.answers("start", f"F-{case}-therapy-1")
    assert rules_broken(tale.end()) == {"inverted"}


def test_a_reader_that_deals_with_a_key_out_of_order_is_inverted() -> None:
    rows = [r for r in WHOLE if row_of("notifications.witness", topic="spis.referral.referrals.v1")(r)]
    early, late = rows[0], next(row for row in rows[1:] if row["row"]["key"] == rows[0]["row"]["key"])
    records = changed(WHOLE, lambda r: r is early, row=early["row"] | {"n": late["row"]["n"]})
    records = changed(records, lambda r: r is late, row=late["row"] | {"n": early["row"]["n"]})
    assert rules_broken(records) == {"inverted"}


def test_frames_that_go_back_are_inverted() -> None:
    places = [place for place, r in enumerate(WHOLE) if r["kind"] == "frame" and r["account"] == WORKER]
    records = list(WHOLE)
    records[places[0]], records[places[1]] = records[places[1]], records[places[0]]
    assert rules_broken(records) == {"inverted"}


def test_a_reader_whose_position_goes_back_is_inverted() -> None:
    back = {"room": "analytics", "topic": "spis.intake.cases.v1", "partition": 2, "next_offset": 30, "to_offset": 25}
    assert rules_broken([*WHOLE, {"kind": "row", "table": "went_back", "row": back}]) == {"inverted"}


def test_an_effect_of_a_refused_request_is_found() -> None:
    tale = whole_tale()
    thread = tale.asks("accept", "F-1", outcome="fail")
    assert check(tale.end()).holds
    kept = {"correlation_id": thread, "stream": "referral/F-1", "version": 2, "type": "ReferralAccepted.v1"}
    row = {"kind": "row", "table": "referral.stream_events", "row": kept}
    assert rules_broken([*tale.records, row]) == {"refused_effects"}


def test_a_refused_request_that_is_announced_is_found() -> None:
    tale = Tale()
    thread = tale.asks("report", outcome="fail")
    tale.says("spis.intake.reports.v1", "report.received", "R-1", "R-1", thread, immediate_danger=False)
    assert {"refused_effects", "uncaused"} <= rules_broken(tale.end())


def test_a_bad_request_that_is_let_through_is_found() -> None:
    tale = whole_tale()
    tale.asks("accept", "F-C-1-therapy-1", bad=True)
    assert rules_broken(tale.end()) == {"refused_effects"}


def test_an_unknown_answer_allows_all_of_an_effect_or_none() -> None:
    tale = whole_tale()
    tale.asks("report", outcome="unknown")
    assert check(tale.end()).holds
    half = without(WHOLE, event_of("case.opened"))
    assert "lost" in rules_broken(
        [record | {"kind": "unknown"} if record["kind"] == "ok" else record for record in half]
    )


@pytest.mark.parametrize("kind", ["referral", "alert"])
def test_what_is_open_without_a_date_is_found(kind: str) -> None:
    assert rules_broken(without(WHOLE, row_of("deadlines", kind=kind))) == {"without_next_step"}


def test_a_date_that_passed_without_anybody_looking_is_found() -> None:
    row = first(WHOLE, row_of("deadlines"))
    overdue = changed(WHOLE, lambda r: r is row, row=row["row"] | {"due_at": "2026-03-01T12:00:00Z"})
    assert rules_broken(overdue) == {"without_next_step"}


@pytest.mark.parametrize("op", ["report", "screen", "send", "accept", "decline", "acknowledge"])
def test_an_event_that_nobody_asked_for_is_uncaused(op: str) -> None:
    asked = first(WHOLE, lambda record: record["kind"] == "invoke" and record["op"] == op)
    assert rules_broken(without(WHOLE, lambda r: r.get("intent") == asked["intent"])) == {"uncaused"}


def test_silence_before_its_date_and_steps_out_of_turn_are_uncaused() -> None:
    early = Tale()
    case = early.case(early.report(), "therapy")
    early.falls_silent(f"F-{case}-therapy-1")
    sent = first(early.records, event_of("referral.sent"))
    late = sent["data"] | {"answer_by": "2026-03-30T12:00:00Z"}
    assert "uncaused" in rules_broken(changed(early.end(), lambda r: r is sent, data=late))
    skipped = Tale()
    case = skipped.case(skipped.report(), "therapy")
    skipped.falls_silent(f"F-{case}-therapy-1")
    skipped.climbs(f"F-{case}-therapy-1", 2)
    assert rules_broken(skipped.end()) == {"uncaused"}


@pytest.mark.parametrize(
    ("count", "need", "broken"), [(2, None, set()), (3, None, {"uncaused"}), (1, "housing", {"uncaused"})]
)
def test_a_surge_of_more_than_was_announced_is_uncaused(count: int, need: str | None, broken: set[str]) -> None:
    tale = Tale()
    for report in (tale.report(), tale.report()):
        tale.case(report, "therapy")
    of = {"indicator": "cases", "need": need, "count": count, "usual": 0, "detected_at": LATER}
    hour = {"window_starts": "2026-03-05T14:45:00Z", "window_ends": "2026-03-05T15:45:00Z"}
    tale.says("spis.analytics.surges.v1", "surge.detected", "S-1", VALLEY, "surge-1", **of, **hour)
    assert rules_broken(tale.end()) == broken


@pytest.mark.parametrize("table", ["reports", "cases", "referrals"])
def test_a_row_that_was_never_announced_is_uncaused(table: str) -> None:
    row = {"ref": "X-1", "state": "accepted", "receiver": CLINIC}
    assert rules_broken([*WHOLE, {"kind": "row", "table": table, "row": row}]) == {"uncaused"}


def test_a_frame_that_is_not_kept_is_uncaused() -> None:
    frame = {"kind": "frame", "account": NURSE, "number": 9999, "data": {"alert": "A-999", "kind": "raised"}}
    assert rules_broken([*WHOLE, frame]) == {"uncaused"}
