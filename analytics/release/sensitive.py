"""Which counts would give somebody away, and how uncertain a reader must be left about each; it hides nothing."""

from collections.abc import Iterator
from dataclasses import dataclass

from analytics.release.table import Cell, Table


@dataclass(frozen=True, slots=True)
class Rule:
    """When a count is too small to tell, and when it is really the count of one institution."""

    smallest: int = 5
    dominance: float = 0.85


@dataclass(frozen=True, slots=True)
class Secret:
    """A count (`cell`, or a margin less that cell) every value of which, low to high, has to stay possible."""

    cell: Cell
    low: int
    high: int
    margin: Cell | None = None

    @property
    def hides_its_cell(self) -> bool:
        """Whether the cell itself is the secret, and not what is left of its margin."""
        return self.margin is None


def secrets_of(table: Table, rule: Rule) -> tuple[Secret, ...]:
    """Every count of a table set that would give somebody away."""
    return (*_small(table, rule), *_whole_groups(table, rule), *_dominated(table, rule))


def _small(table: Table, rule: Rule) -> Iterator[Secret]:
    """Few enough to be recognised: nobody may rule out that there was none, nor that there were enough to be shown."""
    for cell in table.cells:
        if 0 < table.counts[cell] < rule.smallest:
            yield Secret(cell, 0, rule.smallest)


def _whole_groups(table: Table, rule: Rule) -> Iterator[Secret]:
    """All of a group in one category: whoever is known to be of the group would be known to be of the category."""
    for group in table.groups:
        there = [part for part in group.parts if table.counts[part]]
        if len(there) == 1 and len(group.parts) > 1:
            yield Secret(there[0], 0, rule.smallest, margin=group.whole)


def _dominated(table: Table, rule: Rule) -> Iterator[Secret]:
    """Nearly all from one institution: the figure would be read as that institution's."""
    for cell in table.cells:
        count, largest = table.counts[cell], table.largest.get(cell, 0)
        if count >= rule.smallest and largest > rule.dominance * count:
            spread = max(1, round((1 - rule.dominance) * count))
            yield Secret(cell, count - spread, count + spread)
