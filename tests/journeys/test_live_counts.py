"""What is being said now: counted as it comes, right again after any end of what counts it, and nobody else notices."""

import asyncio
from collections.abc import Callable
from typing import Any

import httpx2
import pytest
from aiokafka.admin import AIOKafkaAdminClient

from deploy.demo.acts import ALERTS, seen
from deploy.demo.visitor import Visitor
from deploy.house import House
from services.contracts.catalog import TOPICS
from tests.journeys.looking import number
from tests.journeys.town import NEED, Town

LIVE = "/analytics/v1/live"
STREAM = "analytics-stream"
FACTS = "SELECT count(*) FROM facts WHERE unit = $1 AND type = 'ba.spis.intake.report.received.v1'"
MANY = 12
READY_SECONDS_MAX = 60.0
SURGES = "SELECT count(*) FROM surges WHERE unit = $1"


@pytest.fixture
def here(town: Callable[[str], Town]) -> Town:
    return town("FBIH-ZDK-TES")


async def counted(here: Town, what: str, need: str | None = None) -> int:
    """How many of a kind were said in the town lately."""
    lines = (await here.cast.person("director", here.unit).get(LIVE, unit=here.unit))["counts"]
    return sum(line["count"] for line in lines if (line["what"], line["need"]) == (what, need))


async def count(here: Town, number: int, what: str, need: str | None = None) -> None:
    """Wait until at least so many of a kind are counted: what was said just before may come to it."""

    async def look() -> bool:
        return await counted(here, what, need) >= number

    await seen(look, f"{number} {what} of {here.unit}, {need or 'whatever the need'}")


async def surges(desk: Visitor, here: Town) -> list[Any]:
    """What a desk was told of surges in the town."""
    items = (await desk.get(ALERTS, limit="200"))["items"]
    return [item for item in items if (item["code"], item["unit"]) == ("SURGE", here.unit)]


async def test_a_report_its_case_and_its_referral_are_counted_within_seconds(here: Town) -> None:
    before = [await counted(here, *each) for each in (("reports",), ("cases", NEED), ("referrals", NEED))]
    await here.asked_for(NEED)
    await count(here, before[0] + 1, "reports")
    await count(here, before[1] + 1, "cases", NEED)
    await count(here, before[2] + 1, "referrals", NEED)


async def test_who_coordinates_the_place_sees_its_counts_and_how_old_they_are(here: Town) -> None:
    await here.report()
    above: Any = here.cast.person("coordinator", "ZDK")

    async def look() -> Any:
        said = await above.get(LIVE, unit="ZDK")
        return said["age_seconds"] is not None and said["counts"] and said

    said = await seen(look, "the counts of the canton")
    assert said["units"] > 1
    assert said["age_seconds"] < 30
    assert sum(window["count"] for line in said["counts"] for window in line["windows"]) == sum(
        line["count"] for line in said["counts"]
    )


async def test_it_shows_its_figures_to_the_house_and_makes_no_topic_of_its_own(house: House) -> None:
    await asyncio.to_thread(house.wait_ready, READY_SECONDS_MAX, STREAM)
    async with httpx2.AsyncClient() as inside:
        assert "# TYPE spis_live_drift" in (await inside.get(f"http://{house.listens(STREAM)}/metrics")).text
    admin = AIOKafkaAdminClient(bootstrap_servers=house.kafka)
    await admin.start()
    try:
        assert {name for name in await admin.list_topics() if not name.startswith("__")} == {t.name for t in TOPICS}
    finally:
        await admin.close()


async def test_a_surge_is_one_alert_at_the_desks_above_however_often_the_stream_is_killed(
    house: House, here: Town
) -> None:
    facts, begun = await number(house, "analytics", FACTS, here.unit), await counted(here, "reports")
    others = {name: house.process(name).exits for name in house.names if name != STREAM}
    for told in range(MANY):
        report = await here.report()
        if told % 4 == 3:
            await asyncio.to_thread(house.wait_ready, READY_SECONDS_MAX, STREAM)
            assert await asyncio.to_thread(house.kill, STREAM)
            await here.alert(here.worker, "REPORT_RECEIVED", report)

    async def heard() -> bool:
        return await number(house, "analytics", FACTS, here.unit) == facts + MANY

    await seen(heard, "every report as a fact")
    above, entity = (here.cast.person("coordinator", place) for place in ("ZDK", "FBIH"))
    alert = await seen(lambda: surges(above, here), "the surge at the desk of the canton")
    other = await seen(lambda: surges(entity, here), "the surge at the desk of the entity")
    # A number is shown after the surges in it were told, so nothing more can come of what is there.
    await count(here, begun + MANY, "reports")
    assert [each["subject"] for each in await surges(above, here)] == [alert[0]["subject"]] == [other[0]["subject"]]
    assert await number(house, "analytics", SURGES, here.unit) == 1
    shown = (await above.get(LIVE, unit=here.unit))["surges"]
    assert [(each["surge"], each["what"], each["need"]) for each in shown] == [(alert[0]["subject"], "reports", None)]
    assert shown[0]["count"] >= 10 > shown[0]["usual"]
    assert {name: house.process(name).exits for name in others} == others
