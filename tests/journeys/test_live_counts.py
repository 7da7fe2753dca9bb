"""What is being said now: counted as it comes, right again after any end of what counts it, and nobody else notices."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from deploy.demo.acts import seen
from deploy.house import House
from tests.journeys.looking import number
from tests.journeys.town import NEED, Town

LIVE = "/analytics/v1/live"
STREAM = "analytics-stream"
FACTS = "SELECT count(*) FROM facts WHERE unit = $1 AND type = 'ba.spis.intake.report.received.v1'"
KILLS = 3


@pytest.fixture
def here(town: Callable[[str], Town]) -> Town:
    return town("FBIH-SBK-GVU")


async def counted(here: Town, what: str, need: str | None = None) -> int:
    """How many of a kind were said in the town lately."""
    lines = (await here.cast.person("director", here.unit).get(LIVE, unit=here.unit))["counts"]
    return sum(line["count"] for line in lines if (line["what"], line["need"]) == (what, need))


async def count(here: Town, number: int, what: str, need: str | None = None) -> None:
    """Wait until so many of a kind are counted."""

    async def look() -> bool:
        return await counted(here, what, need) == number

    await seen(look, f"{number} {what} of {here.unit}, {need or 'whatever the need'}")


async def test_a_report_its_case_and_its_referral_are_counted_within_seconds(here: Town) -> None:
    before = [await counted(here, *each) for each in (("reports",), ("cases", NEED), ("referrals", NEED))]
    await here.asked_for(NEED)
    await count(here, before[0] + 1, "reports")
    await count(here, before[1] + 1, "cases", NEED)
    await count(here, before[2] + 1, "referrals", NEED)


async def test_who_coordinates_the_place_sees_its_counts_and_how_old_they_are(here: Town) -> None:
    await here.report()
    above: Any = here.cast.person("coordinator", "SBK")

    async def look() -> Any:
        said = await above.get(LIVE, unit="SBK")
        return said["age_seconds"] is not None and said["counts"] and said

    said = await seen(look, "the counts of the canton")
    assert said["units"] > 1
    assert said["age_seconds"] < 30
    assert sum(window["count"] for line in said["counts"] for window in line["windows"]) == sum(
        line["count"] for line in said["counts"]
    )


async def test_killed_again_and_again_it_harms_nobody_and_counts_right_again(house: House, here: Town) -> None:
    facts = await number(house, "analytics", FACTS, here.unit)
    begun, over = await counted(here, "reports"), asyncio.Event()
    told = 0

    async def report() -> None:
        nonlocal told
        while not over.is_set():
            await here.alert(here.worker, "REPORT_RECEIVED", await here.report())
            told += 1

    trickle = asyncio.create_task(report())
    for _ in range(KILLS):
        assert await asyncio.to_thread(house.kill, STREAM)
        await seen(lambda: asyncio.to_thread(lambda: house.process(STREAM).pid), "the stream started again")
    over.set()
    await trickle
    assert await number(house, "analytics", FACTS, here.unit) <= facts + told

    async def heard() -> bool:
        return await number(house, "analytics", FACTS, here.unit) == facts + told

    await seen(heard, "every report as a fact")
    await count(here, begun + told, "reports")
