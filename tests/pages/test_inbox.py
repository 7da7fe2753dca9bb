"""The inbox: alerts appear by themselves, are worked by keys alone, and without a script as well."""

import re
import time
from collections.abc import Callable

from playwright.async_api import expect

from tests.journeys.town import Town
from tests.pages.conftest import Arrive

INBOX = "/notifications/inbox"
NEVER_RESTS = "setInterval(() => new BroadcastChannel('spis-alerts').postMessage(1), 50)"
GATHERED_SECONDS = 0.15
DANGER = {"immediate_danger": True}
WAITING = ".rows > li.is-critical:not(.is-over)"


async def test_an_alert_slides_in_counts_in_the_title_and_is_acknowledged_by_keys(
    town: Callable[[str], Town], arrive: Arrive
) -> None:
    here = town("FBIH-K10-KUP")
    desk = await arrive(here.worker.account, INBOX, "en")
    await expect(desk.page.locator("#alerts")).to_contain_text("0 alerts await")
    for _ in range(2):
        await here.report(**DANGER)
    await expect(desk.page.locator(WAITING)).to_have_count(2)
    await expect(desk.page).to_have_title(re.compile(r"^\(2\) Alerts"))
    await expect(desk.page.locator("#told")).to_have_text("2 alerts await an acknowledgement")
    await desk.page.keyboard.press("j")
    await desk.page.keyboard.press("j")
    second = await desk.page.evaluate("document.activeElement.id")
    assert second == await desk.page.locator(WAITING).nth(1).get_attribute("id")
    await desk.page.keyboard.press("a")
    await expect(desk.page.locator(f"#{second}")).to_have_class(re.compile("is-over"))
    await expect(desk.page).to_have_title(re.compile(r"^\(1\) Alerts"))
    assert desk.page.url.endswith(INBOX), "the page was not left"
    assert await desk.page.evaluate("document.activeElement.matches('.rows > li')"), "the keys go on from here"
    await desk.page.keyboard.press("?")
    await expect(desk.page.get_by_role("dialog")).to_be_visible()
    await desk.page.keyboard.press("Escape")
    await expect(desk.page.get_by_role("dialog")).to_be_hidden()


async def test_alerts_that_never_pause_are_shown_all_the_same_and_asked_for_together(
    town: Callable[[str], Town], arrive: Arrive
) -> None:
    here = town("RS-GAC")
    desk = await arrive(here.worker.account, INBOX)
    other_tab = await desk.context.new_page()
    await other_tab.goto("/sign-in/here")
    await other_tab.evaluate(NEVER_RESTS)
    await here.report(**DANGER)
    await expect(desk.page.locator(WAITING)).to_have_count(1)
    asked, begun = [], time.monotonic()
    desk.page.on("request", lambda request: asked.append(request.url) if request.url.endswith(INBOX) else None)
    await desk.page.wait_for_timeout(1_000)
    assert 0 < len(asked) <= (time.monotonic() - begun) / GATHERED_SECONDS + 1


async def test_names_come_from_intake_in_one_request_and_not_at_all_for_whoever_may_not_know(
    town: Callable[[str], Town], arrive: Arrive
) -> None:
    here = town("FBIH-USK-SMO")
    report = await here.report(**DANGER)
    asked = []
    desk = await arrive(here.worker.account, "/sign-in/here")
    desk.page.on("request", lambda request: asked.append(request.url) if "/names" in request.url else None)
    await desk.visit(INBOX)
    line = desk.page.locator(f'[data-report="{report}"]').first
    await expect(line).to_have_attribute("title", report)
    await expect(line).not_to_have_text(report)
    assert len([each for each in asked if report in each]) == 1, asked
    name, page = await line.inner_text(), await desk.visit(INBOX)
    assert name not in await page.text(), "the room that shows alerts never holds a name"


async def test_a_list_that_is_drawn_anew_opens_no_name_twice(town: Callable[[str], Town], arrive: Arrive) -> None:
    here = town("RS-KVA")
    first = await here.report(**DANGER)
    await here.alert(here.worker, "REPORT_OF_DANGER", first)
    asked = []
    desk = await arrive(here.worker.account, "/sign-in/here")
    desk.page.on("request", lambda request: asked.append(request.url) if "/names" in request.url else None)
    await desk.visit(INBOX)
    named = desk.page.locator(f'[data-report="{first}"]')
    await expect(named).not_to_have_text(first)
    second = await here.report(**DANGER)
    await expect(desk.page.locator(f'[data-report="{second}"]')).not_to_have_text(second)
    await expect(named).not_to_have_text(first)
    assert sum(url.count(first) for url in asked) == 1, "each opening is written down, so none is for nothing"


async def test_everything_is_done_without_a_script_too(town: Callable[[str], Town], arrive: Arrive) -> None:
    here = town("FBIH-USK-VKL")
    report = await here.report(**DANGER)
    await here.alert(here.worker, "REPORT_OF_DANGER", report)
    desk = await arrive(here.worker.account, INBOX, "sr-Latn", java_script_enabled=False)
    await expect(desk.page.locator(WAITING)).to_have_count(1)
    link = desk.page.locator(f'[data-report="{report}"]').first
    await expect(link).to_have_text(report)
    await desk.page.get_by_role("button", name="Potvrdi").first.click()
    await expect(desk.page.locator(WAITING)).to_have_count(0)
    assert desk.page.url.endswith(INBOX)
    await link.click()
    await expect(desk.page.get_by_role("heading", level=1)).to_contain_text("Prijava")


async def test_a_form_that_is_sent_twice_is_done_once_and_one_from_elsewhere_not_at_all(
    town: Callable[[str], Town], arrive: Arrive
) -> None:
    here = town("RS-NGR")
    report = await here.report(**DANGER)
    await here.alert(here.worker, "REPORT_OF_DANGER", report)
    desk = await arrive(here.worker.account, INBOX, "en")
    form = desk.page.locator(f"{WAITING} form").first
    path = str(await form.get_attribute("action"))
    fields: dict[str, str | float | bool] = {
        name: str(await form.locator(f"input[name={name}]").get_attribute("value")) for name in ("csrf", "key")
    }
    for _ in range(2):
        answer = await desk.context.request.post(path, form=fields, max_redirects=0)
        assert answer.status == 303
    forged = await desk.context.request.post(path, form=fields | {"csrf": "guessed"}, max_redirects=0)
    assert forged.status == 403
    assert "Send again" in await forged.text(), "whoever really sent it may send it again from here"
