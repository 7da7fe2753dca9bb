"""A table set: what is counted for one indicator and one period, with every margin, and the sums that tie it together.

It decides nothing about what may be shown.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from services.contracts.failures import Malformed


@dataclass(frozen=True, slots=True, order=True)
class Cell:
    """One place of a table: a unit, and the values by which it is broken down; without any, the unit's total."""

    unit: str
    by: tuple[str, ...] = ()
    of: tuple[str, ...] = ()

    @classmethod
    def named(cls, unit: str, breakdown: str, category: str) -> "Cell":
        """The cell of a breakdown and a category as figures name them, such as `sex,age_band` and `female,7_14`."""
        return cls(unit, tuple(breakdown.split(",")), tuple(category.split(","))) if breakdown else cls(unit)

    @property
    def words(self) -> tuple[str, str, str]:
        """Its unit, breakdown and category, as figures name them."""
        return self.unit, ",".join(self.by), ",".join(self.of)

    def without(self, dimension: int) -> "Cell":
        """The margin one comes to by no longer telling this dimension apart."""
        by, of = list(self.by), list(self.of)
        del by[dimension], of[dimension]
        return Cell(self.unit, tuple(by), tuple(of))


@dataclass(frozen=True, slots=True)
class Sum:
    """A cell that is the sum of others, as every reader knows."""

    whole: Cell
    parts: tuple[Cell, ...]


@dataclass(frozen=True)
class Table:
    """Counts of every unit of a tree in every breakdown; units that are `unprinted` count and are never shown."""

    parents: Mapping[str, str | None]
    counts: Mapping[Cell, int]
    largest: Mapping[Cell, int] = field(default_factory=dict)
    unprinted: frozenset[str] = frozenset()

    @cached_property
    def cells(self) -> tuple[Cell, ...]:
        """Every cell, in one order for good."""
        return tuple(sorted(self.counts))

    @cached_property
    def groups(self) -> tuple[Sum, ...]:
        """Each margin with the categories it is made of."""
        parts: dict[tuple[Cell, str], list[Cell]] = defaultdict(list)
        for cell in self.cells:
            for dimension, name in enumerate(cell.by):
                parts[cell.without(dimension), name].append(cell)
        return tuple(Sum(margin, tuple(cells)) for (margin, _), cells in parts.items())

    @cached_property
    def roll_ups(self) -> tuple[Sum, ...]:
        """Each cell of a unit with those of the units right below it."""
        parts: dict[Cell, list[Cell]] = defaultdict(list)
        for cell in self.cells:
            if (parent := self.parents[cell.unit]) is not None:
                parts[Cell(parent, cell.by, cell.of)].append(cell)
        return tuple(Sum(whole, tuple(cells)) for whole, cells in parts.items())

    @cached_property
    def sums(self) -> tuple[Sum, ...]:
        """Every sum a reader knows to hold."""
        return self.groups + self.roll_ups

    @cached_property
    def leaves(self) -> Mapping[str, frozenset[str]]:
        """For each unit the units without others below them of which it is made."""
        made: dict[str, set[str]] = defaultdict(set)
        inner = set(self.parents.values())
        for unit in self.parents:
            above: str | None = unit
            while unit not in inner and above is not None:
                made[above].add(unit)
                above = self.parents[above]
        return {unit: frozenset(units) for unit, units in made.items()}

    def printable(self, cell: Cell) -> bool:
        """Whether a cell may be on the page at all."""
        return cell.unit not in self.unprinted


def check(table: Table) -> None:
    """Refuse a table set whose sums do not hold: nothing could be said about what it gives away."""
    for fault in _faults(table):
        raise Malformed(fault)


def _faults(table: Table) -> Iterator[str]:
    for cell, count in table.counts.items():
        if count < 0:
            yield f"{cell} counts less than nothing"
    for each in table.sums:
        if each.whole not in table.counts:
            yield f"{each.whole} is missing: a table comes with all its margins"
        elif table.counts[each.whole] != sum(table.counts[part] for part in each.parts):
            yield f"{each.whole} is not the sum of its parts"
