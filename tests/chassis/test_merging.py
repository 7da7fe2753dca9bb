"""A child who was written down twice becomes one: in every file, in what is counted, and when it is forgotten."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from deploy.house import House
from intake.forgetting import again
from intake.vault.opening import open_vault
from tests.chassis.intake_door import WORKER, IntakeDoor, open_intake

SUPERVISOR, DIRECTOR, STRANGER = "supervisor@RS-BIL", "director@RS-BIL", "supervisor@RS-GAC"
SAID = "SELECT key, body::jsonb AS body FROM outbox WHERE topic = 'spis.intake.merges.v1' ORDER BY id"
END = {"outcome": "needs_met", "note": "Kanarinka-kraj."}


@pytest.fixture(scope="module")
async def intake(house: House, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[IntakeDoor]:
    """Intake, open."""
    async with open_intake(house, tmp_path_factory.mktemp("merging")) as door:
        yield door


async def child(intake: IntakeDoor) -> tuple[str, str]:
    """A case of its own and the person it is about."""
    case = await intake.opened()
    return case, (await intake.get(f"/cases/{case}")).json()["person"]


async def merged(intake: IntakeDoor, one: str, into: str, account: str = SUPERVISOR) -> Any:
    return await intake.post(f"/people/{one}/merge", {"into": into}, account)


async def word(intake: IntakeDoor, person: str) -> str:
    """The word under which a person is counted this year."""
    question = "SELECT pseudonym FROM pseudonyms WHERE person = $1"
    return str(await intake.around.database.pool.fetchval(question, person))


@pytest.mark.parametrize("account", [SUPERVISOR, DIRECTOR])
async def test_every_file_of_the_first_is_the_seconds_and_says_so(intake: IntakeDoor, account: str) -> None:
    (first, one), (second, into) = await child(intake), await child(intake)
    words = [await word(intake, person) for person in (one, into)]
    answers = await asyncio.gather(*(merged(intake, one, into, account) for _ in range(3)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.text for answer in answers}) == 1, "merged once, however often it is asked"
    file = (await intake.get(f"/cases/{first}")).json()
    assert (file["person"], file["unreadable"], bool(file["child"])) == (into, [], True)
    for case in (first, second):
        lines = (await intake.get(f"/cases/{case}/accesses", SUPERVISOR)).json()["items"]
        noted = [(line["account"], line["right"]) for line in lines if line["action"] == "merge"]
        assert noted == [(account, "person.merge")]
    said = (await intake.around.database.pool.fetch(SAID))[-1]
    assert said["key"] == words[0]
    assert all(word in said["body"] for word in words)
    assert one not in said["body"]
    assert into not in said["body"]


async def test_a_survivor_who_was_never_counted_gets_a_word_for_the_year(intake: IntakeDoor) -> None:
    _, one = await child(intake)
    report = await intake.reported()
    into = (await intake.get(f"/reports/{report}")).json()["person"]
    assert (await merged(intake, one, into, DIRECTOR)).status_code == 200
    drawn = await word(intake, into)
    assert drawn != await word(intake, one)
    assert drawn in (await intake.around.database.pool.fetch(SAID))[-1]["body"]


async def test_what_says_no_is_told_and_changes_nothing(intake: IntakeDoor) -> None:
    (case, one), (_, into), (_, third) = await child(intake), await child(intake), await child(intake)
    assert (await merged(intake, one, one)).json()["code"] == "same_person"
    waiting = (await intake.get(f"/reports/{await intake.reported()}")).json()
    assert (await merged(intake, waiting["person"], into)).json()["code"] == "report_undecided"
    assert (await merged(intake, waiting["reporter_person"], into)).json()["code"] == "not_a_child"
    await intake.post(f"/people/{into}/hold", {"reason": "court"}, DIRECTOR)
    assert (await merged(intake, one, into)).json()["code"] == "legal_hold", "a supervisor is told too"
    await intake.post(f"/people/{into}/hold", {"reason": None}, DIRECTOR)
    assert (await merged(intake, one, into)).status_code == 200
    for refused in (await merged(intake, one, third), await merged(intake, third, one)):
        assert (refused.status_code, refused.json()["code"]) == (409, "person_merged")
        assert into in refused.json()["detail"]
    for path, form in (("forget", {"ground": "unlawful"}), ("hold", {"reason": "court"})):
        refused = await intake.post(f"/people/{one}/{path}", form, DIRECTOR)
        assert (refused.status_code, refused.json()["code"]) == (409, "person_merged")
    assert (await intake.get(f"/cases/{case}")).json()["person"] == into


async def test_whoever_may_not_know_of_either_is_answered_as_if_there_were_none(intake: IntakeDoor) -> None:
    (_, one), (_, into) = await child(intake), await child(intake)
    missing = await merged(intake, "P-22222-22222-2", into)
    refused = [await merged(intake, one, into, STRANGER), await merged(intake, one, "P-22222-22222-2"), missing]
    assert {(answer.status_code, answer.json()["code"]) for answer in refused} == {(404, "record_unknown")}
    assert (await merged(intake, one, into, WORKER)).status_code == 403


async def test_forgetting_the_one_who_stayed_leaves_nothing_of_any_of_them_to_open(intake: IntakeDoor) -> None:
    (first, one), (second, two), (third, into) = [await child(intake) for _ in range(3)]
    await merged(intake, one, two)
    await merged(intake, two, into)
    early = await intake.post(f"/people/{into}/forget", {"ground": "unlawful"}, DIRECTOR)
    assert early.json()["code"] == "case_open", "each case of each of them binds"
    for case in (first, second, third):
        assert (await intake.post(f"/cases/{case}/close", END)).status_code == 200
    proof = (await intake.post(f"/people/{into}/forget", {"ground": "unlawful"}, DIRECTOR)).json()
    assert (proof["person"], set(proof["merged"])) == (into, {one, two})
    people = [one, two, into]
    keys = open_vault(intake.around.environment).keys
    assert set((await keys.of(people)).values()) == {"forgotten"}
    await keys.aclose()
    pool = intake.around.database.pool
    left = await pool.fetch("SELECT sealed FROM vault WHERE key_id = ANY ($1)", people)
    assert {row["sealed"] for row in left} == {b""}
    assert not await pool.fetch("SELECT FROM pseudonyms WHERE person = ANY ($1)", people)
    told = "SELECT key FROM outbox WHERE topic = 'spis.intake.people.v1'"
    assert {row["key"] for row in await pool.fetch(told)} >= set(people)
    for case in (first, second, third):
        file = (await intake.get(f"/cases/{case}")).json()
        assert (file["child"], file["closing_note"]) == (None, None)
    done = await again.forget_again(intake.around, keys := open_vault(intake.around.environment).keys, ())
    await keys.aclose()
    assert not any(done.values()), "the erasure list knows all of them"
