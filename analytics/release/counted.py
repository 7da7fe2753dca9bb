"""Makes the table set of a release from what was counted; it asks no database."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import product

from analytics.indicator import Indicator
from analytics.release.table import Cell, Table
from services.contracts.codes import AgeBand, RiskBand, Sex
from services.contracts.failures import Refused

INSTITUTION, NEED = "institution", "need"
KNOWN: Mapping[str, type[StrEnum]] = {"sex": Sex, "age_band": AgeBand, "risk": RiskBand}
"""What can be told apart even where nothing was counted; of everything else, what occurs anywhere."""

ITSELF = "/itself"
"""What a unit counted beside what lies below it: counted along, and nobody's to read."""

Parents = Mapping[str, str | None]


@dataclass(frozen=True, slots=True)
class Counted:
    """How many there were of a category in a unit and below it; a unit that is missing counted nothing."""

    unit: str
    breakdown: str
    category: str
    count: int


def breakdowns_of(indicator: Indicator) -> list[str]:
    """By what a release breaks an indicator down: not by institution, for that is for those who work there."""
    return ["", *(each for each in indicator.breakdowns if each != INSTITUTION)]


def told_of_institutions(indicator: Indicator) -> bool:
    """Whether an institution could be recognised in it: of those who serve needs, not of centres."""
    return INSTITUTION in indicator.breakdowns and NEED in indicator.breakdowns


def table_of(rows: Iterable[Counted], indicator: Indicator, parents: Parents) -> Table:
    """The table set of what was counted, every category in every unit."""
    counts: dict[Cell, int] = defaultdict(int)
    largest: dict[Cell, int] = defaultdict(int)
    for row in rows:
        if row.breakdown == INSTITUTION:
            largest[Cell(row.unit)] = max(largest[Cell(row.unit)], row.count)
        else:
            counts[Cell.named(row.unit, row.breakdown, row.category)] += row.count
    every = {cell: counts.get(cell, 0) for cell in _every_cell(counts, breakdowns_of(indicator), parents)}
    return _with_themselves(parents, every, largest if told_of_institutions(indicator) else {})


def nothing_of(table: Table) -> Table:
    """The places and categories of a table set, where nothing was counted."""
    return replace(table, counts=dict.fromkeys(table.counts, 0))


def added(tables: Sequence[Table], newest: Table) -> Table:
    """Tables that have no day in common, as one, in the places of the newest."""
    counts, unprinted = dict(newest.counts), set(newest.unprinted)
    parents = dict(newest.parents)
    for table in tables:
        parents = {**table.parents, **parents}
        unprinted |= table.unprinted
        for cell, count in table.counts.items():
            counts[cell] = counts.get(cell, 0) + count
    missing = Table(parents, counts, newest.largest, frozenset(unprinted))
    return _with_every_margin(missing)


def _every_cell(counts: Mapping[Cell, int], breakdowns: Sequence[str], parents: Parents) -> Iterable[Cell]:
    found: dict[str, set[str]] = {name: set(kind) for name, kind in KNOWN.items()}
    for cell in counts:
        for name, value in zip(cell.by, cell.of, strict=True):
            found.setdefault(name, set()).add(value)
    for by in (tuple(each.split(",")) if each else () for each in breakdowns):
        values = [sorted(found.get(name, ())) for name in by]
        if all(len(each) > 1 for each in values):  # what has one value only says nothing
            yield from (Cell(unit, by, of) for unit in parents for of in product(*values))


def _with_themselves(parents: Parents, counts: dict[Cell, int], largest: Mapping[Cell, int]) -> Table:
    """The table with what units counted beside those below them, where there is such a thing."""
    below: dict[Cell, int] = defaultdict(int)
    for cell, count in counts.items():
        above = parents[cell.unit]
        if above is not None:
            below[Cell(above, cell.by, cell.of)] += count
    inner = set(parents.values())
    own = {cell: count - below[cell] for cell, count in counts.items() if cell.unit in inner}
    if min(own.values(), default=0) < 0:
        raise Refused("other_places", "a unit moved within these days: release what was before and after it")
    units = {cell.unit for cell, count in own.items() if count}
    beside = {Cell(cell.unit + ITSELF, cell.by, cell.of): count for cell, count in own.items() if cell.unit in units}
    places = {**parents, **{unit + ITSELF: unit for unit in units}}
    return Table(places, {**counts, **beside}, dict(largest), frozenset(unit + ITSELF for unit in units))


def _with_every_margin(table: Table) -> Table:
    """The table with a zero wherever one part knows of a category or unit and another does not."""
    kinds = {(cell.by, cell.of) for cell in table.counts}
    counts = {Cell(unit, by, of): table.counts.get(Cell(unit, by, of), 0) for unit in table.parents for by, of in kinds}
    return Table(table.parents, counts, table.largest, table.unprinted)
