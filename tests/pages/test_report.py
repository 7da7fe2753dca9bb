"""A report is written down by keyboard alone; what is wrong is said beside its field; nothing typed is lost."""

import re
from collections.abc import Callable

from playwright.async_api import expect

from tests.journeys.town import Town
from tests.pages.conftest import Arrive

FORM = "/intake/report"


async def test_a_report_is_written_by_keyboard_alone_and_opened_at_once(
    town: Callable[[str], Town], arrive: Arrive
) -> None:
    here = town("RS-GAC")
    worker = await arrive(here.worker.account, FORM, "en")
    keys = worker.page.keyboard

    async def tab_to(name: str) -> None:
        for _ in range(80):
            if await worker.page.evaluate("document.activeElement.name + '=' + document.activeElement.value") == name:
                return
            await keys.press("Tab")
        raise AssertionError(f"no key leads to {name}")

    await tab_to("concerns=neglect")
    await keys.press("Space")
    await tab_to("narrative=")
    await keys.type("Invented: nobody has seen the child for days.")
    await tab_to("child.given_name=")
    await keys.type("Ањ")
    await tab_to("child.family_name=")
    await keys.type("Izmišljenović")
    await tab_to("reporter.kind=")
    await keys.type("School")
    await tab_to("channel=phone")
    await tab_to("=")
    await keys.press("Enter")
    await expect(worker.page.get_by_role("heading", level=1)).to_contain_text("Report")
    await expect(worker.page.locator(".identity")).to_contain_text("Ањ Izmišljenović")
    await expect(worker.page.locator(".card").first).to_contain_text("Invented: nobody has seen")


async def test_what_is_wrong_is_summed_up_said_beside_its_field_and_nothing_typed_is_lost(
    town: Callable[[str], Town], arrive: Arrive
) -> None:
    here = town("RS-MRK")
    for script in (True, False):
        worker = await arrive(here.worker.account, FORM, "hr", java_script_enabled=script)
        await worker.page.get_by_label("Što se vidjelo ili čulo").fill("Izmišljeno.")
        await worker.page.get_by_label("Ime", exact=True).fill("Ana")
        await worker.page.get_by_label("Datum rođenja").fill("2031-01-01")
        await worker.page.get_by_role("button", name="Pošalji prijavu").click()
        summary = worker.page.locator("#faults")
        await expect(summary).to_contain_text("Ispravite 1 pogrešku")
        if script:
            await expect(summary).to_be_focused()
        await expect(worker.page).to_have_title(re.compile("^Pogreška: "))
        await expect(worker.page.get_by_label("Što se vidjelo ili čulo")).to_have_value("Izmišljeno.")
        await expect(worker.page.get_by_label("Ime", exact=True)).to_have_value("Ana")
        concerns = worker.page.locator("#f-concerns")
        await expect(concerns).to_contain_text("Odaberite barem jedno")
        await expect(concerns).to_have_attribute("aria-invalid", "true")
        await summary.get_by_role("link").first.click()
        assert worker.page.url.endswith("#f-concerns")
        await worker.page.get_by_label("Anonimna prijava").check()
        await worker.page.get_by_label("Zanemarivanje").check()
        await worker.page.get_by_role("button", name="Pošalji prijavu").click()
        await expect(summary).to_contain_text("Datum rođenja je u budućnosti")
        await worker.page.get_by_label("Datum rođenja").fill("2019-01-01")
        await worker.page.get_by_role("button", name="Pošalji prijavu").click()
        await expect(worker.page.locator(".identity")).to_contain_text("Ana")


async def test_two_who_screen_the_same_report_see_both_decisions_side_by_side(
    town: Callable[[str], Town], arrive: Arrive
) -> None:
    here = town("RS-VIS")
    path = f"/intake/reports/{await here.report()}"
    first = await arrive(here.worker.account, path, "en")
    second = await arrive(here.cast.person("supervisor", here.unit).account, path, "en")
    await first.page.get_by_label("Open a case", exact=True).check()
    await first.page.get_by_label("Teaching assistant").check()
    await first.page.get_by_role("button", name="Decide").click()
    await expect(first.page.get_by_text("Became a case").first).to_be_visible()
    await second.page.get_by_label("Do not open a case").check()
    await second.page.get_by_label("Why no case is opened").select_option("unfounded")
    await second.page.get_by_label("Reason for your own judgement").fill("Invented: I know the family.")
    await second.page.get_by_role("button", name="Decide").click()
    sides = second.page.locator(".sides")
    await expect(sides).to_contain_text(here.worker.account)
    await expect(sides).to_contain_text("Did not become a case: Unfounded")
    await expect(sides).to_contain_text("Invented: I know the family.")
    assert (await here.worker.get(path.replace("/intake/", "/intake/v1/")))["state"] == "accepted"


async def test_a_decision_without_its_parts_is_refused_beside_the_field(
    town: Callable[[str], Town], arrive: Arrive
) -> None:
    here = town("RS-KVA")
    worker = await arrive(here.worker.account, f"/intake/reports/{await here.report()}", "en")
    await worker.page.get_by_role("button", name="Decide").click()
    await expect(worker.page.locator("#faults")).to_contain_text("Choose one of those offered")
    await worker.page.get_by_label("Open a case", exact=True).check()
    await worker.page.get_by_role("button", name="Decide").click()
    await expect(worker.page.locator("#f-needs")).to_contain_text("Choose at least one")
