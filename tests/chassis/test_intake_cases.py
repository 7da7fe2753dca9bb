"""Case files at intake's own door, on a real database: the same in whatever order things are heard, no name astray."""

import random
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from deploy.house import House
from tests.chassis.intake_door import REPORT, SCHOOL, WORKER, IntakeDoor, open_intake
from tests.core.intake_stories import journey

CANARY = "anarinka"
ALL_TABLES = "SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public'"
TABLES = ("reports", "cases", "case_facts")


@pytest.fixture(scope="module")
async def intake(house: House, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[IntakeDoor]:
    """Intake, open."""
    async with open_intake(house, tmp_path_factory.mktemp("intake")) as door:
        yield door


def about(case: str) -> list[Any]:
    """Everything referral says about a case."""
    return [replace(one, case=case) for one in journey()]  # type: ignore[type-var]


async def test_a_new_case_shows_its_needs_and_the_child(intake: IntakeDoor) -> None:
    case = await intake.opened()
    seen = (await intake.get(f"/cases/{case}")).json()
    assert (seen["risk"], seen["age_band"], seen["sex"]) == ("high", "7_14", "female")
    assert [(need["need"], need["progress"]) for need in seen["needs"]] == [
        ("counselling", "open"),
        ("school_transport", "open"),
    ]
    assert seen["child"] == REPORT["child"]
    assert [(line["what"], line["at"]) for line in seen["timeline"]] == [("opened", "2026-03-02T09:00:00Z")]


async def test_the_file_is_the_same_whatever_order_things_were_heard_in(intake: IntakeDoor) -> None:
    chance, files = random.Random(7), []
    for _ in range(4):
        case = await intake.opened()
        heard = [*about(case), *about(case)[:5]]
        chance.shuffle(heard)
        for announcement in heard:
            await intake.hear(announcement)
        seen = (await intake.get(f"/cases/{case}")).json()
        files.append((seen["needs"], seen["timeline"]))
    assert all(file == files[0] for file in files)
    needs, timeline = files[0]
    assert [(need["need"], need["progress"]) for need in needs] == [
        ("counselling", "completed"),
        ("school_transport", "accepted"),
        ("legal_aid", "unserved"),
        ("respite", "unserved"),
    ]
    assert len(timeline) == 1 + len(journey())
    (completed,) = (line for line in timeline if line["what"] == "completed")
    assert (completed["at"], completed["need"], completed["code"]) == (
        "2026-03-11T09:00:00Z",
        "counselling",
        "need_met",
    )


async def test_a_rebuild_gives_identical_rows(intake: IntakeDoor) -> None:
    case = await intake.opened()
    for announcement in about(case):
        await intake.hear(announcement)
    before = [await intake.rows(table) for table in TABLES]
    assert all(before)
    assert await intake.rebuild() >= 3 + len(journey())
    assert [await intake.rows(table) for table in TABLES] == before


async def test_a_coordinator_reads_the_file_without_the_child(intake: IntakeDoor) -> None:
    case = await intake.opened()
    before = len(await intake.rows("access_log"))
    answer = await intake.get(f"/cases/{case}", "coordinator@RS")
    assert answer.status_code == 200
    assert answer.json()["child"] is None
    assert CANARY not in answer.text
    assert len(await intake.rows("access_log")) == before


@pytest.mark.parametrize("account", ["caseworker@RS-GAC", "coordinator@K10"])
async def test_anothers_case_looks_like_none(intake: IntakeDoor, account: str) -> None:
    theirs = await intake.get(f"/cases/{await intake.opened()}", account)
    none = await intake.get("/cases/C-22222-22222-2", account)
    assert theirs.status_code == none.status_code == 404
    told, of_none = theirs.json(), none.json()
    assert {**told, "correlation_id": ""} == {**of_none, "correlation_id": ""}


@pytest.mark.parametrize("account", [SCHOOL, "provider@RS-BIL.school"])
async def test_an_institution_reads_no_case(intake: IntakeDoor, account: str) -> None:
    assert (await intake.get(f"/cases/{await intake.opened()}", account)).status_code == 403
    assert (await intake.get("/cases", account)).status_code == 403


async def test_lists_are_paged_without_gap_or_repeat_and_hold_no_name(intake: IntakeDoor) -> None:
    for _ in range(3):
        await intake.opened()
    for path, name in (("/cases", "case"), ("/reports", "report")):
        whole = [line[name] for line in (await intake.get(path, limit=200)).json()["items"]]
        paged: list[str] = []
        after: dict[str, str] = {}
        while True:
            page = await intake.get(path, limit=2, **after)
            assert CANARY not in page.text
            paged += [line[name] for line in page.json()["items"]]
            if page.json()["next"] is None:
                break
            after = {"after": page.json()["next"]}
        assert paged == whole
        assert len(set(whole)) == len(whole) >= 3
        assert (await intake.get(path, "caseworker@RS-GAC")).json()["items"] == []


async def test_names_are_nowhere_but_behind_the_seal(intake: IntakeDoor) -> None:
    case = await intake.opened(override={"band": "low", "reason": "Kanarinka-razlog"})
    for announcement in about(case):
        await intake.hear(announcement)
    await intake.get(f"/cases/{case}")
    tables = [row["name"] for row in await intake.around.database.pool.fetch(ALL_TABLES)]
    hidden = (CANARY, CANARY.encode().hex(), "2018-05-05", b"2018-05-05".hex())
    found = [name for name in tables for text in await intake.rows(name) for word in hidden if word in text]
    assert len(tables) > 15
    assert found == []


async def test_the_person_is_known_beside_the_vault_alone_and_counted_under_a_drawn_name(intake: IntakeDoor) -> None:
    case = await intake.opened()
    pool = intake.around.database.pool
    person = await pool.fetchval("SELECT person FROM concerned WHERE subject = $1", case)
    drawn = await pool.fetch("SELECT year, pseudonym FROM pseudonyms WHERE person = $1", person)
    assert [row["year"] for row in drawn] == [2026]
    said = "".join([*await intake.rows("outbox"), *await intake.rows("stream_events")])
    assert drawn[0]["pseudonym"] in said
    assert person not in said
    noted = await pool.fetch("SELECT account, action FROM access_log WHERE subject = $1", person)
    assert [tuple(row) for row in noted] == [(WORKER, "open child")]
