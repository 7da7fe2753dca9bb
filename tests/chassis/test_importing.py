"""A table on its page, at intake's own door: checked without a trace, taken in part after part, never twice."""

import asyncio
import re
from collections.abc import AsyncIterator
from html import unescape

import httpx2
import pytest

from deploy.house import House
from deploy.house.layout import REPOSITORY
from intake.importing.entries import check
from intake.importing.pages import ROWS_AT_ONCE_MAX, TEXT_CHARACTERS_MAX
from services.http.calls import AGAIN
from services.security.secret_files import secret_of
from tests.chassis.intake_door import WORKER, IntakeDoor, open_intake
from tests.core.imported_tables import CANARY, ROW, table
from tests.core.intake_stories import MONDAY, UNIT

HIDDEN = re.compile(r'<input type="hidden" name="([^"]*)" value="([^"]*)">')
EXAMPLE = (REPOSITORY / "deploy" / "demo" / "reports.csv").read_text(encoding="utf-8")
MANY = 2 * ROWS_AT_ONCE_MAX + 7
TABLES = ("stream_events", "outbox", "reports", "vault", "concerned", "idempotency")
IMPORT = {"do": "import"}


@pytest.fixture(scope="module")
async def opened(house: House, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[IntakeDoor]:
    """Intake, open."""
    async with open_intake(house, tmp_path_factory.mktemp("importing")) as door:
        yield door


@pytest.fixture
async def intake(opened: IntakeDoor) -> IntakeDoor:
    """Intake without any report, where nobody asked for anything yet."""
    await opened.owner(f"TRUNCATE {', '.join((*TABLES, 'counters', 'pseudonyms', 'paces'))}")
    return opened


def many() -> str:
    """A table of more rows than one request takes in."""
    return table(*(ROW | {"narrative": f"Izmišljeno: {number}"} for number in range(MANY)))


async def sent(intake: IntakeDoor, text: str, account: str = WORKER, **fields: str) -> httpx2.Response:
    """The page that answers a table."""
    return await intake.page("/intake/import", {"key": "a-form-of-a-page", "table": text, **fields}, account)


async def gone_on(intake: IntakeDoor, page: httpx2.Response) -> httpx2.Response:
    """The page after the last one, as a browser leads there."""
    while "data-goes-on" in page.text:
        fields = {unescape(name): unescape(value) for name, value in HIDDEN.findall(page.text)}
        page = await intake.page("/intake/import", fields)
    assert "The import is finished" in page.text
    return page


async def reports(intake: IntakeDoor) -> int:
    """How many reports there are."""
    return len(await intake.rows("reports"))


async def test_a_check_names_what_is_wrong_and_leaves_no_trace(intake: IntakeDoor) -> None:
    before = [len(await intake.rows(name)) for name in TABLES]
    page = await sent(intake, table(ROW, ROW | {"sex": CANARY}, ROW))
    assert page.status_code == 422
    assert "2 rows are good. 1 row needs correcting." in page.text
    assert '<th scope="row" class="number">3</th><td>sex</td><td>Write one of these codes: female, ' in page.text
    assert "Row 4 says the same as row 2" in page.text
    assert "Import only 2 good rows" in page.text
    assert [len(await intake.rows(name)) for name in TABLES] == before


async def test_what_is_not_good_is_left_out_and_the_corrected_table_adds_only_that(intake: IntakeDoor) -> None:
    bad = EXAMPLE.replace("2026-01-15,paper", "15.13.2026.,paper")
    page = await sent(intake, bad, **IMPORT)
    assert "9 reports were imported. 1 bad row was left out." in page.text
    again = await sent(intake, EXAMPLE, **IMPORT)
    assert "1 report was imported. 9 had been imported before and were not doubled." in again.text
    assert await reports(intake) == 10


async def test_an_import_that_ends_in_the_middle_is_begun_anew_and_doubles_nothing(intake: IntakeDoor) -> None:
    first = await sent(intake, many(), **IMPORT)
    assert f"Done: {ROWS_AT_ONCE_MAX} of {MANY}" in first.text
    assert await reports(intake) == ROWS_AT_ONCE_MAX
    # Whoever began has lost the page, and in the meantime added a row on top.
    header, _, rest = many().partition("\n")
    added = table(ROW | {"narrative": "Izmišljeno: dodano"}).partition("\n")[2]
    last = await gone_on(intake, await sent(intake, f"{header}\n{added}{rest}", **IMPORT))
    new, known = MANY + 1 - ROWS_AT_ONCE_MAX, ROWS_AT_ONCE_MAX
    assert f"{new} reports were imported. {known} had been imported before" in last.text
    assert await reports(intake) == MANY + 1


async def test_several_windows_at_once_take_each_row_in_once(intake: IntakeDoor) -> None:
    pages = await asyncio.gather(*(sent(intake, many(), **IMPORT) for _ in range(3)))
    assert {page.status_code for page in pages} == {200}
    for page in pages:
        await gone_on(intake, page)
    assert await reports(intake) == MANY


async def test_what_a_page_began_a_program_may_finish(intake: IntakeDoor) -> None:
    await sent(intake, EXAMPLE, **IMPORT)
    secret = secret_of(intake.around.settings.secret)
    for entry in check(EXAMPLE, UNIT, MONDAY, secret).entries:
        answer = await intake.post("/reports", entry.body, key=entry.key)
        assert answer.status_code == 201, answer.text
        assert all(name in answer.headers for name in AGAIN)
    assert await reports(intake) == 10


async def test_who_reports_too_fast_is_told_when_it_goes_on(intake: IntakeDoor) -> None:
    limit = intake.around.settings.limits.reports
    await intake.around.database.read("spend", "reports", WORKER, limit.one_back, limit.all_back)
    await intake.owner("UPDATE paces SET free_at = clock_timestamp() + interval '1 hour'")
    page = await sent(intake, many(), **IMPORT)
    assert page.status_code == 200
    assert re.search(r'data-goes-on="[1-9]', page.text)
    assert await reports(intake) < ROWS_AT_ONCE_MAX


async def test_a_text_that_is_too_long_is_told_and_given_back(intake: IntakeDoor) -> None:
    page = await sent(intake, many() + "x" * TEXT_CHARACTERS_MAX, **IMPORT)
    assert page.status_code == 422
    assert "The table is too long: at most 40000 characters fit." in page.text
    assert "x" * TEXT_CHARACTERS_MAX in page.text
    assert await reports(intake) == 0


@pytest.mark.parametrize("account", ["director@RS-BIL", "provider@RS-BIL.school", "coordinator@RS"])
async def test_who_may_not_report_may_not_import(intake: IntakeDoor, account: str) -> None:
    assert (await sent(intake, EXAMPLE, account, **IMPORT)).status_code == 403
    assert await reports(intake) == 0


async def test_a_supervisor_imports_for_the_own_place_alone(intake: IntakeDoor) -> None:
    await sent(intake, EXAMPLE, "supervisor@RS-GAC", **IMPORT)
    assert {unit for unit in ("RS-GAC", UNIT) for row in await intake.rows("reports") if unit in row} == {"RS-GAC"}
