"""The fixtures of the tests of storage and bus."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog

from deploy.house import House
from tests.chassis.echo.processes import Family, family
from tests.chassis.echo.room import TEMPLATE, Echo, copy_database, empty, make_template, reopen_echo
from tests.chassis.echo.topic import Topic, make_topic

SHARED = "echo_shared"


@pytest.fixture(scope="session")
async def template(house: House) -> House:
    """The house, once it has the database that others are copied from, and the one that most tests share."""
    await make_template(house)
    await copy_database(house, TEMPLATE, SHARED)
    return house


@pytest.fixture
async def echo(template: House) -> AsyncIterator[Echo]:
    """The invented room on a database in which nobody and nothing is."""
    await empty(template, SHARED)
    async with reopen_echo(template, SHARED) as echo:
        yield echo


@pytest.fixture(autouse=True)
def told() -> Iterator[list[Any]]:
    """Every line that is logged in this process while the test runs."""
    with structlog.testing.capture_logs() as lines:
        yield lines


@pytest.fixture
async def topic(house: House) -> AsyncIterator[Topic]:
    """A topic of one partition of this test's own."""
    made = await make_topic(house)
    yield made
    await made.close()


@pytest.fixture
def processes(tmp_path: Path) -> Iterator[Family]:
    """Processes that do not outlive the test."""
    with family(tmp_path / "log") as started:
        yield started
