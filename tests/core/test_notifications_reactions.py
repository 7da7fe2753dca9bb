"""What others announce puts alerts on the right desks, and its end takes them off."""

from collections.abc import Callable

import pytest

from notifications import reactions
from notifications.alert import Cause, Ending, Said
from notifications.reactions import ANSWER_OWED, HEARD, NEED_OPEN, of_own_walk, react
from services.contracts.analytics import SurgeDetected
from services.contracts.catalog import CATALOG, Announcement
from services.contracts.codes import LiveCount, RiskBand
from services.contracts.referral import AccountListed, InstitutionListed, ServiceStarted
from tests.core import alert_stories as story
from tests.core.alert_stories import CATALOGUE, MONDAY, climb_of, enveloped

SURGE = SurgeDetected(
    surge="S-1",
    unit=story.UNIT,
    indicator=LiveCount.REPORTS,
    need=None,
    count=12,
    usual=1,
    window_starts=MONDAY,
    window_ends=MONDAY,
    detected_at=MONDAY,
)


def begins(announcement: Announcement) -> dict[str, list[str]]:
    """The desks that hear an announcement first, by the code of the alert."""
    causes = [each for each in react(announcement, enveloped(announcement)) if isinstance(each, Cause)]
    return {each.code: [*climb_of(each).rungs[0].desks] for each in causes}


def ends(announcement: Announcement) -> list[Ending]:
    return [each for each in react(announcement, enveloped(announcement, 7)) if isinstance(each, Ending)]


@pytest.mark.parametrize(
    ("announcement", "desks"),
    [
        (story.report_received(), {"REPORT_RECEIVED": [story.CASELOAD]}),
        (story.report_received(immediate_danger=True), {"REPORT_OF_DANGER": [story.DUTY, story.CASELOAD]}),
        (story.report_screened(), {}),
        (story.case_opened(), {"CHILD_IMMEDIATE_DANGER": [story.DUTY, f"{story.UNIT}.police/referrals"]}),
        (story.case_opened(RiskBand.HIGH), {}),
        (story.case_closed(), {}),
        (story.sent(), {"REFERRAL_SENT": [story.CLINIC_DESK]}),
        (story.accepted(), {"REFERRAL_ACCEPTED": [story.CASELOAD]}),
        (story.declined(), {"REFERRAL_DECLINED": [story.CASELOAD]}),
        (story.completed(), {"REFERRAL_COMPLETED": [story.CASELOAD]}),
        (SURGE, {"SURGE": ["K10.authority/coordination", "FBIH.authority/coordination"]}),
        (story.withdrawn(), {}),
        (story.fell_silent(), {"REFERRAL_FELL_SILENT": [story.CASELOAD, story.CLINIC_DESK]}),
        (story.escalated(), {"REFERRAL_ESCALATED": [story.COORDINATION]}),
        (story.escalated(2, story.ENTITY), {"REFERRAL_ESCALATED": [story.MINISTRY]}),
        (story.need_unserved(), {"NEED_UNSERVED": [story.COORDINATION]}),
        (story.case_walk(), {"DATA_ACCESS_ANOMALY": [story.DIRECTOR, story.COORDINATION]}),
        (story.referral_walk(), {"DATA_ACCESS_ANOMALY": [story.DIRECTOR, story.COORDINATION]}),
    ],
    ids=lambda value: type(value).__name__ if not isinstance(value, dict) else "",
)
def test_the_right_desks_hear_of_it(announcement: Announcement, desks: dict[str, list[str]]) -> None:
    assert begins(announcement) == desks


def test_screening_ends_the_wait_of_a_report_for_ever() -> None:
    assert ends(story.report_screened()) == [Ending(f"report/{story.REPORT}", ("REPORT_RECEIVED", "REPORT_OF_DANGER"))]


@pytest.mark.parametrize("answer", [story.accepted, story.declined, story.withdrawn, story.completed])
def test_any_answer_ends_every_alert_about_the_missing_answer(answer: Callable[[], Announcement]) -> None:
    [ending] = ends(answer())
    assert ending.matter == f"referral/{story.TO_CLINIC}"
    assert set(ANSWER_OWED) <= set(ending.codes)
    assert ending.before is None, "a referral is answered once: nothing heard later owes an answer"


def test_asking_somebody_else_ends_what_was_open_about_the_need_before_and_nothing_after() -> None:
    [ending] = ends(story.sent(story.TO_SCHOOL, story.SCHOOL, attempt=2))
    assert ending == Ending(f"need/{story.CASE}/{story.NEED}", NEED_OPEN, before=Said(1, 7))


def test_the_end_of_a_case_ends_for_ever_what_was_about_it_and_its_needs() -> None:
    of_case, of_need = f"case/{story.CASE}", f"need/{story.CASE}/{story.NEED}"
    assert ends(story.case_closed()) == [Ending(of_case, ("CHILD_IMMEDIATE_DANGER",)), Ending(of_need, NEED_OPEN)]


def test_a_walk_that_notifications_stopped_itself_is_told_to_the_same_desks() -> None:
    own = of_own_walk("W-66666-66666-6", story.UNIT, story.SCHOOL, MONDAY)
    [heard] = [each for each in react(story.case_walk(), enveloped(story.case_walk())) if isinstance(each, Cause)]
    assert [rung.desks for rung in climb_of(own).rungs] == [rung.desks for rung in climb_of(heard).rungs]
    assert (own.code, own.matter, own.subject) == (heard.code, heard.matter, heard.subject)


def test_no_announcement_ends_what_it_begins() -> None:
    for make in (story.sent, story.accepted, story.declined, story.completed, story.fell_silent, story.escalated):
        said = list(react(make(), enveloped(make(), 7)))
        for ending in (each for each in said if isinstance(each, Ending)):
            for cause in (each for each in said if isinstance(each, Cause)):
                over = ending.matter == cause.matter and cause.code in ending.codes and ending.ends(cause.said)
                assert not over


def test_a_cause_carries_both_times_and_its_thread() -> None:
    [cause] = [
        each for each in react(story.fell_silent(), enveloped(story.fell_silent(), 3)) if isinstance(each, Cause)
    ]
    assert (cause.happened_at, cause.recorded_at, cause.said) == (MONDAY, MONDAY, Said(1, 3))
    assert (cause.subject, cause.case, cause.unit) == (story.TO_CLINIC, story.CASE, story.UNIT)


def test_everything_notifications_may_read_is_heard_or_known_to_mean_nothing_here() -> None:
    readable = {entry.event for entry in CATALOG if "notifications" in entry.readers}
    assert readable - set(HEARD) == {ServiceStarted, InstitutionListed, AccountListed}


def test_every_alert_it_knows_is_in_the_catalogue() -> None:
    codes = {value for name, value in vars(reactions).items() if name.isupper() and isinstance(value, str)}
    assert len(codes) == 12
    assert codes <= {rule.code for rule in CATALOGUE}
