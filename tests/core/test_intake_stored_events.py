"""Rows that intake once wrote are read for ever: each stored event, as text, against the value it must still mean."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from intake.case import Closed, Noted, Opened
from intake.progress import Fact, What
from intake.report import Accepted, Received, ScreenedOut
from intake.streams import CASE, REPORT
from services.contracts.codes import CaseOutcome, RiskBand, ScreenedOutReason
from services.storage.decider import Decider, shape
from tests.core.intake_stories import CASE as CASE_REF
from tests.core.intake_stories import CENTRE, MONDAY, SCHOOL, WORKER, assessment, concerns, episode

REPORTED = """{"unit": "RS-BIL", "channel": "integration", "reporter_kind": "school",
 "reporter_institution": "RS-BIL.school", "anonymous": false, "concerns": ["neglect", "not_in_school"],
 "immediate_danger": false, "occurred_at": "2026-02-27T09:00:00Z"}"""
ASSESSMENT = """{"instrument": "intake_risk/1", "answers": [{"item": "food", "option": "sometimes"}], "score": 7,
 "scored": "medium", "risk": "high"}"""

GOLDEN: list[tuple[Decider[Any, Any, Any], str, str, object]] = [
    (
        REPORT,
        "ReportReceived.v1",
        f'{{"reported": {REPORTED}, "received_at": "2026-03-02T09:00:00Z", "received_by": "client@RS-BIL.school"}}',
        Received(concerns(), MONDAY, "client@" + SCHOOL),
    ),
    (
        REPORT,
        "ReportAccepted.v1",
        f"""{{"assessment": {ASSESSMENT}, "needs": ["counselling"], "case": "C-22222-22222-2",
         "institution": "RS-BIL.csw", "screened_at": "2026-03-02T09:00:00Z", "screened_by": "caseworker@RS-BIL"}}""",
        Accepted(assessment(RiskBand.HIGH), ("counselling",), CASE_REF, CENTRE, MONDAY, WORKER),
    ),
    (
        REPORT,
        "ReportScreenedOut.v1",
        f"""{{"assessment": {ASSESSMENT}, "reason": "unfounded", "screened_at": "2026-03-02T09:00:00Z",
         "screened_by": "caseworker@RS-BIL"}}""",
        ScreenedOut(assessment(RiskBand.HIGH), ScreenedOutReason.UNFOUNDED, MONDAY, WORKER),
    ),
    (
        CASE,
        "CaseOpened.v1",
        """{"episode": {"unit": "RS-BIL", "institution": "RS-BIL.csw", "report": "R-33333-33333-3", "risk": "medium",
         "needs": ["counselling", "school_transport"], "pseudonym": "Y-44444-44444-4", "age_band": "7_14",
         "sex": "female"}, "opened_at": "2026-03-02T09:00:00Z", "opened_by": "caseworker@RS-BIL"}""",
        Opened(episode(), MONDAY, WORKER),
    ),
    (
        CASE,
        "CaseFactNoted.v1",
        """{"fact": {"what": "escalated", "at": "2026-03-09T09:00:00Z", "referral": "F-3", "need": null,
         "receiver": null, "attempt": null, "step": 2, "code": "BIH"}}""",
        Noted(Fact(What.ESCALATED, MONDAY + timedelta(days=7), "F-3", step=2, code="BIH")),
    ),
    (
        CASE,
        "CaseClosed.v1",
        '{"outcome": "came_of_age", "closed_at": "2026-03-02T09:00:00Z", "closed_by": "caseworker@RS-BIL"}',
        Closed(CaseOutcome.CAME_OF_AGE, MONDAY, WORKER),
    ),
]


@pytest.mark.parametrize(("decider", "name", "stored", "event"), GOLDEN, ids=[row[1] for row in GOLDEN])
def test_a_stored_event_still_means_what_it_meant(
    decider: Decider[Any, Any, Any], name: str, stored: str, event: object
) -> None:
    assert decider.restore(name, stored) == event
    assert decider.stored_name(event) == name
    assert shape(type(event)).dump_python(event, mode="json") == json.loads(stored)


def test_every_stored_event_has_a_golden_row() -> None:
    assert {row[1] for row in GOLDEN} == {*REPORT.events, *CASE.events}


def test_a_fact_heard_again_after_its_row_was_read_back_is_the_same_fact() -> None:
    fact = Fact(What.SENT, datetime(2026, 3, 2, 9, 0, 0, 123456, tzinfo=UTC), "F-1", need="counselling", attempt=1)
    again = replace(fact, at=datetime.fromisoformat("2026-03-02T10:00:00.123456+01:00"))
    restored = CASE.restore("CaseFactNoted.v1", shape(Noted).dump_json(Noted(fact)).decode())
    assert restored == Noted(again)
    assert len({fact, again}) == 1
