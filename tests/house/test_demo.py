"""The demo: one command opens a house with a country at work in it, beside whatever house there is."""

from dataclasses import asdict
from pathlib import Path

import pytest

from deploy.house import files
from deploy.house.begin import make_private
from deploy.house.layout import Plan, lasting_folder
from tests.house.conftest import Country
from tests.house.own_state import spis
from tests.journeys.looking import number

REPORTS = "SELECT count(*) FROM reports"


@pytest.mark.timeout(300)
async def test_one_command_opens_a_country_at_work(country: Country) -> None:
    assert "a country of invented people works in it" in country.said
    assert f"{country.house.origin}/" in country.said
    assert "first year" in country.said
    assert await number(country.house, "intake", REPORTS) > country.children, "what was drawn, and what happened since"


def test_a_house_of_real_time_is_not_made_a_demo(state: Path) -> None:
    folder = lasting_folder(state)
    make_private(folder.root)
    files.write_json(folder.plan, asdict(Plan(lasting=True)))
    refused = spis(state, "demo")
    assert refused.returncode == 1
    assert "its time is real" in refused.stderr
    assert "SPIS_STATE" in refused.stderr


def test_a_demo_says_how_many_children_it_can_begin_with(state: Path) -> None:
    refused = spis(state, "demo", "--children", "100000")
    assert refused.returncode == 2
    assert "./spis load" in refused.stderr
