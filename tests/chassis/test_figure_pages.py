"""The dashboard on a real database: the numbers of the API as pictures and tables, for those who may see them."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html import unescape

import httpx2
import pytest

from services.contracts.codes import Sex
from services.contracts.names import LANGUAGES
from tests.chassis.analytics_door import Figures, figures, opened, opened_in
from tests.core import alert_stories as story
from tests.core.test_words import CYRILLIC

__all__ = ["figures", "opened"]

COORDINATOR = "coordinator@K10"
DIRECTOR = f"director@{story.UNIT}"
FEBRUARY = datetime(2026, 2, 10, 9, tzinfo=UTC)
LINE = re.compile(r'<tr><th scope="row">(.*?)</th><td class="number">(.*?)</td>', re.DOTALL)
TILE = re.compile(r'<li id="unit-(.*?)">(.*?)</li>', re.DOTALL)
CARD = re.compile(r"<li><span>(.*?)</span><strong>(.*?)</strong>")
TAG = re.compile(r"<[^>]*>")


def text(page: httpx2.Response, status: int = 200) -> str:
    assert page.status_code == status, page.text
    assert page.headers["content-type"].startswith("text/html")
    return unescape(page.text)


def table(page: str, place: str) -> Mapping[str, str]:
    """The numbers of one picture's table."""
    figure = page[page.index(f'id="{place}"') :].partition("</figure>")[0]
    return {TAG.sub("", name).strip(): value for name, value in LINE.findall(figure)}


async def a_year(figures: Figures) -> None:
    """Invented cases: five in Canton 10 in two months, one elsewhere."""
    girl, boy = opened_in(story.UNIT, 2), opened_in(story.UNIT, 3, FEBRUARY)
    await figures.hear(
        girl,
        (replace(boy[0], sex=Sex.MALE, opened_at=FEBRUARY), boy[1]),
        *(opened_in("FBIH-K10-KUP", number) for number in (4, 5, 6)),
        opened_in("RS-BIL", 7),
    )


async def test_the_numbers_on_the_page_are_those_of_the_api(figures: Figures) -> None:
    await a_year(figures)
    page = text(await figures.page(COORDINATOR, "dashboard"))
    assert "Figures: Canton 10" in page
    days = {"from": "2025-04-01", "to": "2026-03-09"}
    for by, place in (
        ("month", "cases_opened-month"),
        ("sex", "cases_opened-sex"),
        ("age_band", "cases_opened-age_band"),
    ):
        answer = await figures.ask(COORDINATOR, indicator="cases_opened", unit="K10", by=by, **days)
        told = sorted(str(int(each["value"])) for each in answer.json()["lines"])
        assert told == sorted(value for value in table(page, place).values() if value != "0")
    assert await figures.value(COORDINATOR, "K10", **days) == 5
    cards = dict(CARD.findall(page))
    assert (cards["Cases opened"], cards["Cases open on a day"], cards["Reports received"]) == ("5", "5", "0")
    assert cards["Hours to the first answer"] == "–"
    months = table(page, "cases_opened-month")
    assert len(months) == 12
    assert (months["February 2026"], months["January 2026"], months["March 2026 (not whole)"]) == ("1", "0", "4")
    assert table(page, "cases_opened-sex") == {"Boy": "1", "Unknown": "4"}


async def test_units_below_have_their_numbers_and_lead_down_and_up_only_where_the_reader_may_see(
    figures: Figures,
) -> None:
    await a_year(figures)
    page = text(await figures.page(COORDINATOR, "dashboard", **{"from": "2026-01-01", "to": "2026-03-09"}))
    tiles = dict(TILE.findall(page))
    assert set(tiles) == {story.UNIT, "FBIH-K10-KUP"}
    assert re.findall(r"<dt>Cases open on a day</dt><dd>(\d+)</dd>", tiles["FBIH-K10-KUP"]) == ["3"]
    down = re.findall(r'href="([^"]*)"', tiles[story.UNIT])[0]
    assert down == f"/analytics/dashboard?unit={story.UNIT}&from=2026-01-01&to=2026-03-09"
    assert "The unit above" not in page
    below = text(await figures.page(COORDINATOR, down.removeprefix("/analytics/")))
    assert "The unit above: Canton 10" in below
    assert "The units below" not in below
    assert "The unit above" not in text(await figures.page(DIRECTOR, "dashboard"))


async def test_whoever_may_not_see_figures_gets_a_page_that_says_so(figures: Figures) -> None:
    asked: tuple[tuple[str, dict[str, str]], ...] = (
        (f"caseworker@{story.UNIT}", {}),
        (DIRECTOR, {"unit": "K10"}),
        (COORDINATOR, {"unit": "FBIH"}),
        ("analyst@RS", {"unit": story.UNIT}),
    )
    for account, query in asked:
        assert "You may not do that" in text(await figures.page(account, "dashboard", **query), 403)
    text(await figures.page(COORDINATOR, "dashboard", unit="ATLANTIS"), 400)


async def test_whoever_is_not_signed_in_is_sent_to_sign_in(figures: Figures) -> None:
    answer = await figures.client.get("/analytics/dashboard")
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in/renew?next=/analytics/dashboard")


@pytest.mark.parametrize(
    ("first", "last", "says"),
    [
        ("2026-13-01", "2026-03-01", "Write a date, such as 2026-03-02."),
        ("2026-03-02", '<i>"', "Write a date, such as 2026-03-02."),
        ("2026-03-02", "2026-03-01", "The period ends before it begins: swap the days."),
        ("2001-01-01", "2026-03-01", "The period is longer than five years: choose a shorter one."),
    ],
)
async def test_days_that_cannot_be_meant_are_said_beside_what_was_typed(
    figures: Figures, first: str, last: str, says: str
) -> None:
    answer = await figures.page(COORDINATOR, "dashboard", **{"from": first, "to": last})
    page = text(answer, 400)
    assert page.count(says) == 2, "above the form, and beside the field"
    assert f'value="{first}"' in page
    assert f'value="{last}"' in page
    assert "<i>" not in answer.text
    assert "<svg" not in page


@pytest.mark.parametrize("language", LANGUAGES)
async def test_every_language_has_the_whole_page(figures: Figures, language: str) -> None:
    await a_year(figures)
    page = text(await figures.page(COORDINATOR, "dashboard", language, tables="open"))
    assert f'<html lang="{language}">' in page
    own = re.sub(r"<details class=\"tongues\">.*?</details>", "", page, flags=re.DOTALL)
    assert bool(CYRILLIC.search(own)) == (language == "sr-Cyrl")
    assert page.count("<details open>") == page.count("<details") - 1, "all but the choice of languages"


async def test_a_page_needs_no_script_and_no_style_of_its_own_and_every_picture_has_a_name_and_a_table(
    figures: Figures,
) -> None:
    await a_year(figures)
    page = text(await figures.page("analyst@STATE", "dashboard"))
    assert " style=" not in page
    assert "<script>" not in page
    pictures = re.findall(r"<figure.*?</figure>", page, re.DOTALL)
    assert len(pictures) == 12
    for picture in pictures:
        if "<svg" in picture:
            title = re.findall(r"<h3>(.*?)</h3>", picture)[0]
            assert f'role="img" aria-label="{title}"' in picture
            assert f"<caption>{title}</caption>" in picture
            assert '<th scope="row">' in picture
        else:
            assert "There is nothing in this period." in picture


async def test_what_is_being_said_now_and_surges_stand_on_the_page_of_the_unit_and_above(figures: Figures) -> None:
    starts, table_of = story.MONDAY - timedelta(hours=2), "live_counts (starts, unit, what, need, count)"
    for unit, count in ((story.UNIT, 6), ("RS-BIL", 9)):
        await figures.database.pool.execute(
            f"INSERT INTO {table_of} VALUES ($1, $2, 'reports', '', $3)", starts, unit, count
        )
    await figures.database.pool.execute(
        "INSERT INTO surges (surge, unit, indicator, need, window_starts, window_ends, count, usual, detected_at)"
        " VALUES ('S-1', $1, 'reports', '', $2, $3, 6, 1, $3)",
        story.UNIT,
        starts,
        story.MONDAY,
    )
    page = text(await figures.page(COORDINATOR, "dashboard"))
    assert ("Reports", "6") in CARD.findall(page)
    assert "1 surge" in page
    assert "6 from 9 Mar 2026, 08:00 to 10:00; 1 at most is usual." in page
    elsewhere = text(await figures.page("analyst@RS", "dashboard"))
    assert ("Reports", "9") in CARD.findall(elsewhere)
    assert "There is no surge." in elsewhere
