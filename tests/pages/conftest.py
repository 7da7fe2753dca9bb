"""One house and one real browser for every test of the pages; each test is a person with a profile of their own."""

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

import httpx2
import pytest
from playwright.async_api import Browser, async_playwright, expect

from deploy.demo.story import STARTS
from deploy.demo.visitor import client
from deploy.house import House
from deploy.house.layout import ROOMS
from tests.journeys.looking import number
from tests.journeys.town import Town
from tests.pages.chromium import find_chromium
from tests.pages.reader import Reader, reader
from tests.unpaced import UNPACED

HEARD_SECONDS_MAX = 60
LOOK_SECONDS = 0.1
LISTED = "SELECT (SELECT count(*) FROM directory_accounts) + (SELECT count(*) FROM directory_desks)"

SHOWN_MILLISECONDS_MAX = 15_000

Arrive = Callable[..., Awaitable[Reader]]


@pytest.fixture(scope="session")
def house() -> Iterator[House]:
    """A house with all its rooms, whose time begins on a working day."""
    with House.temporary(clock=STARTS, settings=UNPACED) as house:
        yield house


@pytest.fixture(scope="session")
async def http(house: House) -> AsyncIterator[httpx2.AsyncClient]:
    """A client at the front door, once every room knows who works where."""
    async with asyncio.timeout(HEARD_SECONDS_MAX):
        while len(told := {await number(house, room, LISTED) for room in ROOMS}) != 1 or told == {0}:  # noqa: ASYNC110 - looked at from outside
            await asyncio.sleep(LOOK_SECONDS)
    async with client(house.origin) as http:
        yield http


@pytest.fixture(scope="session")
def town(house: House, http: httpx2.AsyncClient) -> Callable[[str], Town]:
    """A town by its code."""
    return lambda unit: Town(house, http, unit)


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    """A real browser."""
    # What is expected on a page may take a busy machine longer than the usual five seconds.
    expect.set_options(timeout=SHOWN_MILLISECONDS_MAX)
    async with async_playwright() as playwright:
        path = find_chromium(os.environ, playwright.chromium.executable_path)
        browser = await playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        await browser.close()


@pytest.fixture
async def arrive(house: House, http: httpx2.AsyncClient, browser: Browser) -> AsyncIterator[Arrive]:
    """Have somebody sign in and open a page; whatever their browser complained of fails the test in the end."""
    arrived: list[Reader] = []

    async def arrive(account: str, path: str, language: str = "bs", **more: object) -> Reader:
        someone = await reader(browser, house.origin, language, **more)
        arrived.append(someone)
        await someone.sign_in(account, path)
        return someone

    yield arrive
    for someone in arrived:
        await someone.context.close()
        assert not someone.troubles, someone.troubles
