"""Processes that are born in a nursery live and end as those that are started by themselves, and go when it goes."""

import asyncio
import json
import os
import resource
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from deploy.house.births import Births, Process
from deploy.house.child import Child
from deploy.house.layout import REPOSITORY
from deploy.house.processes import Database, Kept
from tests.chassis.echo.waiting import until

SECONDS_MAX = 20.0
HERE = {"PYTHONPATH": str(REPOSITORY), "PATH": os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1"}


@pytest.fixture(scope="module")
async def births(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Births]:
    opened, (soft, hard) = Births(), resource.getrlimit(resource.RLIMIT_NOFILE)
    # Less than the system allows, so that it shows who asks for all of it.
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard - 1, hard))
    await opened.open(HERE, REPOSITORY, tmp_path_factory.mktemp("births") / "nursery.log")
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    yield opened
    await opened.close()


async def born(births: Births, folder: Path, *words: str) -> Process:
    """A process that tells how it lives."""
    command = (sys.executable, "-m", "tests.house.newborn", *words)
    return await births.launch(command, {**HERE, "ITS_OWN": "1"}, folder, folder / "its.log")


def told(folder: Path) -> dict[str, Any]:
    """What it told."""
    lives: dict[str, Any] = json.loads((folder / "its.log").read_text())
    return lives


async def test_it_has_a_place_an_environment_and_a_session_of_its_own_and_has_read_what_all_read(
    births: Births, tmp_path: Path
) -> None:
    process = await born(births, tmp_path, "0")
    assert await process.wait() == 0
    lives = told(tmp_path)
    own = {"folder": str(tmp_path), "own": {**HERE, "ITS_OWN": "1"}}
    assert lives == {**own, "leads": True, "read": True, "opens_all": True}


@pytest.mark.parametrize("code", [1, 70])
async def test_how_it_ended_is_told(births: Births, tmp_path: Path, code: int) -> None:
    process = await born(births, tmp_path, str(code))
    assert await process.wait() == code == process.returncode


async def test_a_signal_that_ended_it_is_a_number_below_zero(births: Births, tmp_path: Path) -> None:
    process = await born(births, tmp_path)
    process.kill()
    assert await process.wait() == -signal.SIGKILL


async def test_what_raises_is_told_in_its_log(births: Births, tmp_path: Path) -> None:
    process = await born(births, tmp_path, "nothing that is a number")
    assert await process.wait() == 1
    assert "ValueError" in (tmp_path / "its.log").read_text()


async def test_it_goes_when_the_nursery_dies_and_the_next_one_is_started_by_itself(tmp_path: Path) -> None:
    births = Births()
    await births.open(HERE, REPOSITORY, tmp_path / "nursery.log")
    process = await born(births, tmp_path)
    assert births.pid is not None
    os.kill(births.pid, signal.SIGKILL)
    async with asyncio.timeout(SECONDS_MAX):
        assert await process.wait() == -signal.SIGKILL

    async def is_gone() -> bool:
        return not psutil.pid_exists(process.pid)

    await until(is_gone, SECONDS_MAX)
    (tmp_path / "its.log").unlink()
    assert await (await born(births, tmp_path, "0")).wait() == 0
    assert told(tmp_path)["read"] is False
    await births.close()


async def test_a_nursery_that_cannot_begin_holds_nobody_up(tmp_path: Path) -> None:
    births = Births()
    await births.open({"PATH": os.environ["PATH"]}, tmp_path, tmp_path / "nursery.log")
    assert await (await born(births, tmp_path, "0")).wait() == 0
    await births.close()


async def test_one_that_ended_before_the_news_of_it_came_is_neither_frozen_nor_thawed(
    births: Births, tmp_path: Path
) -> None:
    command = (sys.executable, "-m", "tests.house.newborn")
    kept = Kept("newborn", command, HERE, tmp_path, Database(""))
    child = Child(kept, tmp_path / "its.log", births, lambda: None)
    await child.start()
    assert child.pid is not None
    os.kill(child.pid, signal.SIGKILL)
    # Not a wait of the loop's: as long as that does nothing else, the news cannot come.
    psutil.wait_procs([psutil.Process(child.pid)] if psutil.pid_exists(child.pid) else [], timeout=SECONDS_MAX)
    assert child.pid is not None
    assert child.freeze() is None
    assert child.thaw() is None
    assert child.state == "running"
    await child.stop()


async def test_nobody_outlives_who_asked_for_it(tmp_path: Path) -> None:
    births = Births()
    await births.open(HERE, REPOSITORY, tmp_path / "nursery.log")
    process = await born(births, tmp_path)
    await births.close()
    assert process.returncode == -signal.SIGKILL
    assert not psutil.pid_exists(births.pid or 0)
