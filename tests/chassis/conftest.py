"""One real Kafka and PostgreSQL for all tests of the chassis, and a fresh database for whoever asks."""

from collections.abc import AsyncIterator, Iterator

import pytest

from deploy.house import House
from tests.chassis.echo.fixtures import echo, processes, template, topic
from tests.chassis.invented.door import Door, open_door

__all__ = ["echo", "processes", "template", "topic"]


@pytest.fixture(scope="session")
def house() -> Iterator[House]:
    """A house with nothing in it but its broker and its database server."""
    with House.temporary(rooms=()) as house:
        yield house


@pytest.fixture(scope="session")
async def door(house: House, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Door]:
    """The invented room, open; tests write notes of codes of their own."""
    async with open_door(house, tmp_path_factory.mktemp("door")) as door:
        yield door
