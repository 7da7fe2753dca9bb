"""Every alert names who hears it and, unless it is for information, always has a dated next step."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from notifications.catalogue import AlertRule, Audience, Place, Step, WorkingDays, wait_ends
from notifications.catalogue_files import alert_faults, load_alert_catalogue
from services.contracts.codes import DeskPurpose, InstitutionKind, RiskBand, Severity
from services.contracts.failures import Malformed
from services.contracts.names import LANGUAGES
from services.contracts.policy import load_calendars

FOLDER = Path(__file__).parents[2] / "deploy"
CATALOGUE = load_alert_catalogue(FOLDER)
CALENDAR = load_calendars(FOLDER)["fbih"]
FRIDAY_NIGHT = datetime(2026, 11, 20, 21, 0, tzinfo=UTC)
JOURNEY = (
    "REPORT_RECEIVED",
    "REPORT_OF_DANGER",
    "CHILD_IMMEDIATE_DANGER",
    "REFERRAL_SENT",
    "REFERRAL_ACCEPTED",
    "REFERRAL_DECLINED",
    "REFERRAL_COMPLETED",
    "REFERRAL_FELL_SILENT",
    "REFERRAL_ESCALATED",
    "NEED_UNSERVED",
    "SURGE",
)


def desks(audience: tuple[Audience, ...]) -> list[tuple[Place, DeskPurpose]]:
    return [(each.place, each.desk) for each in audience]


def test_the_journey_has_its_alerts_and_the_rest_of_the_catalogue_is_kept() -> None:
    assert len(CATALOGUE.alerts) == 42
    assert {CATALOGUE.rule(code).code for code in JOURNEY} == set(JOURNEY)
    with pytest.raises(Malformed, match="no alert is called 'HOROSCOPE'"):
        CATALOGUE.rule("HOROSCOPE")


@pytest.mark.parametrize("code", JOURNEY)
def test_every_reason_is_a_sentence_in_every_language_without_a_gap_for_a_name(code: str) -> None:
    reason = CATALOGUE.reasons[code]
    for language in LANGUAGES:
        assert reason.spoken(language).endswith(".")
        assert not set(reason.spoken(language)) & set("{}%<>")


def test_a_silent_referral_is_heard_by_both_sides_and_then_by_the_coordinating_unit() -> None:
    rule = CATALOGUE.rule("REFERRAL_FELL_SILENT")
    assert desks(rule.audience(1)) == [("sender", "caseload"), ("receiver", "referrals")]
    assert desks(rule.audience(2)) == [("coordinating", "coordination")]
    assert desks(rule.audience(99)) == desks(rule.audience(2))
    assert rule.wait_after(1) == WorkingDays(2)
    assert rule.wait_after(2) == rule.wait_after(99) == rule.repeat_top_after == WorkingDays(2)


def test_a_child_in_danger_does_not_wait_for_monday() -> None:
    rule = CATALOGUE.rule("CHILD_IMMEDIATE_DANGER")
    heard = [FRIDAY_NIGHT]
    for step in (1, 2, 3):
        wait = rule.wait_after(step)
        assert wait is not None
        heard.append(wait_ends(wait, heard[-1], CALENDAR))
    assert [moment - FRIDAY_NIGHT for moment in heard[1:]] == [
        timedelta(minutes=30),
        timedelta(hours=2),
        timedelta(hours=4),
    ]
    assert [desks(rule.audience(step))[0] for step in (1, 2, 3)] == [
        ("unit", "duty"),
        ("unit", "director"),
        ("coordinating", "coordination"),
    ]


def test_what_counts_working_days_waits_for_offices_to_open() -> None:
    wait = CATALOGUE.rule("REFERRAL_FELL_SILENT").acknowledge_within
    assert wait is not None
    assert wait_ends(wait, FRIDAY_NIGHT, CALENDAR) == datetime(2026, 11, 23, 15, 0, tzinfo=UTC)


def test_risk_and_nearness_make_an_alert_louder_and_never_softer() -> None:
    declined = CATALOGUE.rule("REFERRAL_DECLINED")
    assert [declined.severity_for(band) for band in (None, *RiskBand)] == ["medium", "medium", "medium", "high", "high"]
    sent = CATALOGUE.rule("REFERRAL_SENT")
    assert [sent.severity_for(band) for band in RiskBand] == ["medium", "medium", "high", "critical"]
    placement = CATALOGUE.rule("PLACEMENT_NO_CONSENT_60D")
    assert [placement.severity_for(day=day) for day in placement.days] == ["high", "high", "critical"]


def test_good_news_asks_nobody_to_acknowledge_it() -> None:
    for code in ("REFERRAL_ACCEPTED", "REFERRAL_COMPLETED"):
        rule = CATALOGUE.rule(code)
        assert rule.for_information
        assert rule.severity == Severity.INFO
        assert rule.wait_after(1) is None


def test_every_other_alert_always_has_a_next_step() -> None:
    for rule in CATALOGUE:
        waits = [rule.wait_after(step) for step in range(1, rule.top + 3)]
        assert all((wait is None) == rule.for_information for wait in waits), rule.code


def test_nobody_is_passed_over_before_the_time_to_acknowledge_is_over() -> None:
    for rule in CATALOGUE:
        if rule.acknowledge_within is not None:
            asked, passed_over = rule.acknowledge_within, rule.wait_after(1)
            assert passed_over is not None
            # From Monday noon, so that clock hours and working days can be compared.
            monday = datetime(2026, 11, 16, 11, 0, tzinfo=UTC)
            assert wait_ends(asked, monday, CALENDAR) <= wait_ends(passed_over, monday, CALENDAR), rule.code


def test_a_critical_alert_runs_day_and_night() -> None:
    for rule in CATALOGUE:
        if rule.severity is Severity.CRITICAL:
            waits = [rule.acknowledge_within, *(rule.wait_after(step) for step in range(1, rule.top + 1))]
            assert all(isinstance(wait, timedelta) for wait in waits), rule.code


def test_a_step_up_never_tells_exactly_those_who_have_just_been_told_by_the_same_role() -> None:
    for rule in CATALOGUE:
        for below, above in pairwise(rule.audience(step) for step in range(1, rule.top + 1)):
            assert below != above, rule.code


SOUND = CATALOGUE.rule("REFERRAL_FELL_SILENT")
NOBODY_NAMED = Audience(Place.UNIT, DeskPurpose.REFERRALS, "anybody")
WRONG_DESK = Audience(Place.RECEIVER, DeskPurpose.DIRECTOR, "receiver's director")
NAMED_TWICE = Audience(Place.SENDER, DeskPurpose.CASELOAD, "sender", InstitutionKind.CSW)


@pytest.mark.parametrize(
    ("rule", "sentence"),
    [
        (replace(SOUND, repeat_top_after=None), ".repeat_top_after: nothing comes after the top step; say after which"),
        (
            replace(SOUND, acknowledge_within=None),
            ": it climbs although nobody has to acknowledge it; add acknowledge_",
        ),
        (replace(SOUND, first=()), ".first: nobody hears it; name at least one audience"),
        (replace(SOUND, steps=(Step((), WorkingDays(1)),)), ".steps[1].to: nobody hears it; name at least one"),
        (replace(SOUND, steps=(Step(SOUND.first, WorkingDays(0)),)), "0 working days is out of range; write 1 or more"),
        (replace(SOUND, repeat_top_after=timedelta(seconds=1)), "nobody can act in so short a time; write a minute"),
        (replace(SOUND, first=(NOBODY_NAMED,)), ".first: a unit has many institutions; say of which kind"),
        (replace(SOUND, first=(WRONG_DESK,)), ".first: there is no desk for director there; write referrals"),
        (replace(SOUND, first=(NAMED_TWICE,)), ".first: sender is one institution already; take the kind out"),
        (replace(SOUND, title=replace(SOUND.title, hr=" ")), ".title.hr: this is empty; write the name"),
    ],
)
def test_a_row_that_could_leave_an_alert_unheard_is_refused(rule: AlertRule, sentence: str) -> None:
    said = [str(fault) for fault in alert_faults("alerts/catalogue.toml", replace(CATALOGUE, alerts=(rule,)))]
    assert any(each.startswith("alerts/catalogue.toml, alerts[REFERRAL_FELL_SILENT]") for each in said)
    assert any(sentence in each for each in said)


def test_two_rows_of_one_code_are_refused() -> None:
    twice = replace(CATALOGUE, alerts=(SOUND, SOUND))
    assert [fault.row for fault in alert_faults("alerts/catalogue.toml", twice)] == ["alerts[REFERRAL_FELL_SILENT]"]
