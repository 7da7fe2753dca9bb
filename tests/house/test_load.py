"""A house with a synthetic year in it goes on as any other: nothing is missing, and people work with what is there."""

from datetime import timedelta

import pytest

from deploy.demo.acts import ALERTS, REPORTS, seen
from deploy.demo.cast import Cast
from deploy.demo.papers import report
from deploy.demo.story import STARTS
from deploy.demo.visitor import client
from deploy.house import House
from deploy.house.trouble import Trouble
from deploy.load.country import ROOMS
from deploy.load.drawing import FAMILY
from deploy.load.loading import load
from tests.journeys.looking import number, rows

CASES = 60
SOMEWHERE = "SELECT unit FROM cases ORDER BY case_ref LIMIT 1"
YEAR_BEFORE = {"from": "2025-03-01", "to": "2026-03-31"}
ASIDE = "SELECT count(*) FROM set_aside"
MISSING = "SELECT coalesce(sum(missing), 0) FROM checkpoints_heard"
CLAIMED = "SELECT count(*) FROM checkpoints_heard WHERE count > 0"
SAID = "SELECT count(*) FROM facts"


@pytest.mark.timeout(240)
async def test_after_a_year_was_loaded_the_rooms_go_on_and_nothing_is_missing() -> None:
    with House.temporary(clock=STARTS) as house:
        told: list[str] = []
        done = await load(house, CASES, 1, told.append)
        assert (done.cases, f"{CASES} of {CASES} cases" in " ".join(told)) == (CASES, True)
        assert await number(house, "analytics", SAID) == done.events
        async with client(house.origin) as http:
            cast = Cast(house, http, (await rows(house, "intake", SOMEWHERE))[0]["unit"])
            await assert_known(cast, done.events)
            await assert_at_work(house, cast)
        for room in ROOMS:
            assert await number(house, room, ASIDE) == 0, room
        await seen(lambda: all_heard(house), "a checkpoint behind what was loaded, in every room")
        assert [await number(house, room, MISSING) for room in ROOMS] == [0] * len(ROOMS)
        with pytest.raises(Trouble, match="seed 1"):
            await load(house, CASES, 1, told.append)


async def assert_known(cast: Cast, events: int) -> None:
    """The figures know the year, and whoever works in the place reads its cases with their sealed parts."""
    asked = {"indicator": "reports_received", "unit": "BIH", **YEAR_BEFORE}
    assert (await cast.person("coordinator", "BIH").get("/analytics/v1/figures", **asked))["value"] == CASES
    worker = cast.person("caseworker", cast.unit)
    case = (await worker.get("/intake/v1/cases"))["items"][0]
    file = await worker.get(f"/intake/v1/cases/{case['case']}")
    assert any(file["child"]["family_name"] in names for names in FAMILY.values())
    assert {need["need"] for need in file["needs"]} == set(case["needs"])
    assert events > CASES


async def assert_at_work(house: House, cast: Cast) -> None:
    """What is said next is heard in its order, behind everything that was loaded."""
    before = await number(house, "analytics", SAID)
    form = report(cast.unit, house.now() - timedelta(hours=1))
    taken = (await cast.client(f"{cast.unit}.school").does(REPORTS, form, status=201))["report"]

    async def told() -> bool:
        items = (await cast.person("caseworker", cast.unit).get(ALERTS, limit="200"))["items"]
        return any(item["subject"] == taken for item in items)

    async def counted() -> bool:
        return await number(house, "analytics", SAID) >= before + 2

    await seen(told, "the alert of a new report")
    await seen(counted, "the report and its alert as facts")


async def all_heard(house: House) -> bool:
    """Whether every room was told how much lies on the topics it hears."""
    return all([await number(house, room, CLAIMED) for room in ROOMS])
