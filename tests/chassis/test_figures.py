"""Figures on a real database: one event is one fact, and a place sees its own and what lies below it."""

import csv
import io
from datetime import UTC, datetime, timedelta

import pytest

from analytics.reactions import heard_types
from services.contracts.intake import CaseOpened
from services.contracts.names import LANGUAGES
from services.contracts.referral import AccountListed, InstitutionListed
from tests.chassis.analytics_door import Figures, figures, opened, opened_in
from tests.core import alert_stories as story

__all__ = ["figures", "opened"]


async def test_a_figure_counts_a_unit_and_everything_below_it_and_nothing_else(figures: Figures) -> None:
    await figures.hear(opened_in(story.UNIT, 2), opened_in("FBIH-K10-KUP", 3), opened_in("RS-BIL", 4))
    assert await figures.value(f"director@{story.UNIT}", story.UNIT) == 1
    assert await figures.value("coordinator@K10", "K10") == 2
    assert await figures.value("analyst@FBIH", "FBIH") == 2
    assert await figures.value("analyst@RS", "RS") == 1
    assert await figures.value("coordinator@K10", "K10", "reports_received") == 0


async def test_the_same_event_again_is_the_same_fact(figures: Figures) -> None:
    case = opened_in(story.UNIT, 2)
    await figures.hear(case, case)
    await figures.hear(case)
    assert await figures.value("coordinator@K10", story.UNIT) == 1


async def test_the_first_and_the_last_day_count_whole(figures: Figures) -> None:
    midnight = datetime(2026, 3, 8, 23, 0, tzinfo=UTC)
    await figures.hear(
        *(opened_in(story.UNIT, n + 2, midnight + timedelta(hours=h)) for n, h in enumerate((-1, 0, 23, 24)))
    )
    assert await figures.value("coordinator@K10", "K10", **{"from": "2026-03-09", "to": "2026-03-09"}) == 2
    assert await figures.value("coordinator@K10", "K10", to="2026-03-08") == 1
    assert await figures.value("coordinator@K10", "K10", **{"from": "2026-03-10", "to": "2026-03-31"}) == 1
    assert await figures.value("coordinator@K10", "K10") == 3, "without dates it counts until today"


async def test_nobody_sees_the_figures_of_a_place_that_is_not_below_theirs(figures: Figures) -> None:
    for account, unit in ((f"director@{story.UNIT}", "K10"), ("coordinator@K10", "FBIH"), ("analyst@RS", story.UNIT)):
        answer = await figures.ask(account, indicator="cases_opened", unit=unit)
        assert (answer.status_code, answer.json()["code"]) == (403, "not_yours")
    answer = await figures.ask(f"caseworker@{story.UNIT}", indicator="cases_opened", unit=story.UNIT)
    assert (answer.status_code, answer.json()["code"]) == (403, "not_your_role")


@pytest.mark.parametrize(
    ("status", "query"),
    [
        (400, {"indicator": "horoscopes", "unit": "K10"}),
        (400, {"indicator": "cases_opened", "unit": "ATLANTIS"}),
        (400, {"indicator": "cases_opened", "unit": "K10", "from": "2026-02-01", "to": "2026-01-01"}),
        (400, {"indicator": "cases_opened", "unit": "K10", "to": "9999-12-31"}),
        (422, {"indicator": "cases_opened", "unit": "K10", "to": "yesterday"}),
        (422, {"indicator": "cases_opened"}),
    ],
)
async def test_a_wrong_question_is_told_what_to_do(figures: Figures, status: int, query: dict[str, str]) -> None:
    answer = await figures.ask("coordinator@K10", **query)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"


async def test_what_can_be_asked_is_listed_in_every_language(figures: Figures) -> None:
    answer = await figures.ask("analyst@FBIH", "indicators")
    listed = {each["indicator"]: each["labels"] for each in answer.json()["indicators"]}
    assert {"cases_opened", "reports_received", "referrals_sent"} <= set(listed)
    assert all(sorted(labels) == sorted(LANGUAGES) for labels in listed.values())


def test_it_hears_everything_but_who_works_where() -> None:
    assert CaseOpened in heard_types()
    assert not heard_types() & {AccountListed, InstitutionListed}


async def test_a_figure_leaves_as_a_table_with_the_same_numbers(figures: Figures) -> None:
    await figures.hear(opened_in(story.UNIT, 2), opened_in("FBIH-K10-KUP", 3), opened_in("FBIH-K10-KUP", 4))
    query = {"indicator": "cases_opened", "unit": "K10", "by": "unit"}
    lines = {each["of"]["unit"]: each["value"] for each in (await figures.ask("analyst@FBIH", **query)).json()["lines"]}
    assert lines == {story.UNIT: 1, "FBIH-K10-KUP": 2}
    for form, media in (("csv", "text/csv"), ("sdmx-csv", "application/vnd.sdmx.data+csv")):
        answer = await figures.ask("analyst@FBIH", **query, format=form)
        assert answer.headers["content-type"].startswith(media)
        table = csv.DictReader(io.StringIO(answer.text))
        assert {row["REF_AREA"]: float(row["OBS_VALUE"]) for row in table} == lines


async def test_the_columns_and_the_structure_of_a_table_can_be_asked_for(figures: Figures) -> None:
    assert "OBS_VALUE" in (await figures.ask("analyst@FBIH", "dictionary")).text
    structure = await figures.ask("analyst@FBIH", "structure")
    assert structure.headers["content-type"].startswith("application/xml")
    assert 'id="FIGURES"' in structure.text
    for path in ("dictionary", "structure"):
        assert (await figures.ask(f"caseworker@{story.UNIT}", path)).status_code == 403
