"""A centre takes a table in: from a file or pasted, with a script and without, and ends with each row there once."""

import re
from collections.abc import Callable
from pathlib import Path

from playwright.async_api import expect

from intake.importing.pages import ROWS_AT_ONCE_MAX, TEXT_CHARACTERS_MAX
from tests.core.imported_tables import ROW, table
from tests.journeys.looking import number
from tests.journeys.town import Town
from tests.pages.conftest import Arrive
from tests.pages.rules import all_barriers

PAGE = "/intake/import"
REPORTS = "SELECT count(*) FROM reports WHERE unit = $1 AND received_by LIKE 'caseworker@%'"
MANY = 2 * ROWS_AT_ONCE_MAX + 1


async def test_a_file_is_read_checked_corrected_and_imported_by_itself(
    town: Callable[[str], Town], arrive: Arrive, tmp_path: Path
) -> None:
    here = town("RS-PRN")
    rows = [ROW | {"narrative": f"Izmišljeno: {row}"} for row in range(MANY)]
    path = tmp_path / "table.csv"
    path.write_text(table(*rows[:-1], rows[-1] | {"sex": "x"}), encoding="utf-8")
    worker = await arrive(here.worker.account, "/intake/report", "hr")
    page = worker.page
    await page.get_by_role("link", name="Više prijava odjednom").click()
    await page.get_by_text("Stupci tablice i njihove šifre").first.click()
    await expect(page.get_by_role("row", name="channel")).to_contain_text("phone Telefonom")
    assert await all_barriers(worker) == []
    await page.get_by_label("Datoteka s tablicom").set_input_files(path)
    await page.get_by_role("button", name="Provjeri").click()
    checked = page.locator("#checked")
    await expect(checked).to_contain_text("100 redaka je ispravno. 1 redak treba ispraviti.")
    await expect(checked.get_by_role("row").last).to_contain_text("102sexUpišite jednu od ovih šifri: female")
    await expect(page).to_have_title(re.compile("^Pogreška: "))
    assert await all_barriers(worker) == []
    text = page.get_by_label("Tablica (CSV)")
    await text.fill((await text.input_value()).replace(",x,", ",male,"))
    await page.get_by_role("button", name="Provjeri").click()
    await expect(checked).to_contain_text("101 redak je ispravan.")
    await page.get_by_role("button", name="Uvezi 101 prijavu").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Uvoz je završen")
    await expect(page.get_by_role("status").first).to_contain_text("101 prijava je uvezena.")
    assert await all_barriers(worker) == []
    assert await number(here.house, "intake", REPORTS, here.unit) == MANY


async def test_a_pasted_table_is_imported_without_a_script_and_not_doubled_by_going_back(
    town: Callable[[str], Town], arrive: Arrive
) -> None:
    here = town("RS-DER")
    rows = [ROW | {"narrative": f"Измишљено: {row}"} for row in range(ROWS_AT_ONCE_MAX)]
    pasted = table(*rows, columns=tuple(ROW), separator="\t")
    worker = await arrive(here.worker.account, PAGE, "sr-Cyrl", java_script_enabled=False)
    page = worker.page
    await expect(page.get_by_label("Датотека с табелом")).to_be_hidden()
    for new in (True, False):
        await worker.visit(PAGE)
        await page.get_by_label("Табела (CSV)").fill(pasted)
        await page.get_by_role("button", name="Провјери").click()
        await page.get_by_role("button", name="Увези 50 пријава").click()
        told = page.get_by_role("status").first
        await expect(told).to_contain_text("50 пријава је увезено." if new else "50 их је већ било увезено")
        assert await number(here.house, "intake", REPORTS, here.unit) == ROWS_AT_ONCE_MAX


async def test_without_a_script_each_part_is_sent_by_hand(town: Callable[[str], Town], arrive: Arrive) -> None:
    here = town("RS-LAK")
    worker = await arrive(here.worker.account, PAGE, "en", java_script_enabled=False)
    page = worker.page
    rows = (ROW | {"narrative": f"Izmišljeno: {row}"} for row in range(MANY))
    await page.get_by_label("Table (CSV)").fill(table(*rows))
    await page.get_by_role("button", name="Check").click()
    await page.get_by_role("button", name="Import 101 reports").click()
    await expect(page.get_by_role("progressbar", name="Done: 50 of 101")).to_be_visible()
    await page.get_by_role("button", name="Go on").click()
    await page.get_by_role("button", name="Go on").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("The import is finished")
    assert await number(here.house, "intake", REPORTS, here.unit) == MANY


async def test_a_file_that_cannot_be_sent_is_told_before_anything_leaves(
    town: Callable[[str], Town], arrive: Arrive, tmp_path: Path
) -> None:
    worker = await arrive(town("RS-MRK").worker.account, PAGE, "bs")
    path, told = tmp_path / "table.csv", worker.page.locator("#table-told")

    async def choose() -> None:
        async with worker.page.expect_file_chooser() as chooser:
            await worker.page.get_by_label("Datoteka s tabelom").click()
        await (await chooser.value).set_files(path)

    path.write_bytes("Žužić".encode("cp1250"))
    await choose()
    await expect(told).to_contain_text("nije zapisana u kodiranju UTF-8")
    path.write_text("Ж" * (TEXT_CHARACTERS_MAX + 1), encoding="utf-8")
    await choose()
    await expect(told).to_contain_text("Tabela je preduga")
    asked = []
    worker.page.on("request", lambda request: asked.append(request.method))
    await worker.page.get_by_role("button", name="Provjeri").click()
    await expect(told).to_contain_text("Tabela je preduga")
    assert "POST" not in asked
