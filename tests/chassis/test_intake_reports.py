"""Reports at intake's own door, on a real database: taken in once, sealed, decided once."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from deploy.house import House
from tests.chassis.intake_door import ACCEPT, REPORT, SCHOOL, WORKER, IntakeDoor, open_intake
from tests.core.intake_stories import MONDAY

CANARY = "Kanarinka"
DISMISS = {"outcome": "screened_out", "answers": {"physical_harm": "none"}, "reason": "unfounded"}


@pytest.fixture(scope="module")
async def intake(house: House, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[IntakeDoor]:
    """Intake, open."""
    async with open_intake(house, tmp_path_factory.mktemp("intake")) as door:
        yield door


async def test_a_report_is_taken_in_once_however_often_it_is_sent(intake: IntakeDoor) -> None:
    first = await intake.post("/reports", REPORT, SCHOOL, key="one-report-once")
    again = await intake.post("/reports", REPORT, SCHOOL, key="one-report-once")
    assert first.status_code == 201, first.text
    assert (again.status_code, again.content) == (201, first.content)
    report = first.json()["report"]
    assert first.headers["location"] == again.headers["location"] == f"/intake/v1/reports/{report}"
    assert first.json() == {"report": report, "received_at": "2026-03-02T09:00:00Z", "unit": "RS-BIL"}
    said = [row for row in await intake.rows("outbox") if report in row]
    assert len(said) == 1


async def test_the_centre_reads_what_was_sealed_and_each_opening_is_written_down(intake: IntakeDoor) -> None:
    report = await intake.reported()
    seen = (await intake.get(f"/reports/{report}")).json()
    assert seen["child"] == REPORT["child"]
    assert seen["reporter"] == {"name": "Kanarinka-Prijavilac", "contact": "kanarinka-kontakt@example.org"}
    assert seen["narrative"] == REPORT["narrative"]
    assert (seen["state"], seen["reporter_institution"]) == ("waiting", "RS-BIL.school")
    noted = await intake.around.database.pool.fetch(
        "SELECT account, action FROM access_log WHERE subject = $1 ORDER BY action", report
    )
    assert [tuple(row) for row in noted] == [(WORKER, "open narrative"), (WORKER, "open reporter")]


async def test_a_report_on_paper_keeps_the_day_it_happened_and_the_day_it_was_typed_in(intake: IntakeDoor) -> None:
    answer = await intake.post("/reports", {**REPORT, "channel": "paper"}, WORKER)
    seen = (await intake.get(f"/reports/{answer.json()['report']}")).json()
    assert (seen["occurred_at"], seen["received_at"]) == ("2026-02-27T09:00:00Z", "2026-03-02T09:00:00Z")
    assert (seen["received_by"], seen["reporter_institution"]) == (WORKER, None)


async def test_of_a_reporter_who_wants_no_name_kept_none_is_kept(intake: IntakeDoor) -> None:
    report = await intake.reported(anonymous=True)
    seen = (await intake.get(f"/reports/{report}")).json()
    assert (seen["anonymous"], seen["reporter"]) == (True, None)
    kept = await intake.around.database.pool.fetch("SELECT section FROM vault WHERE subject = $1", report)
    assert [row["section"] for row in kept] == ["narrative"]


@pytest.mark.parametrize(
    ("account", "changes", "status", "code"),
    [
        (SCHOOL, {"unit": "RS-GAC"}, 403, "not_yours"),
        (WORKER, {"unit": "RS-GAC"}, 403, "not_yours"),
        ("provider@RS-BIL.school", {}, 403, "not_your_role"),
        ("coordinator@RS", {}, 403, "not_your_role"),
        ("nobody@RS-BIL", {}, 403, "account_unknown"),
        (SCHOOL, {"unit": "NO-SUCH-PLACE"}, 422, "unit_unknown"),
        (SCHOOL, {"occurred_at": (MONDAY + timedelta(minutes=6)).isoformat()}, 422, "occurred_at_absurd"),
        (SCHOOL, {"occurred_at": "1989-12-31T00:00:00Z"}, 422, "occurred_at_absurd"),
        (SCHOOL, {"child": {"birth_date": "2026-03-03"}}, 422, "birth_date_absurd"),
        (SCHOOL, {"reporter": None}, 422, "request_invalid"),
        (SCHOOL, {"surprise": CANARY}, 422, "request_invalid"),
        (SCHOOL, {"concerns": [CANARY]}, 422, "request_invalid"),
        (SCHOOL, {"narrative": "\u0000"}, 400, "body_unreadable"),
    ],
    ids=str,
)
async def test_bad_input_is_told_what_to_do_and_has_no_effect(
    intake: IntakeDoor, account: str, changes: dict[str, Any], status: int, code: str
) -> None:
    tables = ("stream_events", "outbox", "reports", "vault", "concerned", "idempotency")
    before = [len(await intake.rows(table)) for table in tables]
    answer = await intake.post("/reports", {**REPORT, **changes}, account)
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert CANARY not in answer.text
    assert [len(await intake.rows(table)) for table in tables] == before


@pytest.mark.parametrize("account", ["caseworker@RS-GAC", WORKER])
async def test_another_places_report_looks_like_none(intake: IntakeDoor, account: str) -> None:
    report = await intake.reported() if account != WORKER else "R-22222-22222-2"
    answers = [
        await intake.get(f"/reports/{report}", account),
        await intake.post(f"/reports/{report}/screen", DISMISS, account),
    ]
    assert {(answer.status_code, answer.json()["code"]) for answer in answers} == {(404, "record_unknown")}


async def test_screening_opens_a_case_in_the_same_transaction(intake: IntakeDoor) -> None:
    report = await intake.reported()
    answer = await intake.post(f"/reports/{report}/screen", ACCEPT)
    assert answer.status_code == 200, answer.text
    decided = answer.json()
    case = decided["case"]
    assert decided == {
        "report": report, "outcome": "accepted", "case": case, "risk": "high", "score": decided["score"],
        "overridden": False,
    }  # fmt: skip
    said = await intake.around.database.pool.fetch(
        "SELECT type, key, xmin::text AS written FROM outbox WHERE subject = ANY ($1::text[]) ORDER BY id",
        [report, case],
    )
    assert [(row["type"], row["key"]) for row in said] == [
        ("ba.spis.intake.report.received.v1", report),
        ("ba.spis.intake.report.screened.v1", report),
        ("ba.spis.intake.case.opened.v1", case),
    ]
    assert said[1]["written"] == said[2]["written"]
    listed = (await intake.get("/reports", state="accepted")).json()["items"]
    assert [line["case"] for line in listed if line["report"] == report] == [case]


async def test_the_same_decision_again_gets_the_same_case_and_another_is_refused(intake: IntakeDoor) -> None:
    report = await intake.reported()
    first = await intake.post(f"/reports/{report}/screen", ACCEPT)
    again = await intake.post(f"/reports/{report}/screen", ACCEPT, "colleague@RS-BIL")
    assert first.status_code == again.status_code == 200
    assert first.json() == again.json()
    other = await intake.post(f"/reports/{report}/screen", {**ACCEPT, "needs": ["counselling"]})
    assert (other.status_code, other.json()["code"]) == (409, "report_decided")
    dismissed = await intake.post(f"/reports/{report}/screen", DISMISS)
    assert (dismissed.status_code, dismissed.json()["code"]) == (409, "report_decided")
    assert len([row for row in await intake.rows("cases") if report in row]) == 1


async def test_two_workers_at_once_open_one_case(intake: IntakeDoor) -> None:
    report = await intake.reported()
    both = await asyncio.gather(
        *(intake.post(f"/reports/{report}/screen", ACCEPT, by) for by in (WORKER, "colleague@RS-BIL") * 3)
    )
    assert {answer.status_code for answer in both} <= {200, 503}
    assert len({answer.json()["case"] for answer in both if answer.status_code == 200}) == 1
    assert len([row for row in await intake.rows("cases") if report in row]) == 1


async def test_a_worker_may_see_it_differently_and_says_why_behind_the_seal(intake: IntakeDoor) -> None:
    report = await intake.reported()
    override = {"band": "critical", "reason": "Kanarinka-razlog: izmišljeno."}
    decided = (await intake.post(f"/reports/{report}/screen", {**ACCEPT, "override": override})).json()
    assert (decided["risk"], decided["overridden"]) == ("critical", True)
    seen = (await intake.get(f"/reports/{report}")).json()
    assert (seen["risk"], seen["scored"], seen["override_reason"]) == ("critical", "high", override["reason"])


async def test_a_report_that_becomes_no_case_keeps_its_reason(intake: IntakeDoor) -> None:
    report = await intake.reported()
    decided = (await intake.post(f"/reports/{report}/screen", DISMISS)).json()
    assert (decided["outcome"], decided["case"]) == ("screened_out", None)
    seen = (await intake.get(f"/reports/{report}", "director@RS-BIL")).json()
    assert (seen["state"], seen["reason"], seen["case"]) == ("screened_out", "unfounded", None)


@pytest.mark.parametrize(
    ("account", "changes", "status", "code"),
    [
        (WORKER, {"needs": ["sorcery"]}, 422, "need_unknown"),
        (WORKER, {"needs": []}, 422, "request_invalid"),
        (WORKER, {"answers": {"no_such_item": "none"}}, 400, "malformed"),
        (WORKER, {"answers": {"physical_harm": "no_such_option"}}, 400, "malformed"),
        (WORKER, {"outcome": "maybe"}, 422, "request_invalid"),
        (SCHOOL, {}, 403, "not_your_role"),
        ("director@RS-BIL", {}, 403, "not_your_role"),
    ],
    ids=str,
)
async def test_a_bad_screening_decides_nothing(
    intake: IntakeDoor, account: str, changes: dict[str, Any], status: int, code: str
) -> None:
    report = await intake.reported()
    answer = await intake.post(f"/reports/{report}/screen", {**ACCEPT, **changes}, account)
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert (await intake.get(f"/reports/{report}")).json()["state"] == "waiting"
