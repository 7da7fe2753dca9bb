"""Releases on a real database: asked for, judged in a process of their own, printed with blanks, and never unsaid."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from analytics.indicator_files import load_indicators
from analytics.release.releasing import Press
from analytics.release.rule_files import load_rule
from services.contracts.catalog import Announcement
from services.contracts.codes import AgeBand, Sex
from services.contracts.envelope import Envelope
from tests.chassis.analytics_door import Figures, figures, opened
from tests.core import alert_stories as story

__all__ = ["figures", "opened"]

JANUARY = {"from": "2026-01-01", "to": "2026-01-31"}
FEBRUARY = {"from": "2026-02-01", "to": "2026-02-28"}
JANUARY_10 = datetime(2026, 1, 10, tzinfo=UTC)
ANALYST = "analyst@STATE"
READER = f"caseworker@{story.UNIT}"
TOWNS = {"FBIH-K10-LIV": 12, "FBIH-K10-KUP": 3, "RS-BIL": 14, "RS-CEL": 9, "FBIH-SBK-GVU": 11}
"""So many girls and as many boys in each town: in one of them fewer than may be told."""


@pytest.fixture
def press(figures: Figures) -> Press:
    indicators, tree = load_indicators(story.FOLDER), story.POLICY.units
    return Press(figures.database, indicators, tree, load_rule(story.FOLDER), lambda: story.MONDAY)


def cases(at: datetime, number: int, unit: str, sex: Sex) -> list[tuple[Announcement, Envelope]]:
    """So many cases of invented children of one sex, opened in a town in a month."""
    bands = list(AgeBand)
    found: list[tuple[Announcement, Envelope]] = []
    for each in range(number):
        name = f"{unit}-{at:%Y%m}-{sex}-{each}"
        case = replace(
            story.case_opened(), case=f"C-{name}", unit=unit, sex=sex, age_band=bands[each % 4], opened_at=at
        )
        found.append((case, story.enveloped(case, recorded=at)))
    return found


async def a_month(figures: Figures, at: datetime) -> None:
    """A month's cases in every town."""
    for unit, number in TOWNS.items():
        await figures.hear(*(each for sex in (Sex.FEMALE, Sex.MALE) for each in cases(at, number, unit, sex)))


async def released(figures: Figures, press: Press, **form: object) -> dict[str, Any]:
    """What became of a release that the country's analyst asked for."""
    asked = await figures.command(ANALYST, "releases", {"indicators": ["cases_opened"], **form})
    assert asked.status_code == 202, asked.text
    assert await press.turn()
    return dict((await figures.ask(ANALYST, f"releases/{asked.json()['release']}")).json())


def value(release: dict[str, Any], unit: str, **of: str) -> int | None:
    """One printed count; a `StopIteration` where there is no such cell."""
    found: int | None = next(cell["value"] for cell in release["cells"] if cell["unit"] == unit and cell["of"] == of)
    return found


async def test_a_release_tells_large_counts_and_leaves_blank_what_would_give_small_ones_away(
    figures: Figures, press: Press
) -> None:
    await a_month(figures, JANUARY_10)
    release = await released(figures, press, **JANUARY)
    assert (release["state"], release["smallest"]) == ("published", 5)
    assert value(release, "BIH") == 2 * sum(TOWNS.values())
    assert value(release, "FBIH-K10-KUP") == 6
    assert value(release, "FBIH-K10-KUP", sex="female") is None
    assert value(release, "FBIH-K10-LIV", sex="female", age_band="under_7") is None
    shown = [cell["value"] for cell in release["cells"] if cell["value"] is not None]
    assert not [count for count in shown if 0 < count < 5]


async def test_whoever_is_signed_in_reads_a_release_and_nobody_else_asks_for_one(
    figures: Figures, press: Press
) -> None:
    await a_month(figures, JANUARY_10)
    release = await released(figures, press, **JANUARY)
    read = await figures.ask(READER, f"releases/{release['release']}")
    assert read.json() == release
    listed = await figures.ask(READER, "releases")
    assert [each["release"] for each in listed.json()["items"]] == [release["release"]]
    form = {"indicators": ["cases_opened"], **FEBRUARY}
    assert (await figures.command(READER, "releases", form)).json()["code"] == "not_your_role"
    assert (await figures.command("analyst@FBIH", "releases", form)).json()["code"] == "not_yours"


async def test_what_waits_is_known_to_who_publishes_only(figures: Figures) -> None:
    asked = (await figures.command(ANALYST, "releases", {"indicators": ["cases_opened"], **JANUARY})).json()
    assert (await figures.ask(ANALYST, f"releases/{asked['release']}")).json()["state"] == "asked"
    assert (await figures.ask(READER, f"releases/{asked['release']}")).status_code == 404


async def test_a_release_that_was_under_way_when_its_process_ended_is_judged_by_the_next(
    figures: Figures, press: Press
) -> None:
    await a_month(figures, JANUARY_10)
    asked = (await figures.command(ANALYST, "releases", {"indicators": ["cases_opened"], **JANUARY})).json()
    await figures.database.pool.execute("UPDATE releases SET state = 'under_way', tries = 1")
    assert await press.turn()
    assert not await press.turn(), "nothing waits any more"
    assert (await figures.ask(READER, f"releases/{asked['release']}")).json()["state"] == "published"


async def test_what_became_known_late_comes_with_a_restatement_that_does_not_tell_how_little_it_was(
    figures: Figures, press: Press
) -> None:
    await a_month(figures, JANUARY_10)
    first = await released(figures, press, **JANUARY)
    await figures.hear(*cases(JANUARY_10, 1, "RS-BIL", Sex.UNKNOWN))
    again = await released(figures, press, **JANUARY)
    assert (again["state"], again["reason"]) == ("refused", "released")
    restated = await released(figures, press, restated=True, **JANUARY)
    assert restated["state"] == "published"
    assert value(first, "BIH") == 2 * sum(TOWNS.values())
    assert value(restated, "BIH") is None, "beside the first one it would tell that there was one more"


async def test_a_quarter_is_the_sum_of_its_months_as_they_were_released(figures: Figures, press: Press) -> None:
    for month, last in ((10, 31), (11, 30), (12, 31)):
        await a_month(figures, datetime(2025, month, 10, tzinfo=UTC))
        days = {"from": f"2025-{month}-01", "to": f"2025-{month}-{last}"}
        assert (await released(figures, press, **days))["state"] == "published"
    await figures.hear(*cases(datetime(2025, 11, 10, tzinfo=UTC), 1, "RS-BIL", Sex.UNKNOWN))
    quarter = await released(figures, press, **{"from": "2025-10-01", "to": "2025-12-31"})
    assert value(quarter, "BIH") == 3 * 2 * sum(TOWNS.values())
    assert value(quarter, "RS-CEL", sex="female") == 3 * TOWNS["RS-CEL"]
    part = await released(figures, press, restated=True, **{"from": "2025-11-01", "to": "2025-11-30"})
    assert (part["state"], part["reason"]) == ("refused", "covered")


@pytest.mark.parametrize(
    ("form", "status"),
    [
        ({"from": "2026-01-02", "to": "2026-01-31"}, 400),
        ({"from": "2025-12-01", "to": "2026-02-28"}, 400),
        ({"from": "2026-03-01", "to": "2026-03-31"}, 409),
        ({"indicators": ["cases_open"]}, 400),
        ({"indicators": ["horoscopes"]}, 400),
        ({"indicators": []}, 422),
    ],
)
async def test_what_cannot_be_released_is_said_at_once(figures: Figures, form: dict[str, object], status: int) -> None:
    answer = await figures.command(ANALYST, "releases", {"indicators": ["cases_opened"], **JANUARY, **form})
    assert answer.status_code == status, answer.text
