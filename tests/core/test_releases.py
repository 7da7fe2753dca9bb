"""What is released: only true counts, nothing small, and nothing that a reader with every page could work out."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.release.book import Edition
from analytics.release.publishing import publish
from analytics.release.sensitive import Rule
from analytics.release.table import Cell, Table
from services.contracts.failures import Malformed, Refused
from tests.prove.attacking import Page, Reader, Target
from tests.prove.figures import kept, prove
from tests.prove.table_sets import MONTHS, QUARTER

PARENTS = {"STATE": None, "WEST": "STATE", "EAST": "STATE", "A": "WEST", "B": "WEST", "C": "WEST", "D": "EAST"}
TOWNS = ("A", "B", "C", "D")
SEXES = ("female", "male")
RULE = Rule()


def table(*counts: tuple[int, int]) -> Table:
    """Girls and boys of each town, with every margin."""
    cells: dict[Cell, int] = {}
    for town, pair in zip(TOWNS, counts, strict=True):
        unit: str | None = town
        while unit is not None:
            for sex, count in zip(SEXES, pair, strict=True):
                for cell in (Cell(unit), Cell(unit, ("sex",), (sex,))):
                    cells[cell] = cells.get(cell, 0) + count
            unit = PARENTS[unit]
    return Table(PARENTS, cells)


def month(counts: Table, number: int = 0, hidden: frozenset[Cell] = frozenset()) -> Edition:
    """A month with these counts."""
    return Edition(*MONTHS[number], counts, hidden)


def page(edition: Edition) -> Page:
    """What is printed of an edition."""
    printed = {(c.unit, c.by, c.of): None if c in edition.hidden else n for c, n in edition.table.counts.items()}
    return Page(edition.first, edition.last, edition.exact, edition.table.parents, printed)


def small(edition: Edition, place: int = 0) -> list[Target]:
    """The small counts of an edition, as what an attacker is after."""
    counts = edition.table.counts
    return [Target((((place, (c.unit, c.by, c.of)), 1),), 0, 5) for c, n in counts.items() if 0 < n < RULE.smallest]


LARGE = table((40, 50), (60, 70), (30, 20), (25, 35))
ONE_SMALL = table((40, 3), (60, 70), (30, 20), (25, 35))

towns = st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), min_size=4, max_size=4)


def test_what_is_large_everywhere_is_shown_whole() -> None:
    assert not publish(month(LARGE), [], RULE).hidden


def test_a_small_count_is_never_hidden_alone() -> None:
    edition = publish(month(ONE_SMALL), [], RULE)
    assert Cell("A", ("sex",), ("male",)) in edition.hidden
    assert len(edition.hidden) > 1
    assert not Reader([page(edition)]).learned(small(edition), np.random.default_rng(1))


def test_the_attacker_sees_what_a_threshold_leaves_open() -> None:
    careless = month(ONE_SMALL, hidden=frozenset({Cell("A", ("sex",), ("male",))}))
    assert Reader([page(careless)]).learned(small(careless), np.random.default_rng(1)) == 1


def test_all_of_a_group_in_one_category_is_not_told() -> None:
    edition = publish(month(table((12, 0), (60, 70), (30, 20), (25, 35))), [], RULE)
    shown = [Cell("A", ("sex",), (sex,)) for sex in SEXES if Cell("A", ("sex",), (sex,)) not in edition.hidden]
    assert not shown


def test_a_figure_that_is_one_institutions_is_not_told_nearer_than_the_rule_says() -> None:
    cell = Cell("A", ("sex",), ("female",))
    edition = publish(month(replace(LARGE, largest={cell: 39})), [], RULE)
    target = Target((((0, (cell.unit, cell.by, cell.of)), 1),), 34, 46)
    assert cell in edition.hidden
    assert not Reader([page(edition)]).learned([target], np.random.default_rng(1))


def test_what_a_unit_counts_for_itself_is_never_printed() -> None:
    parents = {**PARENTS, "WEST itself": "WEST"}
    own = {Cell("WEST itself"): 0, **{Cell("WEST itself", ("sex",), (sex,)): 0 for sex in SEXES}}
    counts = Table(parents, {**LARGE.counts, **own}, unprinted=frozenset({"WEST itself"}))
    assert publish(month(counts), [], RULE).hidden == frozenset(own)


def test_the_attacker_sees_what_releases_that_are_judged_alone_give_away_together() -> None:
    first = month(ONE_SMALL)
    second = Edition(*QUARTER, table((44, 3), (60, 75), (30, 20), (25, 40)))
    alone = [publish(each, [], RULE) for each in (first, second)]
    together = [alone[0], publish(second, [alone[0]], RULE)]
    four_more = Target((((-2, ("A", (), ())), 1),), 0, 5)
    assert Reader([page(each) for each in alone]).learned([four_more], np.random.default_rng(1)) == 1
    assert not Reader([page(each) for each in together]).learned([four_more], np.random.default_rng(1))


@settings(max_examples=25, deadline=None)
@given(towns, towns)
def test_whatever_is_counted_no_small_count_can_be_worked_out_from_two_releases(
    one: list[tuple[int, int]], two: list[tuple[int, int]]
) -> None:
    first = publish(month(table(*one)), [], RULE)
    both = table(*((a + c, b + d) for (a, b), (c, d) in zip(one, two, strict=True)))
    second = publish(Edition(*QUARTER, both), [first], RULE)
    for edition in (first, second):
        assert all(
            edition.table.counts[cell] not in range(1, 5) or cell in edition.hidden for cell in edition.table.cells
        )
    targets = [*small(first), *small(second, place=1), *small(Edition(*QUARTER, table(*two)), place=-2)]
    assert not Reader([page(first), page(second)]).learned(targets, np.random.default_rng(1))


@settings(max_examples=10, deadline=None)
@given(towns)
def test_publishing_twice_hides_the_same(one: list[tuple[int, int]]) -> None:
    assert publish(month(table(*one)), [], RULE).hidden == publish(month(table(*one)), [], RULE).hidden


def test_a_release_that_says_the_same_again_needs_nothing_more() -> None:
    first = publish(month(LARGE), [], RULE)
    assert not publish(month(LARGE), [first], RULE).hidden


def test_two_more_than_last_time_are_not_told_by_telling_both_totals() -> None:
    first = publish(month(LARGE), [], RULE)
    again = publish(month(table((41, 51), (60, 70), (30, 20), (25, 35))), [first], RULE)
    assert Cell("STATE") in again.hidden


@pytest.mark.parametrize(
    ("first", "last", "why"),
    [
        (date(2026, 1, 1), date(2026, 1, 31), "covered"),
        (date(2026, 3, 1), date(2026, 5, 31), "crossing"),
    ],
)
def test_days_that_only_partly_lie_in_released_ones_are_refused(first: date, last: date, why: str) -> None:
    quarter = Edition(*QUARTER, LARGE)
    with pytest.raises(Refused) as refused:
        publish(Edition(first, last, LARGE), [quarter], RULE)
    assert refused.value.code == why


def test_fewer_than_were_released_is_refused() -> None:
    with pytest.raises(Refused) as refused:
        publish(month(ONE_SMALL), [month(LARGE)], RULE)
    assert refused.value.code == "fewer"


def test_a_place_that_has_moved_since_is_refused() -> None:
    moved = Table({**PARENTS, "A": "EAST"}, LARGE.counts)
    with pytest.raises((Refused, Malformed)):
        publish(month(moved), [month(LARGE)], RULE)


def test_a_table_without_a_margin_is_no_table() -> None:
    counts = {cell: count for cell, count in LARGE.counts.items() if cell != Cell("EAST")}
    with pytest.raises(Malformed, match="missing"):
        publish(month(Table(PARENTS, counts)), [], RULE)


def test_what_is_called_the_sum_of_earlier_releases_has_to_be_it() -> None:
    months = [publish(month(LARGE, number), [], RULE) for number in range(3)]
    with pytest.raises(Malformed, match="not their sum"):
        publish(replace(Edition(*QUARTER, LARGE, exact=True), table=_times(LARGE, 4)), months, RULE)
    assert not publish(Edition(*QUARTER, _times(LARGE, 3), exact=True), months, RULE).hidden


def test_a_sample_of_the_proof_learns_nothing_and_sees_simpler_ways_lose() -> None:
    assert kept(prove(3, seed=20260301, told=lambda _: None))


def _times(one: Table, often: int) -> Table:
    return replace(one, counts={cell: count * often for cell, count in one.counts.items()})
