"""The pages of referrals in a real browser: worked by keys, red by themselves, without a barrier in any language."""

from collections.abc import Callable

from playwright.async_api import expect

from deploy.house import House
from tests.journeys.town import Town
from tests.pages.conftest import Arrive

BOARD, SILENCE = "/referral/board", "/referral/silence"
ASKED_AGAIN_MILLISECONDS_MAX = 30_000
"""The board asks every quarter of a minute whether anything changed."""


async def test_a_referral_is_taken_on_by_keys_alone_and_its_answer_turns_red_by_itself(
    house: House, town: Callable[[str], Town], arrive: Arrive
) -> None:
    here = town("FBIH-ZDK-TES")
    asked = {referral["referral"]: referral for referral in [await here.asked_for() for _ in range(2)]}
    desk = await arrive(here.provider().account, BOARD, "en")
    await desk.page.keyboard.press("j")
    taken = await desk.page.evaluate("document.activeElement.id")
    await desk.page.keyboard.press("a")
    row, left = desk.page.locator(f"#{taken}"), next(referral for ref, referral in asked.items() if ref != taken)
    await expect(row.get_by_role("button", name="Begin the service")).to_be_visible()
    assert desk.page.url.endswith(BOARD), "the page was not left"
    late = desk.page.locator(".rows > li.is-late")
    await expect(late).to_have_count(0)
    here.wait_until(left["answer_by"])
    await expect(late).to_have_count(1, timeout=ASKED_AGAIN_MILLISECONDS_MAX)
    await expect(late).to_have_id(left["referral"])


async def test_a_name_comes_from_intake_alone(town: Callable[[str], Town], arrive: Arrive) -> None:
    here = town("FBIH-ZHK-POS")
    referral = await here.asked_for()
    desk = await arrive(here.worker.account, "/sign-in/here")
    answer = await desk.visit(BOARD)
    line = desk.page.locator(f'[data-case="{referral["case"]}"]').first
    await expect(line).to_have_attribute("title", referral["case"])
    assert await line.inner_text() not in await answer.text(), "the room of referrals never holds a name"
