"""A centre ends its care for a child: once nothing is live, for one reason, with a note only its own people read."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest

from deploy.house import House
from intake.forgetting.erasing import matters_of
from services.contracts.codes import WithdrawReason
from services.contracts.referral import ReferralAccepted, ReferralCompleted, ReferralWithdrawn
from services.storage.stamp import Stamp
from tests.chassis.intake_door import WORKER, IntakeDoor, open_intake
from tests.core.intake_stories import CENTRE, MONDAY, SCHOOL, UNIT, journey, sent

NOTE = "Kanarinka-kraj: izmišljeno."
END = {"outcome": "needs_met", "note": NOTE}
TABLES = ("reports", "cases", "case_facts")
SUPERVISOR, COORDINATOR = "supervisor@RS-BIL", "coordinator@RS"


@pytest.fixture(scope="module")
async def intake(house: House, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[IntakeDoor]:
    """Intake, open."""
    async with open_intake(house, tmp_path_factory.mktemp("closing")) as door:
        yield door


async def test_a_live_referral_keeps_a_case_open_and_is_named(intake: IntakeDoor) -> None:
    case = await intake.opened()
    await intake.hear(replace(sent("F-1", "counselling"), case=case))
    refused = await intake.post(f"/cases/{case}/close", END)
    assert (refused.status_code, refused.json()["code"]) == (409, "referral_live")
    assert "F-1" in refused.json()["detail"]
    assert (await intake.get(f"/cases/{case}")).json()["state"] == "open"
    end = WithdrawReason.NEED_MET_OTHERWISE
    await intake.hear(ReferralWithdrawn("F-1", case, UNIT, CENTRE, SCHOOL, end, MONDAY))
    assert (await intake.post(f"/cases/{case}/close", END, SUPERVISOR)).status_code == 200


async def test_a_case_is_closed_once_however_often_somebody_closes_it(intake: IntakeDoor) -> None:
    case = await intake.opened()
    answers = await asyncio.gather(*(intake.post(f"/cases/{case}/close", END) for _ in range(4)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.text for answer in answers}) == 1
    assert answers[0].json() == {"case": case, "outcome": "needs_met", "closed_at": "2026-03-02T09:00:00Z"}
    other = await intake.post(f"/cases/{case}/close", {"outcome": "moved_away"})
    assert (other.status_code, other.json()["code"]) == (409, "case_closed")
    said = "SELECT type FROM outbox WHERE key = $1 ORDER BY sequence"
    kinds = [row["type"] for row in await intake.around.database.pool.fetch(said, case)]
    assert kinds == ["ba.spis.intake.case.opened.v1", "ba.spis.intake.case.closed.v1"]


async def test_the_file_shows_the_end_and_what_was_heard_after_it(intake: IntakeDoor) -> None:
    case = await intake.opened()
    await intake.post(f"/cases/{case}/close", {"outcome": "came_of_age"})
    for one in journey():
        await intake.hear(replace(one, case=case))  # type: ignore[type-var]
    file = (await intake.get(f"/cases/{case}")).json()
    assert (file["state"], file["outcome"], file["closed_by"]) == ("closed", "came_of_age", WORKER)
    assert {need["progress"] for need in file["needs"]} == {"completed", "accepted", "unserved"}
    told = [(line["what"], line["code"]) for line in file["timeline"]]
    assert told[0] == ("opened", None)
    assert told.count(("closed", "came_of_age")) == 1
    assert [line["at"] for line in file["timeline"]] == sorted(line["at"] for line in file["timeline"])
    before = [await intake.rows(table) for table in TABLES]
    await intake.rebuild()
    assert [await intake.rows(table) for table in TABLES] == before


async def test_the_note_is_sealed_and_read_by_the_centres_own_people_under_an_entry(intake: IntakeDoor) -> None:
    case = await intake.opened()
    await intake.post(f"/cases/{case}/close", END)
    assert (await intake.get(f"/cases/{case}")).json()["closing_note"] == NOTE
    assert (await intake.get(f"/cases/{case}", COORDINATOR)).json()["closing_note"] is None
    lines = (await intake.get(f"/cases/{case}/accesses", SUPERVISOR)).json()["items"]
    assert [line["action"] for line in lines if line["account"] == WORKER][:2] == ["open closing", "open child"]
    for table in ("vault", "stream_events", "outbox", "idempotency", "cases"):
        rows = await intake.rows(table)
        assert not any("anarinka" in row or b"anarinka".hex() in row for row in rows), table


@pytest.mark.parametrize("closed", [False, True])
async def test_with_the_case_ends_what_was_shared_whatever_is_heard_of_its_referrals(
    intake: IntakeDoor, closed: bool
) -> None:
    case, referral = await intake.opened(), f"F-{secrets.token_hex(4)}"
    if closed:
        assert (await intake.post(f"/cases/{case}/close", END)).status_code == 200
    await intake.hear(replace(sent(referral, "counselling"), case=case))
    await intake.hear(ReferralAccepted(referral, case, UNIT, CENTRE, SCHOOL, MONDAY))
    answer = await intake.get(f"/referrals/{referral}/disclosure", f"provider@{SCHOOL}")
    assert answer.status_code == (404 if closed else 200)


async def test_a_list_can_be_narrowed_to_what_is_open(intake: IntakeDoor) -> None:
    kept, ended = await intake.opened(), await intake.opened()
    await intake.post(f"/cases/{ended}/close", {"outcome": "opened_in_error"})
    lists = {}
    for state in ("open", "closed"):
        items = (await intake.get("/cases", state=state, limit=200)).json()["items"]
        assert {item["state"] for item in items} == {state}
        lists[state] = {item["case"] for item in items}
    assert kept in lists["open"] - lists["closed"]
    assert ended in lists["closed"] - lists["open"]


@pytest.mark.parametrize(
    ("account", "status"),
    [("director@RS-BIL", 403), ("client@RS-BIL.school", 403), (COORDINATOR, 403), ("caseworker@RS-GAC", 404)],
)
async def test_only_the_centres_caseworkers_and_supervisors_close(
    intake: IntakeDoor, account: str, status: int
) -> None:
    case = await intake.opened()
    assert (await intake.post(f"/cases/{case}/close", END, account)).status_code == status
    assert (await intake.get(f"/cases/{case}")).json()["state"] == "open"


async def test_the_period_of_retention_begins_with_the_last_thing_that_happened(intake: IntakeDoor) -> None:
    case = await intake.opened()
    person = (await intake.get(f"/cases/{case}")).json()["person"]
    stamp = Stamp(MONDAY, "system", "invented")

    async def last_at() -> object:
        (matter,) = await intake.around.database.transact(stamp, lambda work: matters_of(work, person))
        return matter.last_at - MONDAY, matter.closed

    assert await last_at() == (timedelta(), False)
    intake.clock.at = MONDAY + timedelta(days=20)
    assert (await intake.post(f"/cases/{case}/close", END)).status_code == 200
    assert await last_at() == (timedelta(days=20), True)
    late = MONDAY + timedelta(days=30)
    outcome = next(one.outcome for one in journey() if isinstance(one, ReferralCompleted))
    await intake.hear(ReferralCompleted("F-9", case, UNIT, CENTRE, SCHOOL, outcome, late))
    assert await last_at() == (timedelta(days=30), True)
    intake.clock.at = MONDAY
