"""Every page keeps every rule: no barrier in either scheme or width, light, from this house only, in one language.

Languages and views take turns here; `./spis prove pages` tries each page in all of them.
"""

import re
from collections.abc import Callable
from itertools import cycle

import pytest
from playwright.async_api import Browser

from deploy.house import House
from tests.journeys.town import Town
from tests.pages.looking import look_at
from tests.pages.reader import LANGUAGES, Reader, reader
from tests.pages.rules import SAMPLE
from tests.pages.tour import Stage, set_stage


@pytest.fixture(scope="module")
async def stage(town: Callable[[str], Town]) -> Stage:
    """A town with something to show on every page."""
    return await set_stage(town)


@pytest.mark.timeout(240)
async def test_no_page_keeps_anybody_out_weighs_too_much_or_forgets_its_language(
    house: House, browser: Browser, stage: Stage
) -> None:
    people: dict[str, Reader] = {}
    found: list[str] = []
    for stop, language, view in zip(stage.stops(), cycle(LANGUAGES), cycle(SAMPLE)):
        if stop.account not in people:
            people[stop.account] = await reader(browser, house.origin, language, bypass_csp=True)
            await people[stop.account].sign_in(stop.account, "/sign-in/here")
        found += await look_at(people[stop.account], stop, language, [view])
    for someone in people.values():
        found += someone.troubles
        await someone.context.close()
    assert not found, "\n".join(found)


async def test_a_page_loads_nothing_from_elsewhere_and_runs_no_script_of_its_own(
    house: House, browser: Browser
) -> None:
    someone = await reader(browser, house.origin)
    await someone.sign_in("caseworker@FBIH-K10-LIV", "/notifications/inbox")
    answer = await someone.visit("/notifications/inbox")
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    page = await answer.text()
    assert not re.findall(r"<script(?![^>]*\bsrc=)|\son\w+=|\sstyle=|<style", page), "nothing is written into the page"
    assert not [link for link in re.findall(r'(?:src|href)="(https?:)?//', page) if link]
    await someone.page.evaluate(
        "document.body.insertAdjacentHTML('beforeend', '<img src=x onerror=\"window.evil=1\">')"
    )
    assert await someone.page.evaluate("window.evil") is None
    await someone.context.close()
