"""Everything released about one indicator, as one numbered set of counts and the sums a reader can write down about it.

What was said once is never unsaid: a shown count stays shown, and a new release is judged together with all before it.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from analytics.release.sensitive import Rule, Secret, secrets_of
from analytics.release.table import Cell, Table
from services.contracts.failures import Malformed, Refused


@dataclass(frozen=True, slots=True)
class Edition:
    """A release of one indicator: its days, its counts, what of them is hidden; exact if others make it up entirely."""

    first: date
    last: date
    table: Table
    hidden: frozenset[Cell] = frozenset()
    exact: bool = False

    def within(self, other: "Edition") -> bool:
        """Whether its days all lie in those of another."""
        return other.first <= self.first and self.last <= other.last

    def apart(self, other: "Edition") -> bool:
        """Whether they have no day in common."""
        return self.last < other.first or other.last < self.first


@dataclass(frozen=True, slots=True)
class Book:
    """Counts by number; which are on a page for good, hidden for good, or open; the sums; the secrets."""

    counts: tuple[int, ...]
    shown: frozenset[int]
    open: Mapping[Cell, int]
    sums: tuple[tuple[int, tuple[int, ...]], ...]
    secrets: tuple[tuple[Secret, int, int | None], ...]
    weights: Mapping[int, float]


def newest_inside(editions: Sequence[Edition], position: int) -> tuple[int, ...]:
    """The editions before this one that lie in its days: the largest of them, each the last of its days."""
    whole, inside = editions[position], list[int]()
    for earlier in reversed(range(position)):
        each = editions[earlier]
        if each.within(whole) and all(each.apart(editions[kept]) for kept in inside):
            inside.append(earlier)
    return tuple(inside)


def related(editions: Sequence[Edition], new: Edition) -> tuple[Edition, ...]:
    """The editions a reader could set against a new one; refused if one of them already covers its days and more."""
    for each in editions:
        if new.within(each) and not each.within(new):
            raise Refused("covered", f"{each.first} to {each.last} is released: its parts cannot follow it")
        if not each.apart(new) and not each.within(new):
            raise Refused("crossing", f"{each.first} to {each.last} is released and only partly lies in these days")
    return tuple(each for each in editions if each.within(new))


def open_book(editions: Sequence[Edition], new: Edition, rule: Rule) -> Book:
    """The book with a new release whose counts are all still open."""
    pages = [*editions, new]
    rests = [rest for position in range(len(pages)) if (rest := _rest(pages, position)) is not None]
    tables = [*(page.table for page in pages), *(table for _, table in rests)]
    numbers: list[dict[Cell, int]] = []
    counts: list[int] = []
    for table in tables:
        numbers.append({cell: len(counts) + place for place, cell in enumerate(table.cells)})
        counts.extend(table.counts[cell] for cell in table.cells)
    shown = {
        numbers[place][cell]
        for place, page in enumerate(editions)
        for cell in page.table.cells
        if cell not in page.hidden and page.table.printable(cell)
    }
    offers = {cell: number for cell, number in numbers[len(editions)].items() if new.table.printable(cell)}
    rest_of = {position: numbers[len(pages) + order] for order, (position, _) in enumerate(rests)}
    return Book(
        counts=tuple(counts),
        shown=frozenset(shown),
        open=offers,
        sums=(*_in_tables(pages, numbers), *_over_time(pages, numbers, rest_of)),
        secrets=tuple(_secrets(tables, numbers, rule)),
        weights={number: _weight(new.table, cell) for cell, number in offers.items()},
    )


def _rest(pages: Sequence[Edition], position: int) -> tuple[int, Table] | None:
    """What is left of an edition less those inside it: a table nobody prints and anybody may work out."""
    whole, inside = pages[position], newest_inside(pages, position)
    if not inside:
        return None
    parts = [pages[each].table for each in inside]
    _same_places(whole.table, parts)
    left = {
        cell: whole.table.counts[cell] - sum(part.counts.get(cell, 0) for part in parts) for cell in whole.table.cells
    }
    lost = any(count and cell not in left for part in parts for cell, count in part.counts.items())
    if lost or min(left.values()) < 0:
        raise Refused("fewer", "fewer are counted in some place than were released before for these days")
    if whole.exact and any(left.values()):
        raise Malformed("what is made up entirely of earlier releases is not their sum")
    return None if whole.exact else (position, Table(whole.table.parents, left))


def _same_places(whole: Table, parts: Sequence[Table]) -> None:
    for part in parts:
        if any(unit not in whole.parents or whole.parents[unit] != above for unit, above in part.parents.items()):
            raise Refused(
                "other_places", "units lay elsewhere when parts of these days were released: release the parts"
            )


def _in_tables(
    pages: Sequence[Edition], numbers: Sequence[Mapping[Cell, int]]
) -> Iterator[tuple[int, tuple[int, ...]]]:
    for page, number in zip(pages, numbers, strict=False):
        for each in page.table.sums:
            yield number[each.whole], tuple(number[part] for part in each.parts)


def _over_time(
    pages: Sequence[Edition], numbers: Sequence[Mapping[Cell, int]], rest_of: Mapping[int, Mapping[Cell, int]]
) -> Iterator[tuple[int, tuple[int, ...]]]:
    for position, page in enumerate(pages):
        inside = newest_inside(pages, position)
        for cell in page.table.cells if inside else ():
            parts = [numbers[each][cell] for each in inside if cell in numbers[each]]
            if position in rest_of:
                parts.append(rest_of[position][cell])
            yield numbers[position][cell], tuple(parts)


def _secrets(
    tables: Sequence[Table], numbers: Sequence[Mapping[Cell, int]], rule: Rule
) -> Iterator[tuple[Secret, int, int | None]]:
    for table, number in zip(tables, numbers, strict=True):
        for secret in secrets_of(table, rule):
            yield secret, number[secret.cell], None if secret.margin is None else number[secret.margin]


def _weight(table: Table, cell: Cell) -> float:
    """How much a reader would miss a count: more the more units and people it stands for."""
    return math.ldexp(math.sqrt(len(table.leaves[cell.unit])) * math.log2(2 + table.counts[cell]), -2 * len(cell.by))
