"""One whole house for every journey, opened once; each test is a sentence and uses a town or reports of its own."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import httpx2
import pytest

from deploy.demo.story import STARTS
from deploy.demo.visitor import client
from deploy.house import House
from deploy.house.layout import ROOMS
from tests.journeys.leaving import Leaving
from tests.journeys.looking import number
from tests.journeys.town import Town
from tests.unpaced import UNPACED

HERE = Path(__file__).parent
HEARD_SECONDS_MAX = 60
LOOK_SECONDS = 0.1
LEAVING_SECONDS_MAX = 90
LISTED = "SELECT (SELECT count(*) FROM directory_accounts) + (SELECT count(*) FROM directory_desks)"


@pytest.fixture(scope="session")
def house() -> Iterator[House]:
    """A house with all its rooms, whose time begins on a working day."""
    with House.temporary(clock=STARTS, settings=UNPACED) as house:
        yield house


@pytest.fixture(scope="session")
async def http(house: House) -> AsyncIterator[httpx2.AsyncClient]:
    """A client at the front door, once every room knows who works where."""
    async with asyncio.timeout(HEARD_SECONDS_MAX):
        while not await _told_alike(house):  # noqa: ASYNC110 - looked at from outside
            await asyncio.sleep(LOOK_SECONDS)
    async with client(house.origin) as http:
        yield http


@pytest.fixture(scope="session")
def town(house: House, http: httpx2.AsyncClient) -> Callable[[str], Town]:
    """A town by its code."""
    return lambda unit: Town(house, http, unit)


@pytest.fixture(scope="session")
def leaving(house: House, http: httpx2.AsyncClient) -> Iterator[tuple[Leaving, threading.Thread]]:
    """Somebody whose account ends while the other tests run."""
    leaving = Leaving(house)
    thread = leaving.begin()
    leaving.settled.wait(LEAVING_SECONDS_MAX)
    yield leaving, thread
    thread.join(LEAVING_SECONDS_MAX)


@pytest.fixture(scope="session")
def left(leaving: tuple[Leaving, threading.Thread]) -> Leaving:
    """What was seen of it, once it is over."""
    seen, thread = leaving
    thread.join(LEAVING_SECONDS_MAX)
    return seen


@pytest.fixture(scope="session", autouse=True)
def begin_early(request: pytest.FixtureRequest) -> None:
    """What only takes time begins with the first test."""
    if any("left" in _fixtures(item) for item in request.session.items):
        request.getfixturevalue("leaving")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What only has to be waited for comes last of this folder."""
    places = [place for place, item in enumerate(items) if item.path.parent == HERE]
    ordered = sorted((items[place] for place in places), key=lambda item: "left" in _fixtures(item))
    for place, item in zip(places, ordered, strict=True):
        items[place] = item


async def _told_alike(house: House) -> bool:
    told = {await number(house, room, LISTED) for room in ROOMS}
    return len(told) == 1 and told != {0}


def _fixtures(item: pytest.Item) -> tuple[str, ...]:
    return tuple(getattr(item, "fixturenames", ()))
