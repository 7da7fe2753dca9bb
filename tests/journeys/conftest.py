"""One whole house for every journey, opened once; each test is a sentence and uses a town or reports of its own."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator

import httpx2
import pytest

from deploy.demo.story import STARTS
from deploy.demo.visitor import client
from deploy.house import House
from deploy.house.layout import ROOMS
from tests.journeys.looking import number
from tests.journeys.town import Town

HEARD_SECONDS_MAX = 60
LOOK_SECONDS = 0.1
LISTED = "SELECT (SELECT count(*) FROM directory_accounts) + (SELECT count(*) FROM directory_desks)"


@pytest.fixture(scope="session")
def house() -> Iterator[House]:
    """A house with all its rooms, whose time begins on a working day."""
    with House.temporary(clock=STARTS) as house:
        yield house


@pytest.fixture(scope="session")
async def http(house: House) -> AsyncIterator[httpx2.AsyncClient]:
    """A client at the front door, once every room knows who works where."""
    async with asyncio.timeout(HEARD_SECONDS_MAX):
        while len({await number(house, room, LISTED) for room in ROOMS}) > 1:  # noqa: ASYNC110 - looked at from outside
            await asyncio.sleep(LOOK_SECONDS)
    async with client(house.origin) as http:
        yield http


@pytest.fixture(scope="session")
def town(house: House, http: httpx2.AsyncClient) -> Callable[[str], Town]:
    """A town by its code."""
    return lambda unit: Town(house, http, unit)
