"""A case as its centre sees it: a day that says what asks for something, a file with its timeline, an end."""

from collections.abc import Callable

from playwright.async_api import expect

from tests.journeys.town import Town, referral_path
from tests.pages.conftest import Arrive


async def test_a_declined_need_stands_on_top_of_the_day_with_the_childs_name(
    town: Callable[[str], Town], arrive: Arrive
) -> None:
    here = town("RS-CEL")
    quiet, asking = await here.case(), await here.case()
    referral = await here.asked(asking)
    await here.asked(quiet)
    await here.provider().does(referral_path(referral, "decline"), {"reason": "no_capacity"})
    await here.known(referral, "declined")
    worker = await arrive(here.worker.account, "/intake/day", "en")
    first = worker.page.locator("#day .rows > li[id^=C-]").first
    await expect(first).to_have_attribute("id", asking)
    await expect(first).to_contain_text("Declined or withdrawn: ask somebody else: Teaching assistant")
    await expect(first.locator("[data-case]")).not_to_have_text(asking)
    await worker.page.keyboard.press("j")
    await worker.page.keyboard.press("o")
    await worker.page.wait_for_url("**/intake/cases/*")
    await expect(worker.page.locator(".timeline")).to_contain_text("Referral declined")
    await expect(worker.page.locator(".timeline")).to_contain_text("No capacity")


async def test_a_case_is_closed_on_its_page_and_not_while_something_is_live(
    town: Callable[[str], Town], arrive: Arrive
) -> None:
    here = town("RS-BIL")
    case = await here.case()
    referral = await here.asked(case)
    worker = await arrive(here.worker.account, f"/intake/cases/{case}", "en")

    async def close() -> None:
        await worker.page.get_by_text("Close the case").first.click()
        await worker.page.get_by_label("Why the case is closed").select_option("needs_met")
        await worker.page.get_by_label("Closing note").fill("Invented: all is well.")
        await worker.page.get_by_role("button", name="Close the case").click()

    await here.known(referral, "sent")
    await close()
    await expect(worker.page.locator("#faults")).to_contain_text("A referral is still live")
    await expect(worker.page.get_by_label("Closing note")).to_have_value("Invented: all is well.")
    for step in ("accept", "start", "complete"):
        form = {"outcome": "need_met"} if step == "complete" else {}
        await here.provider().does(referral_path(referral, step), form)
    await here.known(referral, "completed")
    await worker.visit(f"/intake/cases/{case}")
    await close()
    await expect(worker.page.get_by_text("Closed: The needs are met")).to_be_visible()
    await expect(worker.page.get_by_text("Invented: all is well.")).to_be_visible()


async def test_a_coordinator_sees_the_case_in_codes_and_a_stranger_sees_none(
    town: Callable[[str], Town], arrive: Arrive
) -> None:
    here = town("RS-BIL")
    case = await here.case()
    above = await arrive(here.cast.person("coordinator", "RS").account, f"/intake/cases/{case}", "en")
    await expect(above.page.locator(".identity")).to_contain_text("Name not known")
    elsewhere = town("FBIH-K10-LIV")
    stranger = await arrive(elsewhere.worker.account, "/intake/day", "sr-Cyrl")
    answer = await stranger.visit(f"/intake/cases/{case}")
    assert answer.status == 404
    await expect(stranger.page.get_by_role("heading", level=1)).to_have_text("Тога нема")


async def test_a_receiver_reads_what_is_shared_and_more_once_it_has_accepted(
    town: Callable[[str], Town], arrive: Arrive
) -> None:
    here = town("RS-PRN")
    case = await here.case()
    referral = await here.asked(case)
    provider = await arrive(here.provider().account, f"/intake/referrals/{referral['referral']}", "en")
    await expect(provider.page.get_by_text("Until you accept you see only the minimum")).to_be_visible()
    await here.provider().does(referral_path(referral, "accept"))
    await here.known(referral, "accepted")
    await provider.page.reload()
    child = (await here.worker.get(f"/intake/v1/cases/{case}"))["child"]
    await expect(provider.page.locator(".identity")).to_contain_text(child["family_name"])


async def test_of_two_who_correct_a_child_at_once_the_second_sees_both_and_decides(
    town: Callable[[str], Town], arrive: Arrive
) -> None:
    here = town("RS-LAK")
    case = await here.case()
    path = f"/intake/cases/{case}/child"
    first = await arrive(here.worker.account, path, "en")
    second = await arrive(here.cast.person("supervisor", here.unit).account, path, "en", java_script_enabled=False)
    await first.page.get_by_label("Family name").fill("Ispravljeno-Izmišljeno")
    await first.page.get_by_role("button", name="Save").click()
    await expect(first.page.locator(".identity")).to_contain_text("Ispravljeno-Izmišljeno")
    await second.page.get_by_label("Address").fill("Izmišljena ulica 7")
    await second.page.get_by_role("button", name="Save").click()
    sides = second.page.locator(".sides")
    await expect(sides).to_contain_text("Ispravljeno-Izmišljeno")
    await expect(sides).to_contain_text("Izmišljena ulica 7")
    await expect(second.page.get_by_label("Address")).to_have_value("Izmišljena ulica 7")
    child = (await here.worker.get(f"/intake/v1/cases/{case}"))["child"]
    assert (child["family_name"], child["address"]) == ("Ispravljeno-Izmišljeno", None), "nothing was overwritten"
    await second.page.get_by_label("Family name").fill("Ispravljeno-Izmišljeno")
    await second.page.get_by_role("button", name="Save").click()
    await expect(second.page.locator(".identity")).to_contain_text("Izmišljena ulica 7")
