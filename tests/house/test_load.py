"""A house with a synthetic year in it goes on as any other: nothing is missing, and people work with what is there."""

import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from deploy.demo.acts import ALERTS, REPORTS, seen
from deploy.demo.cast import Cast
from deploy.demo.papers import report
from deploy.demo.visitor import client
from deploy.house import House, files
from deploy.house.layout import REPOSITORY, Folder
from deploy.load import first_year
from deploy.load.country import ROOMS
from deploy.load.drawing import FAMILY
from deploy.load.first_year import SEED
from tests.house.conftest import Country
from tests.house.own_state import spis
from tests.journeys.looking import number, rows

SOMEWHERE = "SELECT unit FROM cases ORDER BY case_ref LIMIT 1"
ASIDE = "SELECT count(*) FROM set_aside"
MISSING = "SELECT coalesce(sum(missing), 0) FROM checkpoints_heard"
CLAIMED = "SELECT count(*) FROM checkpoints_heard WHERE count > 0"
SAID = "SELECT count(*) FROM facts"


@pytest.mark.timeout(300)
async def test_after_a_year_was_loaded_the_rooms_go_on_and_nothing_is_missing(country: Country) -> None:
    house, loaded = country.house, files.read_json(country.house.folder.first_year)
    assert (loaded["state"], loaded["cases"]) == ("whole", country.children)
    assert await number(house, "analytics", SAID) >= int(str(loaded["events"])) > country.children
    async with client(house.origin) as http:
        cast = Cast(house, http, (await rows(house, "intake", SOMEWHERE))[0]["unit"])
        await assert_known(cast, country)
        await assert_at_work(house, cast)
    for room in ROOMS:
        assert await number(house, room, ASIDE) == 0, room
    await seen(lambda: all_heard(house), "a checkpoint behind what was loaded, in every room")
    assert [await number(house, room, MISSING) for room in ROOMS] == [0] * len(ROOMS)


def test_a_year_is_loaded_once(country: Country) -> None:
    refused = spis(country.state, "load", "--cases", "1", "--seed", str(SEED))
    assert refused.returncode == 1
    assert f"The year of seed {SEED} is in this house already" in refused.stderr


def test_a_house_that_holds_half_a_year_says_so(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    files.write_json(folder.first_year, {"state": first_year.BEGUN})
    line = [sys.executable, "-m", "deploy.load.first_year", str(folder.root)]
    told = subprocess.run(line, cwd=REPOSITORY, capture_output=True, text=True, timeout=60, check=False)
    assert told.returncode == 1
    assert "./spis reset" in told.stdout


async def assert_known(cast: Cast, country: Country) -> None:
    """The figures know the year, and whoever works in the place reads its cases with their sealed parts."""
    today = country.house.now().date()
    asked = {"indicator": "reports_received", "unit": "BIH", "from": f"{today - timedelta(days=366)}", "to": f"{today}"}
    figure = await cast.person("coordinator", "BIH").get("/analytics/v1/figures", **asked)
    assert figure["value"] >= country.children
    worker = cast.person("caseworker", cast.unit)
    case = (await worker.get("/intake/v1/cases"))["items"][-1]
    file = await worker.get(f"/intake/v1/cases/{case['case']}")
    assert any(file["child"]["family_name"] in names for names in FAMILY.values())
    assert {need["need"] for need in file["needs"]} == set(case["needs"])


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
