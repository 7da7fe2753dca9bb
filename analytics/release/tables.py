"""What a release tells of one indicator, as tables for people: units down, categories across; blanks stay blanks."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from analytics.indicator import BREAKDOWNS, WHOLE
from analytics.release.api import ReleasedCell
from services.contracts.units import UnitTree


@dataclass(frozen=True, slots=True)
class UnitRow:
    """One unit, how deep it lies, and its numbers; None is a blank."""

    unit: str
    depth: int
    values: tuple[int | None, ...]


@dataclass(frozen=True, slots=True)
class ReleaseTable:
    """An indicator by one breakdown; without any it has one column."""

    breakdown: str
    categories: tuple[str, ...]
    rows: tuple[UnitRow, ...]

    @property
    def has_blanks(self) -> bool:
        """Whether anything in it is not told."""
        return any(value is None for row in self.rows for value in row.values)


def tables_of(
    cells: Iterable[ReleasedCell], tree: UnitTree, orders: Mapping[str, Sequence[str]]
) -> tuple[ReleaseTable, ...]:
    """Every table of an indicator, the whole first; `orders` are the codes that have an order of their own."""
    found: dict[str, dict[tuple[str, str], int | None]] = {}
    for cell in cells:
        by = ",".join(cell.of)
        found.setdefault(by, {})[cell.unit, ",".join(cell.of.values())] = cell.value
    return tuple(
        _table(by, values, tree, orders) for by, values in sorted(found.items(), key=lambda each: _rank(each[0]))
    )


def in_order(units: Iterable[str], tree: UnitTree) -> list[tuple[str, int]]:
    """Each unit under the one it lies in, with how deep it lies; units that are no longer known come last."""
    known, unknown = list[tuple[tuple[str, ...], str]](), list[tuple[str, int]]()
    for unit in sorted(units):
        if unit in tree:
            known.append((tuple(reversed([above.code for above in tree.line(unit)])), unit))
        else:
            unknown.append((unit, 0))
    return [(unit, len(line) - 1) for line, unit in sorted(known)] + unknown


def _table(
    by: str, values: Mapping[tuple[str, str], int | None], tree: UnitTree, orders: Mapping[str, Sequence[str]]
) -> ReleaseTable:
    names = by.split(",")

    def place(category: str) -> tuple[tuple[int, str], ...]:
        codes = zip(names, category.split(","), strict=True)
        return tuple((_place_among(code, orders.get(name, ())), code) for name, code in codes)

    categories = tuple(sorted({category for _, category in values}, key=place))
    # What no release printed is a blank too: a nought would be a number that nobody told.
    rows = (
        UnitRow(unit, depth, tuple(values.get((unit, category)) for category in categories))
        for unit, depth in in_order({unit for unit, _ in values}, tree)
    )
    return ReleaseTable(by, categories, tuple(rows))


def _place_among(code: str, order: Sequence[str]) -> int:
    return order.index(code) if code in order else len(order)


def _rank(by: str) -> int:
    """The whole, then the breakdowns in the order of indicators."""
    return (WHOLE, *BREAKDOWNS).index(by)
