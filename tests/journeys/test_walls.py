"""Whatever a statement forgets to ask, the database itself shows an account no more than the printed table does."""

import random
from collections.abc import Callable

import asyncpg
import pytest

from deploy.house import House
from services.storage.database import NOBODY, opening
from tests.journeys.town import NEED, NEED_OF_ANOTHER, Town, referral_path
from tests.prove.people import ABOVE, ELSEWHERE, HERE, people_of
from tests.prove.walls import look, opening_of

SEED, AT_RANDOM = 20260302, 4
FORGETFUL = "SELECT report FROM reports"


async def test_every_table_shows_each_account_what_the_printed_table_says_and_nobody_anything(
    house: House, town: Callable[[str], Town]
) -> None:
    here = town(HERE)
    await here.report()
    case = await here.case(NEED, NEED_OF_ANOTHER)
    await here.provider().does(referral_path(await here.asked(case), "accept"))
    await here.asked(case, NEED_OF_ANOTHER)
    people = await people_of(house)
    some = [people[f"caseworker@{HERE}"], people[f"provider@{HERE}.school"], people[f"coordinator@{ABOVE}"]]
    found = await look(house, some + random.Random(SEED).sample(list(people.values()), AT_RANDOM))
    assert not found.wrong, "\n".join(found.wrong)
    assert found.looks > 300
    assert found.shown > 50


async def test_a_statement_that_forgets_whose_rows_it_wants_gets_only_its_callers(
    house: House, town: Callable[[str], Town]
) -> None:
    report = await town(HERE).report()
    people = await people_of(house)
    conn = await asyncpg.connect(house.url("intake"), server_settings={"spis.scope": NOBODY})
    try:
        for unit, sees in ((HERE, True), (ELSEWHERE, False)):
            await conn.execute(opening_of(people[f"caseworker@{unit}"], "intake"))
            assert (report in {row["report"] for row in await conn.fetch(FORGETFUL)}) is sees
            await conn.execute("ROLLBACK")
        assert not await conn.fetch(FORGETFUL), "nothing is left of a scope when its transaction has ended"
    finally:
        await conn.close()


async def test_nobody_writes_what_they_could_not_see_and_a_scope_quotes_what_it_is_told(
    house: House, town: Callable[[str], Town]
) -> None:
    await town(HERE).report()
    conn = await asyncpg.connect(house.url("intake"))
    try:
        await conn.execute(opening("o'brien'); RESET spis.scope; --", {}))
        assert await conn.fetchval("SELECT caller()") == "o'brien'); RESET spis.scope; --"
        assert await conn.execute("UPDATE reports SET risk = 'low'") == "UPDATE 0"
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="row-level security"):
            await conn.execute("INSERT INTO concerned (subject, person) VALUES ('R-1', 'P-1')")
    finally:
        await conn.close()
