"""What is known of a child is corrected against the version that was read; what stood there before stays sealed."""

import secrets
from collections.abc import AsyncIterator, Mapping

import httpx2
import pytest

from deploy.house import House
from tests.chassis.intake_door import REPORT, WORKER, IntakeDoor, open_intake

CORRECTED = {"given_name": "Kanarinka-Ime", "family_name": "Kanarinka-Drugo", "birth_date": "2018-05-06"}


@pytest.fixture(scope="module")
async def intake(house: House, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[IntakeDoor]:
    """Intake, open."""
    async with open_intake(house, tmp_path_factory.mktemp("correcting")) as door:
        yield door


async def put(
    intake: IntakeDoor, case: str, child: Mapping[str, object], version: str | None, account: str = WORKER
) -> httpx2.Response:
    """Correct a child."""
    headers = intake.bearer(account) | {"Idempotency-Key": secrets.token_hex(8)}
    told = headers | ({"If-Match": version} if version is not None else {})
    return await intake.client.put(f"/intake/v1/cases/{case}/child", json=dict(child), headers=told)


async def version(intake: IntakeDoor, case: str) -> str:
    """The version a file shows."""
    return str((await intake.get(f"/cases/{case}")).json()["child_version"])


async def test_a_child_is_corrected_once_and_never_over_another_correction(intake: IntakeDoor) -> None:
    case = await intake.opened()
    read = await version(intake, case)
    answer = await put(intake, case, CORRECTED, read)
    assert answer.status_code == 200, answer.text
    late = await put(intake, case, REPORT["child"], read, "supervisor@RS-BIL")
    assert (late.status_code, late.json()["code"]) == (412, "child_changed")
    child = (await intake.get(f"/cases/{case}")).json()["child"]
    assert child == CORRECTED | {"sex": "unknown", "address": None}
    assert await version(intake, case) == answer.json()["child_version"] != read


async def test_what_stood_there_before_stays_and_is_forgotten_with_the_person(intake: IntakeDoor) -> None:
    case = await intake.opened()
    file = (await intake.get(f"/cases/{case}")).json()
    assert (await put(intake, case, CORRECTED, file["child_version"])).status_code == 200
    kept = "SELECT section FROM vault WHERE subject = $1 AND key_id = $1 ORDER BY section"
    sections = [row["section"] for row in await intake.around.database.pool.fetch(kept, file["person"])]
    assert len(sections) == 2
    assert sections[0] == "child"
    assert sections[1].startswith("child until ")
    answer = await intake.post(f"/people/{file['person']}/forget", {"ground": "court_order"}, "director@RS-BIL")
    assert answer.status_code in {200, 409}, answer.text


async def test_the_same_child_again_changes_nothing(intake: IntakeDoor) -> None:
    case = await intake.opened()
    read = await version(intake, case)
    assert (await put(intake, case, REPORT["child"], read)).json()["child_version"] == read


@pytest.mark.parametrize(
    "account", ["caseworker@RS-GAC", "coordinator@RS", "director@RS-BIL", "provider@RS-BIL.school"]
)
async def test_only_the_centres_caseworkers_and_supervisor_correct(intake: IntakeDoor, account: str) -> None:
    case = await intake.opened()
    answer = await put(intake, case, CORRECTED, await version(intake, case), account)
    assert answer.status_code in {403, 404}


async def test_without_the_version_nothing_is_corrected(intake: IntakeDoor) -> None:
    case = await intake.opened()
    assert (await put(intake, case, CORRECTED, None)).status_code == 428
    assert (await put(intake, case, CORRECTED, "a guess")).status_code == 412
