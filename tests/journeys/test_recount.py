"""Everything counted again from the first event of every topic comes out the same, and what was lost comes back."""

import asyncio
import json
import sys
from collections.abc import Callable
from typing import Any

import asyncpg

from deploy.demo.acts import FIGURES, seen
from deploy.house import House
from services.storage.database import HOUSE
from tests.journeys.looking import number, rows
from tests.journeys.town import Town

SECONDS_MAX = 60.0
PLACE = "RS-PRN"
NOTHING_DIFFERED = {"facts": 0, "contexts": 0, "same_children": 0, "cells": 0}
CELLS = "SELECT sum(number) FROM cells WHERE indicator = 'cases_opened'"


async def rebuilding(house: House) -> asyncio.subprocess.Process:
    """`./spis rebuild analytics`, begun."""
    command = [sys.executable, "-m", "analytics", "rebuild", "--json"]
    pipe = asyncio.subprocess.PIPE
    return await asyncio.create_subprocess_exec(
        *command, env=house.env("analytics"), cwd=house.plan.code, stdout=pipe, stderr=pipe
    )


async def rebuilt(house: House) -> dict[str, Any]:
    """What `./spis rebuild analytics` says when it has ended."""
    process = await rebuilding(house)
    told, _ = await asyncio.wait_for(process.communicate(), SECONDS_MAX)
    assert process.returncode == 0
    said: dict[str, Any] = json.loads(told.decode().splitlines()[-1])
    return said


async def test_a_recount_while_it_serves_gives_the_same_rows_and_brings_back_what_was_lost(
    house: House, town: Callable[[str], Town]
) -> None:
    here = town(PLACE)
    referral = await here.asked_for()
    analyst = here.cast.person("analyst", "RS")

    async def counted() -> bool:
        return bool((await analyst.get(FIGURES, indicator="referrals_sent", unit=PLACE))["value"])

    await seen(counted, f"{referral['referral']} in the figures")
    reports = asyncio.create_task(_goes_on(here))
    assert (await rebuilt(house))["differences"] == NOTHING_DIFFERED
    await reports
    before = await number(house, "analytics", CELLS)
    lost = (await rows(house, "analytics", "DELETE FROM facts WHERE subject = $1 RETURNING 1", referral["referral"]))[0]
    assert lost
    await rows(house, "analytics", "DELETE FROM cells WHERE indicator = 'cases_opened'")
    differences = (await rebuilt(house))["differences"]
    assert differences["facts"] > 0 < differences["cells"]
    assert await counted()
    assert await number(house, "analytics", CELLS) == before


async def _goes_on(here: Town) -> None:
    for _ in range(5):
        await here.report()


GIVEN_UP = """INSERT INTO given_up (topic, partition, "offset", event_id, reason, given_up_by)
    VALUES ('invented', 0, 0, $1, 'invented', 'nobody')"""
OF_ONE = "SELECT event_id FROM facts WHERE subject = $1"


async def test_what_was_given_up_is_not_counted_again(house: House, town: Callable[[str], Town]) -> None:
    report = await town(PLACE).report()
    (kept,) = await seen(lambda: rows(house, "analytics", OF_ONE, report), "the report as a fact")
    await rows(house, "analytics", GIVEN_UP, kept["event_id"])
    await rows(house, "analytics", "DELETE FROM facts WHERE event_id = $1", kept["event_id"])
    await rebuilt(house)
    assert not await rows(house, "analytics", OF_ONE, report)


WAITS = """INSERT INTO set_aside (topic, partition, "offset", event_id, headers, reason)
    VALUES ('invented', 0, 1, 'invented', '[]', 'invented')"""
HELD_UP = """SELECT count(*) FROM pg_stat_activity
    WHERE wait_event_type = 'Lock' AND query LIKE '%next_offset FROM positions ORDER BY%'"""


async def test_a_recount_is_refused_when_what_waited_is_dealt_with_meanwhile(house: House) -> None:
    await rows(house, "analytics", WAITS)
    holding = await asyncpg.connect(house.url("analytics"), server_settings={"spis.scope": HOUSE})
    try:
        async with holding.transaction():
            # Where it takes over it waits for whoever moves the positions: here that is this test.
            await holding.execute("SELECT FROM positions FOR UPDATE")
            process = await rebuilding(house)
            await seen(lambda: number(house, "analytics", HELD_UP), "a recount that wants to take over")
            await holding.execute("DELETE FROM set_aside WHERE topic = 'invented'")
    finally:
        await holding.close()
    _, said = await asyncio.wait_for(process.communicate(), SECONDS_MAX)
    assert (process.returncode, "recount once more" in said.decode()) == (1, True), said.decode()
    assert (await rebuilt(house))["differences"] == NOTHING_DIFFERED
