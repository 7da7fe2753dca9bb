"""Another's record and one that nobody has cost the same: the same statements, the same answer."""

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

import asyncpg
import httpx2
import pytest

from deploy.house import House
from tests.chassis.intake_door import ACCEPT, IntakeDoor, open_intake
from tests.core.intake_stories import sent
from tests.prove.alike import chance

STRANGER = "caseworker@RS-GAC"
OF_ANOTHER = "provider@RS-BIL.health"
NOBODYS = {"report": "R-22222-22222-2", "case": "C-22222-22222-2", "referral": "F-22222-22222-222222"}

STATEMENT = re.compile(r"LOG:  (?:statement|execute [^:]*): (.*)")

Ask = Callable[[IntakeDoor, str], Awaitable[httpx2.Response]]
ASKED: dict[str, tuple[str, Ask]] = {
    "a report": ("report", lambda door, ref: door.get(f"/reports/{ref}", STRANGER)),
    "screening a report": ("report", lambda door, ref: door.post(f"/reports/{ref}/screen", ACCEPT, STRANGER)),
    "a case": ("case", lambda door, ref: door.get(f"/cases/{ref}", STRANGER)),
    "what is shared": ("referral", lambda door, ref: door.get(f"/referrals/{ref}/disclosure", OF_ANOTHER)),
    "who looked at a case": ("case", lambda door, ref: door.get(f"/cases/{ref}/accesses", "supervisor@RS-GAC")),
}


@pytest.fixture(scope="module")
async def intake(house: House, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[IntakeDoor]:
    """Intake, open."""
    async with open_intake(house, tmp_path_factory.mktemp("alike")) as door:
        connection = await asyncpg.connect(house.admin_url)
        name = urlsplit(door.owner_url).path.removeprefix("/")
        await connection.execute(f"ALTER DATABASE \"{name}\" SET log_statement = 'all'")
        await connection.close()
        await door.around.database.pool.expire_connections()
        yield door


async def told(house: House, door: IntakeDoor, ask: Ask, ref: str) -> tuple[list[str], dict[str, Any], set[str]]:
    """The statements that the server notes for a request, and everything its answer tells but which request it was."""
    before = house.log("postgres").stat().st_size
    answer = await ask(door, ref)
    noted = house.log("postgres").read_bytes()[before:].decode()
    assert answer.status_code == 404, answer.text
    # What was asked for and the journey's name stand in the words of a statement: they alone may differ.
    for own in (ref, answer.json()["correlation_id"]):
        noted = noted.replace(own, "…")
    body = {name: value for name, value in answer.json().items() if name != "correlation_id"}
    return STATEMENT.findall(noted), body, set(answer.headers)


@pytest.mark.parametrize(("kind", "ask"), ASKED.values(), ids=list(ASKED))
async def test_what_is_another_s_costs_and_tells_what_is_nobody_s_does(
    house: House, intake: IntakeDoor, kind: str, ask: Ask
) -> None:
    ref = await (intake.reported() if kind == "report" else intake.opened())
    if kind == "referral":
        asked = replace(sent("F-77777-77777-777777", "counselling"), case=ref)
        await intake.hear(asked)
        ref = asked.referral
    # Once before, so that no statement is prepared for one of them only.
    await told(house, intake, ask, NOBODYS[kind])
    anothers, nobodys = await told(house, intake, ask, ref), await told(house, intake, ask, NOBODYS[kind])
    assert len(anothers[0]) >= 3, "who asks, what is looked for, and the count of what was missed"
    assert anothers == nobodys


def test_the_proof_tells_times_that_differ_from_times_that_do_not() -> None:
    times = [place + 0.25 for place in range(200)]
    assert chance(times, [time + 0.5 for time in times]) > 0.9
    assert chance(times, [time + 50.5 for time in times]) < 0.001
