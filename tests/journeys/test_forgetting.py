"""A person is forgotten: what was theirs opens nowhere again, not even out of an older copy; all else stays."""

from collections.abc import Callable, Set
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx2
import pytest

from deploy.demo.acts import REFERRALS, REPORTS, seen
from deploy.demo.papers import screened_out
from deploy.house import House, backup
from deploy.house.restore import restore
from tests.journeys.leaving import Leaving
from tests.journeys.looking import number, rows
from tests.journeys.town import CASES, NEED, Town, referral_path

PEOPLE = "/intake/v1/people"
KEY = "SELECT wrapped, basis FROM person_keys WHERE person = $1"
SEALED = "SELECT sealed FROM vault WHERE key_id = $1"
MAPPED = "SELECT count(*) FROM pseudonyms WHERE person = $1"
WORDS = "SELECT pseudonym FROM pseudonyms WHERE person = $1"
ONE_CHILD = "SELECT count(DISTINCT child) FROM same_children WHERE pseudonym = ANY ($1::text[])"
COUNTED = "SELECT count(*) FROM facts WHERE key = $1"
ALL = [2, 4]
"""A report is received and screened; a case is opened and closed, and its referral sent and taken back."""
LISTED = "SELECT count(*) FROM facts WHERE type = 'ba.spis.intake.person.forgotten.v1' AND subject = $1"
DATABASES = ("intake", "keys")


@pytest.fixture
def here(town: Callable[[str], Town]) -> Town:
    return town("FBIH-K10-KUP")


def told(_: str) -> None:
    """Nobody listens."""


async def dismissed(here: Town) -> dict[str, Any]:
    """The file of a report that did not become a case."""
    report = await here.report()
    await here.worker.does(f"{REPORTS}/{report}/screen", screened_out(here.answers))
    return await file_of(here, report)


async def file_of(here: Town, report: str) -> dict[str, Any]:
    """A report as the head of the centre sees it, whatever became of it."""
    file: dict[str, Any] = await here.cast.person("director", here.unit).get(f"{REPORTS}/{report}")
    return file


async def closed(here: Town) -> tuple[str, str, str]:
    """A case that was closed once its only need was taken back: its report, its own reference and its person's."""
    referral = await here.asked_for()
    case = referral["case"]
    await here.worker.does(referral_path(referral, "withdraw"), {"reason": "need_met_otherwise"})

    async def ended() -> Any:
        file = await here.worker.get(f"{CASES}/{case}")
        return file if {need["need"]: need["progress"] for need in file["needs"]} == {NEED: "withdrawn"} else None

    file = await seen(ended, "the end of a need")
    await here.worker.does(f"{CASES}/{case}/close", {"outcome": "needs_met", "note": "Izmišljeno: ide dobro."})
    return file["report"], case, file["person"]


async def asked(here: Town, person: str, ground: str = "unlawful") -> httpx2.Response:
    director = here.cast.person("director", here.unit)
    return await director.post(f"{PEOPLE}/{person}/forget", {"ground": ground})


async def forgotten(here: Town, person: str) -> dict[str, Any]:
    answer = await asked(here, person)
    assert answer.status_code == 200, answer.text
    proof: dict[str, Any] = answer.json()
    return proof


async def assert_dark(house: House, here: Town, report: str, person: str, more: Set[str] = frozenset()) -> None:
    """Nothing sealed for this person opens, for want of bytes and of a key; what others said of themselves does."""
    file = await file_of(here, report)
    assert (file["child"], file["narrative"], file["override_reason"]) == (None, None, None)
    dark = dict.fromkeys({"child", "narrative"} | more, "forgotten")
    assert {part["part"]: part["why"] for part in file["unreadable"]} == dark
    assert file["reporter"]["name"], "the reporter is somebody else"
    assert [row["wrapped"] for row in await rows(house, "keys", KEY, person)] == [None]
    assert {row["sealed"] for row in await rows(house, "intake", SEALED, person)} == {b""}
    assert not await number(house, "intake", MAPPED, person)


async def test_who_was_forgotten_is_nowhere_readable_and_still_counted(house: House, here: Town) -> None:
    report, case, person = await closed(here)

    async def counted() -> list[int]:
        return [await number(house, "analytics", COUNTED, key) for key in (report, case)]

    async def all_counted() -> bool:
        return await counted() == ALL

    await seen(all_counted, "everything that was said of them, counted")
    proof = await forgotten(here, person)
    await assert_dark(house, here, report, person, {"override"})
    assert await counted() == ALL
    file = await here.worker.get(f"{CASES}/{case}")
    assert (file["child"], file["closing_note"]) == (None, None)
    assert file["unreadable"] == [{"part": part, "why": "forgotten"} for part in ("child", "closing")]
    (entry,) = await rows(house, "intake", "SELECT * FROM access_log WHERE id = $1", proof["entry"])
    assert (entry["subject"], entry["record"], entry["account"]) == (person, case, f"director@{here.unit}")
    again = await forgotten(here, person)
    assert {**again, "entry": 0} == {**proof, "entry": 0}, "asked again, the proof is the same"


async def test_a_child_who_was_written_down_twice_is_counted_once_and_forgotten_in_both_files(
    house: House, here: Town
) -> None:
    (first, _, one), (second, case, into) = await closed(here), await closed(here)
    supervisor = here.cast.person("supervisor", here.unit)
    await supervisor.does(f"{PEOPLE}/{one}/merge", {"into": into})
    assert (await here.worker.get(f"{CASES}/{case}"))["person"] == (await file_of(here, first))["person"] == into
    words = [row["pseudonym"] for person in (one, into) for row in await rows(house, "intake", WORDS, person)]
    assert len(set(words)) == 2

    async def counted_once() -> bool:
        return await number(house, "analytics", ONE_CHILD, words) == 1

    await seen(counted_once, "that analytics counts one child")
    assert (await asked(here, one)).json()["code"] == "person_merged"
    assert (await forgotten(here, into))["merged"] == [one]
    await assert_dark(house, here, first, one, {"override"})
    await assert_dark(house, here, second, into, {"override"})


async def test_each_reason_against_forgetting_is_told(here: Town) -> None:
    waiting = (await file_of(here, await here.report()))["person"]
    assert (await asked(here, waiting)).json()["code"] == "report_undecided"
    opened = (await here.worker.get(f"{CASES}/{await here.case()}"))["person"]
    assert (await asked(here, opened)).json()["code"] == "case_open"
    person = (await dismissed(here))["person"]
    assert (await asked(here, person, "retention_over")).json()["code"] == "retention_binds"
    director = here.cast.person("director", here.unit)
    await director.does(f"{PEOPLE}/{person}/hold", {"reason": "court"})
    assert (await asked(here, person)).json()["code"] == "legal_hold"
    await director.does(f"{PEOPLE}/{person}/hold", {"reason": None})
    await forgotten(here, person)


async def test_only_the_centre_that_is_responsible_forgets(here: Town, town: Callable[[str], Town]) -> None:
    person = (await dismissed(here))["person"]
    elsewhere = town("RS-BIL").cast.person("director", "RS-BIL")
    missing = await elsewhere.post(f"{PEOPLE}/P-22222-22222-2/forget", {"ground": "unlawful"})
    refused = await elsewhere.post(f"{PEOPLE}/{person}/forget", {"ground": "unlawful"})
    answers = [(answer.status_code, answer.json()["code"]) for answer in (missing, refused)]
    assert answers == [(404, "record_unknown")] * 2
    assert (await here.worker.post(f"{PEOPLE}/{person}/forget", {"ground": "unlawful"})).status_code == 403


async def test_a_reporter_is_forgotten_apart_from_the_child(here: Town) -> None:
    file = await dismissed(here)
    await forgotten(here, file["reporter_person"])
    after = await file_of(here, file["report"])
    assert after["reporter"] is None
    assert after["unreadable"] == [{"part": "reporter", "why": "forgotten"}]
    assert (after["child"], after["narrative"]) == (file["child"], file["narrative"])


async def test_older_copies_bring_nobody_back_and_nothing_happens_twice(
    house: House, here: Town, left: Leaving, tmp_path: Path
) -> None:
    kept, before = await dismissed(here), await here.asked_for()
    backup.make(house.server, house.plan.rooms, tmp_path / "older", datetime.now(UTC), told)
    await forgotten(here, kept["person"])
    after = await here.asked_for()
    done = restore(house, DATABASES, tmp_path / "older", told)
    await assert_dark(house, here, kept["report"], kept["person"])
    told_of = done.told["intake"]
    came_back = {name: told_of[name] for name in ("keys_destroyed", "written_down", "sections_emptied")}
    assert came_back == {"keys_destroyed": 1, "written_down": 1, "sections_emptied": 2}
    said = {one["subject"] for one in told_of["said_after_the_point"]}
    assert {after["case"], kept["person"]} <= said
    assert before["case"] not in said
    lost = await here.worker.http.get(f"{CASES}/{after['case']}", headers=await here.worker.bearer())
    assert lost.status_code == 404
    assert (await here.worker.get(f"{CASES}/{before['case']}"))["child"]
    assert len((await here.worker.get(REFERRALS, case=after["case"]))["items"]) == 1, "other rooms know what they heard"
    assert (await here.asked_for())["case"], "and everybody goes on"
    assert await number(house, "analytics", LISTED, kept["person"]) == 1
