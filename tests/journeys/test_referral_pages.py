"""Referral's pages in a browser without a script, signed in at the front door: forms alone carry a need to its end."""

from collections.abc import AsyncIterator, Callable

import httpx2
import pytest

from deploy.house import House
from tests.chassis.page_forms import forms_on, text_of
from tests.journeys.browser import Browser, opened, path_of
from tests.journeys.town import NEED, Town

BOARD = "/referral/board"


@pytest.fixture
def here(town: Callable[[str], Town]) -> Town:
    return town("FBIH-K10-KUP")


@pytest.fixture
async def provider(house: House, here: Town) -> AsyncIterator[Browser]:
    """Somebody at the school, signed in."""
    async with opened(house.origin) as browser:
        page = await browser.sign_in(here.provider().account, then=BOARD)
        assert (page.status_code, path_of(page)) == (200, BOARD)
        yield browser


async def sent(browser: Browser, path: str, name: str, **chosen: str) -> httpx2.Response:
    """Send a form of a page with what was chosen in it; the page it leads to."""
    form = forms_on(await browser.http.get(path))[f"{path}/{name}"]
    data = form.fields | {field.replace("__", "."): value for field, value in chosen.items()}
    return await browser.follow(await browser.http.post(form.action, data=data))


async def test_a_need_is_carried_to_its_end_by_forms_alone(here: Town, provider: Browser) -> None:
    referral = await here.asked_for(NEED)
    path = f"/referral/referrals/{referral['referral']}"
    board = await provider.http.get(BOARD)
    assert path in board.text
    assert referral["case"] not in board.text
    for name, chosen, says in (
        ("accept", {}, "Accepted"),
        ("start", {}, "The service began"),
        ("complete", {"complete__outcome": "need_met"}, "Completed: The need was met"),
    ):
        page = await sent(provider, path, name, **chosen)
        assert (page.status_code, path_of(page)) == (200, path)
        assert says in text_of(page)
    await here.known(referral, "completed")


async def test_a_form_of_another_page_than_ours_changes_nothing(here: Town, provider: Browser) -> None:
    referral = await here.asked_for(NEED)
    path = f"/referral/referrals/{referral['referral']}"
    form = forms_on(await provider.http.get(path))[f"{path}/accept"]
    forged = await provider.http.post(form.action, data=form.fields | {"csrf": "guessed"})
    assert (forged.status_code, forged.headers["content-type"].partition(";")[0]) == (403, "text/html")
    assert f"{path}/accept" in forms_on(await provider.http.get(path))
