"""What happens to a report besides the story: names that are not kept, dates that differ, openings that are noted."""

import asyncio
import contextlib
from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import uuid4

import pytest

from deploy.demo.acts import REPORTS
from deploy.demo.papers import on_paper, screened_out
from deploy.house import House
from intake.vault.agency import KeyRing
from intake.vault.keys import Keys
from intake.vault.sealing import unseal
from intake.vault.vault import place_of
from services.contracts.catalog import REPORTS as REPORTS_TOPIC
from tests.journeys.looking import announced, attribute, body, files_holding, rows, tables_holding
from tests.journeys.town import Town

CONCERNED = "SELECT person FROM concerned WHERE subject = $1"
SEALED = "SELECT subject, section, key_id, sealed FROM vault WHERE subject = ANY ($1::text[])"
OPENED = "SELECT account, action, subject FROM access_log WHERE correlation_id = $1"


@pytest.fixture
def here(town: Callable[[str], Town]) -> Town:
    return town("FBIH-USK-VKL")


async def sections_of(house: House, report: str) -> dict[str, dict[str, str]]:
    """Everything the vault holds about a report and its child, opened with each person's key."""
    people = [row["person"] for row in await rows(house, "intake", CONCERNED, report)]
    found = await rows(house, "intake", SEALED, [report, *people])
    async with contextlib.aclosing(Keys(house.url("keys"), KeyRing(house.folder.secret("agency-key")))) as store:
        keys = await store.of(row["key_id"] for row in found)
    opened = {}
    for row in found:
        key = keys[row["key_id"]]
        assert isinstance(key, bytes)
        opened[row["section"]] = unseal(key, place_of(row["key_id"], row["subject"], row["section"]), row["sealed"])
    return opened


async def test_a_reporter_who_wants_no_name_kept_leaves_none_even_in_the_vault(house: House, here: Town) -> None:
    name, contact = f"Izmišljeni Susjed {uuid4().hex}", f"{uuid4().hex}@susjed.example"
    reporter = {"kind": "citizen", "name": name, "contact": contact}
    answer = await here.worker.does(REPORTS, here.paper(anonymous=True, reporter=reporter, channel="phone"), status=201)
    sections = await sections_of(house, answer["report"])
    assert set(sections) == {"child", "narrative"}
    assert name not in str(sections)
    assert not any((await tables_holding(house, [name, contact])).values())
    assert not files_holding(house.folder.root, contact)
    file = await here.worker.get(f"{REPORTS}/{answer['report']}")
    assert (file["anonymous"], file["reporter"], file["reporter_kind"]) == (True, None, "citizen")


async def test_the_institution_of_a_reporter_without_a_name_is_not_announced(house: House, here: Town) -> None:
    hidden = await here.report(anonymous=True, reporter=None)
    known = await here.report()
    said = await announced(house, REPORTS_TOPIC.name, hidden, known)
    assert body(said[hidden])["reporter_institution"] is None
    assert body(said[known])["reporter_institution"] == f"{here.unit}.school"


async def test_a_report_on_paper_keeps_the_date_it_tells_of_and_the_date_it_arrived(house: House, here: Town) -> None:
    occurred = house.now() - timedelta(days=9)
    answer = await here.worker.does(REPORTS, on_paper(here.unit, occurred), status=201)
    file = await here.worker.get(f"{REPORTS}/{answer['report']}")
    assert datetime.fromisoformat(file["occurred_at"]) == occurred
    assert datetime.fromisoformat(file["received_at"]) - occurred >= timedelta(days=9)
    event = (await announced(house, REPORTS_TOPIC.name, answer["report"]))[answer["report"]]
    assert datetime.fromisoformat(attribute(event, "time")) == occurred
    assert datetime.fromisoformat(attribute(event, "recordedtime")) == datetime.fromisoformat(file["received_at"])
    assert attribute(event, "unit") == here.unit


async def test_who_opens_a_name_is_written_down_and_who_reads_a_list_opens_none(house: House, here: Town) -> None:
    report, journeys = await here.report(), {"file": str(uuid4()), "list": str(uuid4())}
    for what, path in {"file": f"{REPORTS}/{report}", "list": REPORTS}.items():
        headers = {**await here.worker.bearer(), "X-Correlation-Id": journeys[what]}
        answer = await here.worker.http.get(path, headers=headers)
        assert answer.status_code == 200
        assert ("Izmišljeno" in answer.text) == (what == "file")
    opened = await rows(house, "intake", OPENED, journeys["file"])
    assert {row["account"] for row in opened} == {f"caseworker@{here.unit}"}
    assert len(opened) == 3, "child, reporter and narrative"
    assert not await rows(house, "intake", OPENED, journeys["list"])


async def test_two_people_who_decide_a_report_at_once_open_one_case(house: House, here: Town) -> None:
    report, supervisor = await here.report(), here.cast.person("supervisor", here.unit)
    path = f"{REPORTS}/{report}/screen"
    accepted, dismissed = here.screening(), screened_out(here.answers)
    asked = [(who, form) for form in (accepted, dismissed) for who in (here.worker, supervisor)]
    answers = await asyncio.gather(*(who.post(path, form) for who, form in asked))
    assert sorted(answer.status_code for answer in answers) == [200, 200, 409, 409]
    decided = {(answer.json()["outcome"], answer.json()["case"]) for answer in answers if answer.status_code == 200}
    assert len(decided) == 1
    (opened,) = await rows(house, "intake", "SELECT count(*) FROM cases WHERE report = $1", report)
    assert opened[0] == (1 if "accepted" in next(iter(decided)) else 0)


async def test_the_same_report_again_is_answered_byte_for_byte_and_adds_nothing(house: House, here: Town) -> None:
    key, form = f"again-{uuid4()}", here.paper()
    first, second = [await here.school.post(REPORTS, form, key=key) for _ in range(2)]
    assert first.status_code == 201
    assert (second.status_code, second.content, second.headers["location"]) == (
        201,
        first.content,
        first.headers["location"],
    )
    stored = await rows(house, "intake", "SELECT count(*) FROM reports WHERE report = $1", first.json()["report"])
    assert stored[0][0] == 1
