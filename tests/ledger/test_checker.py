"""The checker on what is missing or twice; and silent about a run in which every promise was kept."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.ledger.altered import changed, first, row_of, rules_broken, without
from tests.ledger.checker import RULES, check, summary
from tests.ledger.rules.history import history_of
from tests.ledger.stories import LATER, NURSE, Tale, whole_tale

WHOLE = whole_tale().end()
KILLED = [{"kind": kind, "fault": "kill", "target": "any", "real": LATER} for kind in ("fault", "fault_over")]
EVENTS = [place for place, record in enumerate(WHOLE) if record["kind"] == "event"]


def test_a_run_in_which_every_promise_was_kept_has_no_findings() -> None:
    verdict = check(WHOLE)
    assert verdict.holds, verdict.findings
    assert verdict.accepted == 5
    assert summary(WHOLE) == {"accepted": 5, "faults": 0, **dict.fromkeys(RULES, 0), "drain_s": 1.0, "seed": 1}


@pytest.mark.parametrize("place", EVENTS)
def test_any_event_that_is_on_no_topic_is_missed(place: int) -> None:
    assert "lost" in rules_broken([*WHOLE[:place], *WHOLE[place + 1 :]])


@pytest.mark.parametrize(
    "table",
    [
        *("reports", "cases", "referrals", "alerts", "shown_alerts"),
        *("notifications.frames", "analytics.facts", "intake.case_facts", "notifications.witness"),
    ],
)
def test_an_effect_that_never_came_is_lost(table: str) -> None:
    assert "lost" in rules_broken(without(WHOLE, row_of(table)))


@pytest.mark.parametrize(
    "code", ["REPORT_RECEIVED", "REPORT_OF_DANGER", "CHILD_IMMEDIATE_DANGER", "REFERRAL_SENT", "REFERRAL_DECLINED"]
)
def test_an_alert_that_outlives_what_it_was_about_is_lost(code: str) -> None:
    row = first(WHOLE, row_of("alerts", code=code, state="resolved"))
    still = changed(WHOLE, lambda r: r is row, row=row["row"] | {"state": "acknowledged"})
    assert "lost" in rules_broken(still)
    findings = [finding.what for finding in check(still).findings]
    assert any("off its desk" in what or "still alarms" in what for what in findings)


def test_a_referral_that_outlives_its_case_is_lost_and_one_taken_back_in_no_cases_name_has_no_cause() -> None:
    ended = row_of("referrals", state="withdrawn")
    alive = changed(WHOLE, ended, row=first(WHOLE, ended)["row"] | {"state": "under_way"})
    assert any("one of its referrals is live" in finding.what for finding in check(alive).findings)
    never = without(WHOLE, lambda record: record["kind"] == "event" and ".case.closed." in record["type"])
    assert any(finding.what == "nothing explains referral.withdrawn" for finding in check(never).findings)


def test_a_frame_that_a_stream_never_received_is_lost() -> None:
    number = first(WHOLE, lambda r: r["kind"] == "frame" and r["account"] == NURSE)["number"]
    records = without(WHOLE, lambda r: r["kind"] == "frame" and (r["account"], r["number"]) == (NURSE, number))
    assert rules_broken(records) == {"lost"}


def test_a_number_that_was_drawn_and_never_published_is_lost() -> None:
    counter = first(WHOLE, row_of("counters"))
    records = changed(WHOLE, row_of("counters"), row=counter["row"] | {"drawn": counter["row"]["drawn"] + 1})
    assert rules_broken(records) == {"lost"}


def test_a_house_that_never_came_to_rest_is_lost() -> None:
    assert rules_broken(whole_tale().end(drained=False)) == {"lost"}


def test_what_is_held_or_unpublished_at_the_end_is_lost() -> None:
    held = {"room": "intake", "event_id": "some-event", "record": "some/0/1", "reason": None}
    unpublished = {"room": "intake", "type": "some.type", "subject": "R-1", "topic": "some.topic"}
    for table, row in (("set_aside", held), ("unpublished", unpublished)):
        assert rules_broken([*WHOLE, {"kind": "row", "table": table, "row": row}]) == {"lost"}


def test_poison_that_every_reader_set_aside_is_no_finding_and_poison_that_vanished_is() -> None:
    record = "spis.intake.cases.v1/3/9"
    unreadable = {"kind": "unreadable", "topic": "spis.intake.cases.v1", "id": record, "says": "poison-1"}
    poisoned = [{"kind": "poison", "id": "poison-1"}, unreadable]
    aside = [
        {"kind": "row", "table": "set_aside", "row": {"room": room, "event_id": None, "record": record, "reason": "?"}}
        for room in ("referral", "notifications", "analytics")
    ]
    assert check([*WHOLE, *poisoned, *aside]).holds
    assert rules_broken([*WHOLE, *poisoned, *aside[1:]]) == {"lost"}
    assert "uncaused" in rules_broken([*WHOLE, poisoned[1], *aside])


def test_exact_repeats_after_a_kill_are_no_finding() -> None:
    again = [record | {"offset": record["offset"] + 1000} for record in WHOLE if record["kind"] == "event"]
    assert check([*WHOLE, *again, *KILLED]).holds


@given(st.lists(st.sampled_from(EVENTS), max_size=20), st.integers(min_value=1, max_value=5))
def test_repeats_after_a_kill_are_no_finding_anywhere_behind_the_first_copy(places: list[int], distance: int) -> None:
    again = [WHOLE[place] | {"offset": WHOLE[place]["offset"] + distance + 0.5} for place in places]
    assert check([*WHOLE, *again, *KILLED]).holds


@given(st.sampled_from(EVENTS))
def test_the_same_event_under_another_number_is_duplicated(place: int) -> None:
    event = WHOLE[place]
    again = event | {"sequence": event["sequence"] + 50, "offset": event["offset"] + 1000}
    assert "duplicated" in rules_broken([*WHOLE, again])


@given(st.sampled_from(EVENTS))
def test_another_event_under_the_same_number_is_duplicated(place: int) -> None:
    event = WHOLE[place]
    assert "duplicated" in rules_broken([*WHOLE, event | {"id": "other", "offset": event["offset"] + 1000}])


def test_two_answers_to_one_key_are_duplicated() -> None:
    answer = first(WHOLE, lambda record: record["kind"] == "ok")
    assert rules_broken([*WHOLE, answer | {"digest": "other"}]) == {"duplicated"}


def test_two_reports_of_one_request_are_duplicated() -> None:
    tale = whole_tale()
    thread = tale.asks("report", ref="R-8")
    for ref in ("R-8", "R-9"):
        tale.says("spis.intake.reports.v1", "report.received", ref, ref, thread, immediate_danger=False)
    findings = check(tale.end()).findings
    assert any(finding.rule == "duplicated" and "several reports" in finding.what for finding in findings)


def test_two_live_referrals_of_one_need_are_duplicated() -> None:
    tale = Tale()
    case = tale.case(tale.report(), "therapy")
    tale.again(case, "therapy")
    assert rules_broken(tale.end()) == {"duplicated"}


def test_dealing_with_an_event_twice_is_duplicated() -> None:
    row = first(WHOLE, row_of("analytics.witness"))
    assert rules_broken([*WHOLE, row | {"row": row["row"] | {"n": 9999}}]) == {"duplicated"}


def test_a_second_alert_for_one_cause_step_and_desk_is_duplicated() -> None:
    row = first(WHOLE, row_of("alerts"))
    assert "duplicated" in rules_broken([*WHOLE, row | {"row": row["row"] | {"ref": "A-999"}}])


def test_a_frame_that_a_stream_received_twice_is_duplicated() -> None:
    frames = [record for record in WHOLE if record["kind"] == "frame" and record["account"] == NURSE]
    assert rules_broken([*WHOLE, frames[-1]]) == {"duplicated"}
    told_again = frames[0] | {"number": frames[-1]["number"] + 1}
    assert "duplicated" in rules_broken([*WHOLE, told_again])


def test_what_the_house_says_of_its_log_counts_only_until_its_rows_are_read() -> None:
    said = Tale().says("spis.intake.access_log.v1", "access_log.sealed", "intake.access_log", "intake", "sealed")
    row = {"kind": "row", "table": "analytics.facts", "row": {"event_id": "another"}}
    assert [event.id for event in history_of([said, row]).events] == [said["id"]]
    assert history_of([row, said]).events == ()
    heard = {"event_id": said["id"], "topic": said["topic"], "key": said["key"]}
    witness = {"kind": "row", "table": "referral.witness", "row": heard}
    assert history_of([said, row, witness]).table("referral.witness") == [heard]
    assert not history_of([row, said, witness]).table("referral.witness")
