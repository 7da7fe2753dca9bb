"""What surrounds the pages: languages, the end of a session, the hops of an event, and what an integrator needs."""

import asyncio
import re
import subprocess
from collections.abc import Callable

from playwright.async_api import expect

from deploy.house import House
from tests.journeys.town import Town
from tests.pages.conftest import Arrive
from tests.pages.tour import OPERATOR

MILLISECONDS = re.compile(r"^[\d.,\s]+ ms$")
LINE_SECONDS_MAX = 20


async def test_another_language_is_chosen_on_any_page_which_stays_where_it_is(
    town: Callable[[str], Town], arrive: Arrive
) -> None:
    reader = await arrive(town("RS-DER").worker.account, "/notifications/inbox?state=acknowledged", "bs")
    for name, heading in (("Српски", "Обавјештења"), ("Hrvatski", "Obavijesti"), ("Srpski", "Obavještenja")):
        await reader.page.locator("details.tongues summary").click()
        await reader.page.get_by_role("link", name=name, exact=True).click()
        await expect(reader.page.get_by_role("heading", level=1)).to_have_text(heading)
        assert reader.page.url.endswith("/notifications/inbox?state=acknowledged")


async def test_the_end_of_a_session_is_told_before_it_comes(town: Callable[[str], Town], arrive: Arrive) -> None:
    reader = await arrive(town("RS-DER").worker.account, "/sign-in/here", "en")
    await reader.page.clock.install()
    await reader.visit("/intake/report")
    await expect(reader.page.locator("#timeout")).to_be_hidden()
    await reader.page.clock.fast_forward("07:52:00")
    await expect(reader.page.get_by_role("alert")).to_contain_text("Your session ends soon")


async def test_whoever_leaves_a_form_half_written_is_asked_first(town: Callable[[str], Town], arrive: Arrive) -> None:
    reader = await arrive(town("RS-DER").worker.account, "/intake/report", "en")
    asked: list[str] = []

    async def stay(dialog: object) -> None:
        asked.append(dialog.type)  # type: ignore[attr-defined]
        await dialog.accept()  # type: ignore[attr-defined]

    reader.page.on("dialog", stay)
    await reader.page.get_by_label("Given name").press_sequentially("Ana")
    await reader.page.get_by_role("link", name="My day", exact=True).click()
    await reader.page.wait_for_url("**/intake/day")
    assert asked == ["beforeunload"]


async def test_an_operator_sees_the_hops_of_an_event_through_every_room_and_no_name(
    town: Callable[[str], Town], arrive: Arrive
) -> None:
    here = town("RS-DER")
    case = await here.case()
    referral = await here.asked(case)
    await here.alert(here.provider(), "REFERRAL_SENT", referral["referral"])
    operator = await arrive(OPERATOR, f"/intake/journey?of={case}", "en")
    await operator.page.get_by_role("link", name="Everything that this request set going").click()
    await operator.page.wait_for_url(re.compile(r"of=[0-9a-f]{8}-"))
    rows = operator.page.locator("[data-journey] tbody tr")
    rooms = operator.page.locator("[data-journey] tbody th")
    await expect(rooms.filter(has_text="notifications").first).to_be_visible()
    assert {"intake", "referral", "notifications"} <= set(await rooms.all_inner_texts())
    for row in await rows.all():
        assert MILLISECONDS.match(await row.locator("td").nth(2).inner_text())
    told = await operator.page.locator("main").inner_text()
    assert "Izmišljeno" not in told
    refused = await arrive(here.worker.account, "/sign-in/here", "en")
    assert (await refused.visit(f"/intake/journey?of={case}")).status == 403
    await expect(refused.page.get_by_role("link", name="My day", exact=True)).to_be_visible()


LATER = """async () => {
    const table = document.querySelector("[data-journey]"), [first, ...others] = table.tBodies[0].rows;
    const last = others.at(-1);
    last.dataset.at = new Date(Date.parse(first.dataset.at) + 1234567).toISOString();
    table.dataset.rooms = table.dataset.room;
    await journey(table);
    return last.cells[3].textContent;
}"""


async def test_milliseconds_are_written_as_the_language_writes_numbers_whatever_the_browser_knows(
    town: Callable[[str], Town], arrive: Arrive
) -> None:
    here = town("RS-DER")
    case = await here.case()
    await here.asked(case)
    for language, written in (("bs", "1.234.567 ms"), ("en", "1,234,567 ms")):
        operator = await arrive(OPERATOR, f"/intake/journey?of={case}", language)
        await operator.page.get_by_role("link", name=re.compile("pokrenuo|set going")).click()
        await operator.page.wait_for_url(re.compile(r"of=[0-9a-f]{8}-"))
        await expect(operator.page.locator("[data-journey] tbody tr").nth(2)).to_be_visible()
        assert await operator.page.evaluate(LATER) == written


async def test_the_lines_of_the_integrators_page_work_as_they_stand(
    house: House, town: Callable[[str], Town], arrive: Arrive
) -> None:
    here = town("FBIH-USK-SMO")
    provider = await arrive(here.provider().account, "/referral/integrate", "en")
    await expect(provider.page.get_by_role("row").filter(has_text="ba.spis.referral.referral.sent.v1")).to_be_visible()
    lines = (await provider.page.locator("#lines").inner_text()).splitlines()
    _, secret = house.client(f"{here.unit}.school")
    told = "\n".join(line for line in lines if "…" not in line or "SECRET" in line)
    command = ["bash", "-c", told.replace("SECRET=…", f"SECRET={secret}")]
    said = await asyncio.to_thread(
        subprocess.run, command, capture_output=True, text=True, timeout=LINE_SECONDS_MAX, check=True
    )
    assert '"report":"R-' in said.stdout, said.stdout
    assert '"items":' in said.stdout
    assert "problem" not in said.stdout
