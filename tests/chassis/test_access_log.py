"""The access log gets its chain on a real database, whoever commits late, and whoever changes it is found out."""

import asyncio
import random
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from typing import Any

import asyncpg
import pytest

from deploy.house import House
from deploy.load.keeping import as_superuser
from intake.access_log.chain import Head
from intake.access_log.sealer import Sealer
from intake.access_log.verifying import Verdict, verify
from intake.gauges import UNSEALED_SECONDS
from tests.chassis.intake_door import IntakeDoor, open_intake
from tests.core.intake_stories import MONDAY
from tests.prove.tampering import KINDS, Tamperer, tampered

SEED = 20260302
ENTRIES = 60
NOTE = "INSERT INTO access_log (account, action, subject, unit, correlation_id, at) VALUES ('a', $1, 'P', 'B', 'x', $2)"
SAID = "SELECT body FROM outbox WHERE topic LIKE '%access_log%' ORDER BY id"


@pytest.fixture(scope="module")
async def intake(house: House, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[IntakeDoor]:
    """Intake, open, with nobody sealing but the test."""
    async with open_intake(house, tmp_path_factory.mktemp("intake")) as door:
        yield door


@pytest.fixture
def sealer(intake: IntakeDoor) -> Sealer:
    """Somebody who seals when a test says so."""
    return Sealer(intake.around.database, intake.clock.now, "BIH")


async def notes(intake: IntakeDoor, *actions: str) -> None:
    """Entries, as the run role writes them."""
    await intake.around.database.pool.executemany(NOTE, [(action, MONDAY) for action in actions])


async def verified(intake: IntakeDoor, kept: Sequence[Head] = ()) -> Verdict:
    """What a verification finds."""
    database = intake.around.database
    async with database.pool.acquire() as conn, conn.transaction():
        return await verify(conn, database.statements, kept)


async def links(intake: IntakeDoor) -> Sequence[Any]:
    """The chain."""
    return list(await intake.around.database.pool.fetch("SELECT number, entry, hash FROM access_chain ORDER BY number"))


async def test_entries_are_numbered_without_a_gap_also_where_one_commits_late(
    intake: IntakeDoor, sealer: Sealer
) -> None:
    pool = intake.around.database.pool
    async with pool.acquire() as late, pool.acquire() as never:
        opened, undone = late.transaction(), never.transaction()
        await opened.start()
        await late.execute(NOTE, "late", MONDAY)
        await undone.start()
        await never.execute(NOTE, "never", MONDAY)
        await notes(intake, "early")
        assert await sealer.turn() == 1
        await opened.commit()
        await undone.rollback()
    assert await sealer.turn() == 1
    assert await sealer.turn() == 0
    chain = await links(intake)
    assert [link["number"] for link in chain] == list(range(1, len(chain) + 1))
    assert chain[-1]["entry"] < chain[-2]["entry"]
    assert (await verified(intake)).found == 0


async def test_many_sealers_make_one_chain(intake: IntakeDoor) -> None:
    sealers = [Sealer(intake.around.database, intake.clock.now, "BIH") for _ in range(4)]
    before = len(await links(intake))

    async def write(name: str) -> None:
        for number in range(10):
            await notes(intake, f"{name} {number}")

    writing = asyncio.gather(*(write(name) for name in "abcd"))
    while not writing.done():
        await asyncio.gather(*(each.turn() for each in sealers))
    await sealers[0].turn()
    chain = await links(intake)
    assert [link["number"] for link in chain] == list(range(1, before + 41))
    assert (await verified(intake)).found == 0


async def test_the_head_is_told_when_it_moved_and_at_most_once_a_minute(intake: IntakeDoor, sealer: Sealer) -> None:
    pool = intake.around.database.pool
    await notes(intake, "one")
    await sealer.turn()
    said = await pool.fetch(SAID)
    await notes(intake, "two", "three")
    await sealer.turn()
    assert [row["body"] for row in await pool.fetch(SAID)] == [row["body"] for row in said]
    await intake.owner(f"UPDATE access_heads_said SET said_at = said_at - interval '{timedelta(minutes=2)}'")
    await sealer.turn()
    await sealer.turn()
    told = await pool.fetch(SAID)
    head = (await links(intake))[-1]
    assert len(told) == len(said) + 1
    assert head["hash"].hex() in told[-1]["body"]
    assert f'"length":{head["number"]}' in told[-1]["body"]


@pytest.mark.parametrize("table", ["access_log", "access_chain", "access_heads_said"])
async def test_the_role_that_runs_may_add_to_the_log_and_change_nothing(intake: IntakeDoor, table: str) -> None:
    pool, column = intake.around.database.pool, {"access_log": "account", "access_chain": "number"}.get(table, "length")
    for statement in (f"UPDATE {table} SET {column} = {column}", f"DELETE FROM {table}", f"TRUNCATE {table}"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await pool.execute(statement)


async def test_what_a_superuser_does_to_a_sealed_log_is_found(house: House, intake: IntakeDoor, sealer: Sealer) -> None:
    await notes(intake, *(f"open {number}" for number in range(ENTRIES)))
    await sealer.turn()
    end = (await links(intake))[-1]
    kept = [Head(end["number"], end["hash"])]
    untouched = await verified(intake, kept)
    assert (untouched.found, untouched.beyond) == (0, 0)
    url = as_superuser(house.admin_url, intake.owner_url)
    conn = await asyncpg.connect(url)
    tamperer = Tamperer(conn, intake.around.database.statements, random.Random(SEED), end["number"])
    try:
        results = [await tampered(tamperer, kept, number) for number in range(2 * len(KINDS))]
    finally:
        await conn.close()
    assert [kind for kind, found in results if not found] == []
    assert (await verified(intake, kept)).found == 0


async def test_an_entry_that_is_taken_away_before_its_seal_is_missed(intake: IntakeDoor, sealer: Sealer) -> None:
    await notes(intake, "soon gone")
    await intake.owner("DELETE FROM access_log WHERE action = 'soon gone'")
    await sealer.turn()
    found = await verified(intake)
    last = (await links(intake))[-1]
    assert [(each.kind, each.entry) for each in found.findings] == [("missing", last["entry"])]
    # As it was before, for the other tests.
    for table, column in (("access_chain", "number"), ("access_heads_said", "length")):
        await intake.owner(f"DELETE FROM {table} WHERE {column} >= {last['number']}")


async def test_an_entry_that_gets_no_seal_is_told_as_an_age_and_found_after_a_minute(
    intake: IntakeDoor, sealer: Sealer
) -> None:
    await notes(intake, "waits")
    assert ((await verified(intake)).found, (await verified(intake)).waiting) == (0, 1)
    await intake.owner("UPDATE access_unsealed SET since = since - interval '2 minutes'")
    assert [each.kind for each in (await verified(intake)).findings] == ["unsealed"]
    await sealer.turn()
    assert UNSEALED_SECONDS.labels("intake")._value.get() > 100
    await sealer.turn()
    assert UNSEALED_SECONDS.labels("intake")._value.get() == 0
    assert (await verified(intake)).found == 0
