"""The demo: one command opens a house with a country at work in it, beside whatever house there is."""

import asyncio
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import pytest

from deploy.house import files, lasting
from deploy.house.begin import make_private, own_state
from deploy.house.layout import REPOSITORY, Plan, cache_folder, lasting_folder
from tests.journeys.looking import number

REPORTS = "SELECT count(*) FROM reports"
CHILDREN = 40


@pytest.fixture
def state() -> Iterator[Path]:
    """A state folder of its own that borrows the cache, so that nothing is fetched again."""
    folder = Path(tempfile.mkdtemp(prefix="demo-"))
    make_private(folder)
    cache = cache_folder(own_state()).root
    cache.mkdir(parents=True, exist_ok=True)
    (folder / "cache").symlink_to(cache)
    yield folder
    spis(folder, "down")
    shutil.rmtree(folder)


def spis(state: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """One command over this state."""
    return subprocess.run(
        [sys.executable, "-m", "deploy.house.commands", *words],
        cwd=REPOSITORY,
        env={**os.environ, "SPIS_STATE": str(state)},
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )


@pytest.mark.timeout(300)
def test_one_command_opens_a_country_at_work(state: Path) -> None:
    first = spis(state, "demo", "--minutes", "0.05", "--children", str(CHILDREN))
    assert first.returncode == 0, first.stderr
    assert "a country of invented people works in it" in first.stdout
    house = lasting.find(state)
    assert f"{house.origin}/" in first.stdout
    after_first = asyncio.run(number(house, "intake", REPORTS))
    assert after_first > CHILDREN, "what was drawn, and what happened since"
    assert spis(state, "down").returncode == 0


def test_a_house_of_real_time_is_not_made_a_demo(state: Path) -> None:
    folder = lasting_folder(state)
    make_private(folder.root)
    files.write_json(folder.plan, asdict(Plan(lasting=True)))
    refused = spis(state, "demo")
    assert refused.returncode == 1
    assert "its time is real" in refused.stderr
    assert "SPIS_STATE" in refused.stderr
