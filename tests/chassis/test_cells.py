"""Cells on a real database: whatever facts come in whatever order, they are what the facts say."""

import random
from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from analytics.definitions import scopes, settle
from analytics.indicator_files import load_indicators
from services.contracts.catalog import Announcement
from services.contracts.codes import AgeBand, RiskBand, Sex
from services.contracts.envelope import Envelope
from services.contracts.intake import PeopleMerged
from services.contracts.units import FormerParent, UnitTree
from services.runtime.gauges import alarms_of
from tests.chassis.analytics_door import STAMP, Figures, figures, opened
from tests.core import alert_stories as story

__all__ = ["figures", "opened"]

CELLS = "SELECT indicator, scope, breakdown, day, known_on, category, value, number FROM cells ORDER BY 1,2,3,4,5,6,7"
SEED = 20260309
LAST = "2026-03-31"
UNITS = (story.UNIT, "FBIH-K10-KUP", "RS-BIL")
ORDERS = 6
Said = tuple[Announcement, Envelope]


def life(number: int, chance: random.Random) -> list[Said]:
    """An invented case with three referrals: one is answered, one is declined, one falls silent and climbs."""
    unit, case = chance.choice(UNITS), f"C-22222-222{number:02}-2"
    first = story.MONDAY + timedelta(hours=number * 7)

    def said(announcement: Any, hours: int, sequence: int, recorded_later: int = 0) -> Said:
        announcement = replace(announcement, unit=unit, **({"case": case} if hasattr(announcement, "case") else {}))
        at = first + timedelta(hours=hours)
        if hasattr(announcement, "sent_at"):
            announcement = replace(announcement, sent_at=at)
        envelope = story.enveloped(announcement, number * 100 + sequence, at)
        return announcement, replace(envelope, recorded_time=at + timedelta(days=recorded_later))

    opened_case = replace(
        story.case_opened(chance.choice(list(RiskBand))),
        sex=chance.choice(list(Sex)),
        age_band=chance.choice(list(AgeBand)),
        pseudonym=f"Y-{number % 9}",
    )
    one, two, three = (f"F-{number}-{each}" for each in range(3))
    return [
        said(opened_case, 0, 1, recorded_later=number % 3),
        *(said(story.sent(each), 1, place + 2) for place, each in enumerate((one, two, three))),
        said(story.accepted(one), chance.randint(2, 90), 5),
        said(story.completed(one), 120, 6),
        said(story.declined(two), chance.randint(2, 90), 7),
        said(story.fell_silent(three), 96, 8),
        said(story.escalated(referral=three), 120, 9),
    ]


async def cells(figures: Figures) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in await figures.database.pool.fetch(CELLS)]


async def counted_anew(figures: Figures) -> list[tuple[Any, ...]]:
    await figures.database.pool.execute("SELECT count_anew()")
    return await cells(figures)


async def same_child(figures: Figures, *pairs: tuple[str, str]) -> None:
    """Intake found that two pseudonyms mean one child."""
    merges = [PeopleMerged(story.UNIT, 2026, name, into, story.MONDAY) for name, into in pairs]
    await figures.hear(*((each, story.enveloped(each)) for each in merges))


async def hear_in_pieces(figures: Figures, said: Iterable[Said], chance: random.Random) -> None:
    left = list(said)
    while left:
        size = chance.randint(1, 12)
        await figures.hear(*left[:size])
        left = left[size:]


async def test_in_any_order_and_with_repeats_the_cells_are_what_the_facts_say(figures: Figures) -> None:
    chance = random.Random(SEED)
    said = [each for number in range(12) for each in life(number, chance)]
    await hear_in_pieces(figures, said, chance)
    in_order = await cells(figures)
    assert len(in_order) > 500
    assert await counted_anew(figures) == in_order
    for _ in range(ORDERS):
        await figures.empty()
        shuffled = [*said, *chance.sample(said, 20)]
        chance.shuffle(shuffled)
        await hear_in_pieces(figures, shuffled, chance)
        assert await cells(figures) == in_order


async def test_children_written_down_twice_are_one_whenever_that_becomes_known(figures: Figures) -> None:
    chance = random.Random(SEED)
    said = [each for number in range(12) for each in life(number, chance)[:1]]
    merges = [("Y-3", "Y-1"), ("Y-1", "Y-7"), ("Y-5", "Y-3"), ("Y-2", "Y-4")]
    await figures.hear(*said)
    before = await figures.value("analyst@STATE", "BIH", "children_in_cases", to=LAST)
    assert before == 9
    await same_child(figures, *merges)
    assert await figures.value("analyst@STATE", "BIH", "children_in_cases", to=LAST) == before - 4
    after = await cells(figures)
    assert await counted_anew(figures) == after
    for _ in range(ORDERS):
        await figures.empty()
        mixed = chance.sample(merges, len(merges))
        await figures.hear(*said[:5])
        await same_child(figures, *mixed[:2])
        await figures.hear(*said[5:])
        await same_child(figures, *mixed[2:])
        children = [cell for cell in await cells(figures) if cell[0] == "children_in_cases"]
        assert children == [cell for cell in after if cell[0] == "children_in_cases"]


async def test_a_figure_is_broken_down_and_known_as_it_was(figures: Figures) -> None:
    chance = random.Random(SEED)
    said = [each for number in range(12) for each in life(number, chance)]
    await figures.hear(*said)
    cases = [announcement for announcement, envelope in said if hasattr(announcement, "pseudonym")]
    query = {"indicator": "cases_opened", "unit": "BIH", "by": "unit,month,sex", "to": LAST}
    answer = (await figures.ask("analyst@STATE", **query)).json()
    assert answer["value"] == len(cases) == sum(each["value"] for each in answer["lines"])
    assert {each["of"]["unit"] for each in answer["lines"]} <= {"FBIH", "RS", "BD"}
    assert {each["of"]["month"] for each in answer["lines"]} == {"2026-03"}
    females = sum(each["value"] for each in answer["lines"] if each["of"]["sex"] == "female")
    assert females == sum(case.sex is Sex.FEMALE for case in cases)
    known = {"indicator": "cases_opened", "unit": "BIH", "as_known_on": "2026-03-09", "to": LAST}
    told = sum(envelope.recorded_time.date() <= date(2026, 3, 9) for _, envelope in said[::9])
    assert 0 < told < len(cases)
    assert (await figures.ask("analyst@STATE", **known)).json()["value"] == told


async def test_referrals_are_counted_by_what_their_case_said_and_timed_since_their_sending(figures: Figures) -> None:
    chance = random.Random(SEED)
    said = life(1, chance)
    case = said[0][0]
    await figures.hear(*said[1:])
    by_sex = {"indicator": "referrals_completed", "unit": "BIH", "by": "sex", "to": LAST}
    (line,) = (await figures.ask("analyst@STATE", **by_sex)).json()["lines"]
    assert line["of"] == {"sex": "unknown"}, "the case was not heard yet"
    await figures.hear(said[0])
    (line,) = (await figures.ask("analyst@STATE", **by_sex)).json()["lines"]
    assert line == {"of": {"sex": case.sex.value}, "value": 1, "number": 1, "p90": None}
    hours = sorted(int((said[place][1].time - said[1][1].time) / story.HOUR) for place in (4, 6))
    answer = (await figures.ask("analyst@STATE", indicator="hours_to_first_answer", unit="BIH", to=LAST)).json()
    assert (answer["value"], answer["p90"], answer["number"]) == (hours[0], hours[1], 2)


@pytest.fixture
async def moved(figures: Figures) -> Any:
    """The tree, in which a unit lay in another canton until the tenth of March."""
    units = {unit.code: unit for unit in story.POLICY.units}
    units[story.UNIT] = replace(units[story.UNIT], former_parents=(FormerParent("SBK", date(2026, 3, 10)),))
    tree = UnitTree(units)
    assert await settle(figures.database, STAMP, load_indicators(story.FOLDER), tree)
    yield tree
    await settle(figures.database, STAMP, load_indicators(story.FOLDER), story.POLICY.units)


async def test_what_happened_before_a_unit_moved_counts_where_it_lay_then(figures: Figures, moved: UnitTree) -> None:
    chance = random.Random(SEED)
    for days, number in ((0, 20), (2, 21)):
        case, envelope = life(number, chance)[0]
        at = story.MONDAY + timedelta(days=days)
        case = replace(case, unit=story.UNIT)
        await figures.hear((case, replace(envelope, unit=story.UNIT, time=at, recorded_time=at)))
    wanted = "SELECT scope, sum(number) AS n FROM cells WHERE indicator = 'cases_opened' AND breakdown = '' GROUP BY 1"
    sums = {row["scope"]: row["n"] for row in await figures.database.pool.fetch(wanted)}
    assert sums == {story.UNIT: 2, "SBK": 1, "K10": 1, "FBIH": 2, "BIH": 2}
    assert len([row for row in scopes(moved) if row[0] == story.UNIT]) == 5


async def test_a_fact_that_is_gone_is_an_alarm_naming_what_it_is_about_until_a_recount(figures: Figures) -> None:
    chance = random.Random(SEED)
    said = [each for number in range(3) for each in life(number, chance)]
    await hear_in_pieces(figures, [*said, *said], chance)
    assert await alarms_of(figures.database) == set(), "what was heard twice is kept and counted once"
    await figures.database.pool.execute("DELETE FROM facts WHERE subject = 'F-1-0' AND type LIKE '%accepted%'")
    for _ in range(2):
        assert await alarms_of(figures.database) == {"fact F-1-0"}
    await figures.hear(*said)
    await figures.database.pool.execute(figures.database.statements["put_counts_right"])
    assert await alarms_of(figures.database) == set()
