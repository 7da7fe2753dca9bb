"""Releases as pages: blanks are blanks there too, everybody who is signed in reads them, and an analyst asks."""

import csv
import io
import re
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from html import unescape
from itertools import product
from typing import Any

import httpx2
import pytest

from analytics.release.releasing import Press
from deploy.house.issuer import mint
from services.contracts.names import LANGUAGES
from tests.chassis.analytics_door import ISSUER, Figures, figures, opened
from tests.chassis.test_figure_pages import text
from tests.chassis.test_releases import ANALYST, JANUARY, JANUARY_10, READER, a_month, press, released
from tests.core.test_words import CYRILLIC

__all__ = ["figures", "opened", "press"]

TABLE = re.compile(r"<table>.*?</table>", re.DOTALL)
CELL = re.compile(r'<td class="number[^"]*">(.*?)</td>', re.DOTALL)
BLANK = '<span aria-hidden="true">*</span><span class="unseen">hidden</span>'


async def send(figures: Figures, account: str, form: Mapping[str, object]) -> httpx2.Response:
    """Send the form that asks for a release."""
    token = mint(figures.issuer, account, ISSUER, "spis", now=datetime.now(UTC))
    headers = {"Authorization": f"Bearer {token}", "Accept-Language": "en"}
    data = {"key": secrets.token_urlsafe(18), **form}
    return await figures.client.post("/analytics/published", data=data, headers=headers)


async def a_release(figures: Figures, press: Press) -> dict[str, Any]:
    await a_month(figures, JANUARY_10)
    return await released(figures, press, indicators=["cases_opened", "referrals_sent"], **JANUARY)


def shown(page: str, breakdown: str) -> list[list[str]]:
    """The numbers of one table, a list for each of its rows."""
    tables = TABLE.findall(page)
    found = next(each for each in tables if f"Cases opened: {breakdown}</caption>" in each)
    return [CELL.findall(row) for row in found.split("</tr>")[1:-1]]


async def test_what_a_release_hides_is_a_sign_with_words_and_never_its_value(figures: Figures, press: Press) -> None:
    release = await a_release(figures, press)
    page = text(await figures.page(READER, f"published/{release['release']}"))
    cells = [cell for cell in release["cells"] if cell["indicator"] == "cases_opened"]
    hidden = [cell for cell in cells if cell["value"] is None]
    assert hidden
    assert page.count(BLANK) == len(hidden)
    every = [value for each in TABLE.findall(page) for value in CELL.findall(each)]
    assert len(every) == len(cells)
    told = sorted(int(value) for value in every if value != BLANK)
    assert told == sorted(cell["value"] for cell in cells if cell["value"] is not None)
    assert not [value for value in told if 0 < value < 5]
    assert "Why some numbers are hidden" in page
    assert "Numbers from 1 to 4 are not published" in page
    assert "Only numbers from 5 on are published" in page


async def test_each_number_stands_in_the_row_of_its_unit_and_the_column_of_its_category(
    figures: Figures, press: Press
) -> None:
    release = await a_release(figures, press)
    page = text(await figures.page(READER, f"published/{release['release']}"))
    values = {
        (cell["unit"], cell["of"].get("sex")): cell["value"]
        for cell in release["cells"]
        if cell["indicator"] == "cases_opened" and set(cell["of"]) <= {"sex"}
    }
    whole, by_sex = shown(page, "in total"), shown(page, "by sex")
    assert whole[0] == [str(values["BIH", None])]
    assert len(by_sex) == len({unit for unit, _ in values})
    expected = [values["BIH", sex] for sex in ("female", "male", "unknown")]
    assert by_sex[0] == [BLANK if value is None else str(value) for value in expected]
    other = text(await figures.page(READER, f"published/{release['release']}", indicator="referrals_sent"))
    assert "Referrals sent: in total</caption>" in other
    assert "Cases opened: in total" not in other


async def test_the_files_of_a_release_have_the_same_numbers_and_blanks(figures: Figures, press: Press) -> None:
    release = await a_release(figures, press)
    page = text(await figures.page(READER, f"published/{release['release']}"))
    links = re.findall(r'href="/analytics/(v1/[^"]*format=[^"]*)"', page)
    assert len(links) == 2
    cells = [cell for cell in release["cells"] if cell["indicator"] == "cases_opened"]
    for link, empty in zip(links, ("", "NaN"), strict=True):
        rows = list(csv.DictReader(io.StringIO((await figures.page(READER, link)).text)))
        assert [row["OBS_VALUE"] for row in rows] == [
            empty if cell["value"] is None else str(cell["value"]) for cell in cells
        ]
        assert [row["OBS_STATUS"] for row in rows] == ["Q" if cell["value"] is None else "A" for cell in cells]
        assert {(row["INDICATOR"], row["TIME_PERIOD"]) for row in rows} == {("cases_opened", "2026-01-01/P31D")}
        assert [row["SEX"] for row in rows] == [cell["of"].get("sex", "_T") for cell in cells]
        assert not [row for row in rows if row["OBS_STATUS"] == "Q" and row["OBS_COUNT"]]


async def test_whoever_is_signed_in_finds_what_is_published_and_only_its_publisher_what_is_not(
    figures: Figures, press: Press
) -> None:
    assert "Nothing has been published yet." in text(await figures.page(READER, "published"))
    release = await a_release(figures, press)
    await figures.command(
        ANALYST, "releases", {"indicators": ["cases_opened"], "from": "2026-02-01", "to": "2026-02-28"}
    )
    for account, seen in ((READER, 1), ("coordinator@K10", 1), (ANALYST, 2)):
        page = text(await figures.page(account, "published"))
        assert page.count('href="/analytics/published/B-') == seen
        assert f'href="/analytics/published/{release["release"]}"' in page
        assert ("Asked for" in page) == (account == ANALYST)
        assert ('method="post"' in page) == (account == ANALYST)
        assert ('href="/analytics/dashboard"' in page) == (account != READER)
    assert "There is no such thing" in text(await figures.page(READER, "published/B-22222-22222-2"), 404)


async def test_a_form_asks_for_a_release_once_and_only_from_who_publishes(figures: Figures) -> None:
    page = text(await figures.page(ANALYST, "published"))
    assert '<option value="2026-02-01/2026-02-28">February 2026</option>' in page
    assert '<option value="2025-10-01/2025-12-31">Quarter 4 of 2025</option>' in page
    assert '<option value="2025-01-01/2025-12-31">The year 2025</option>' in page
    assert 'value="cases_opened"' in page
    assert 'value="cases_open"' not in page, "a stock is not released"
    form = {"days": "2026-01-01/2026-01-31", "indicators": ["cases_opened"], "key": secrets.token_urlsafe(18)}
    for _ in range(2):
        answer = await send(figures, ANALYST, form)
        assert (answer.status_code, answer.headers["location"]) == (303, "/analytics/published")
    (asked,) = (await figures.ask(ANALYST, "releases")).json()["items"]
    assert (asked["from"], asked["to"], asked["indicators"]) == ("2026-01-01", "2026-01-31", ["cases_opened"])
    for account in (READER, "analyst@FBIH"):
        assert "<h1>You may not do that</h1>" in text(await send(figures, account, form), 403)


@pytest.mark.parametrize(
    ("form", "status", "says"),
    [
        ({"days": "2026-01-01/2026-01-31"}, 422, 'id="e-indicators"'),
        ({"days": "soon", "indicators": ["cases_opened"]}, 422, 'id="e-days"'),
        ({"days": "2026-03-01/2026-03-31", "indicators": ["cases_opened"]}, 422, 'id="e-days"'),
        ({"days": "2026-01-01/2026-01-31", "indicators": ["cases_open"]}, 400, "not a count"),
    ],
)
async def test_what_cannot_be_released_is_said_on_a_page_that_keeps_what_was_chosen(
    figures: Figures, form: Mapping[str, object], status: int, says: str
) -> None:
    page = text(await send(figures, ANALYST, form), status)
    assert says in page
    assert status != 422 or "indicators" not in form or 'value="cases_opened" checked' in page
    assert (await figures.ask(ANALYST, "releases")).json()["items"] == []


async def test_every_language_has_the_whole_of_both_pages(figures: Figures, press: Press) -> None:
    release = await a_release(figures, press)
    both = ((ANALYST, "published"), (READER, f"published/{release['release']}"))
    for language, (account, path) in product(LANGUAGES, both):
        page = text(await figures.page(account, path, language))
        assert f'<html lang="{language}">' in page
        own = re.sub(r"<details class=\"tongues\">.*?</details>", "", page, flags=re.DOTALL)
        assert bool(CYRILLIC.search(unescape(own))) == (language == "sr-Cyrl"), (language, path)
        assert " style=" not in page


async def test_a_release_that_is_not_ready_or_was_refused_says_so(figures: Figures, press: Press) -> None:
    await a_release(figures, press)
    again = (await figures.command(ANALYST, "releases", {"indicators": ["cases_opened"], **JANUARY})).json()["release"]
    assert "This release is not ready yet" in text(await figures.page(ANALYST, f"published/{again}"))
    assert await press.turn()
    page = text(await figures.page(ANALYST, f"published/{again}"))
    assert "This release was refused: this is published already" in page
    assert "<table>" not in page
