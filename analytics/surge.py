"""A surge: far more of one kind said in a place within a time than is usual there; values in, values out.

Which kinds are watched, and how much more is too much, is data (`deploy/surges/`).
"""

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from analytics.live.tally import ANY_NEED, WINDOW, Cell
from services.contracts.codes import LiveCount
from services.contracts.ids import derived_reference

USUAL_MIN = timedelta(days=1)
"""A house younger than this has no usual yet, and is taken to be so old."""


@dataclass(frozen=True, slots=True)
class Watched:
    """What is watched, whole or for each need apart, and from where on it is too much."""

    indicator: LiveCount
    by_need: bool
    at_least: int
    times: int


@dataclass(frozen=True, slots=True)
class Terms:
    """What counts as a surge."""

    version: int
    valid_from: date
    looks_back: timedelta
    usual_days: int
    quiet: timedelta
    watched: tuple[Watched, ...]

    def watching(self, cell: Cell) -> Watched | None:
        """The row that watches a number, if any does."""
        fitting = (each for each in self.watched if each.indicator is cell.what)
        return next((each for each in fitting if each.by_need == (cell.need != ANY_NEED)), None)


@dataclass(frozen=True, slots=True, order=True)
class Stretch:
    """What was said of one kind in a place within the time looked back on."""

    ends: datetime
    starts: datetime
    unit: str
    indicator: LiveCount
    need: str
    count: int


@dataclass(frozen=True, slots=True)
class Before:
    """How much of the same was said before, since when."""

    count: int
    since: datetime


@dataclass(frozen=True, slots=True)
class Surge:
    """A stretch in which too much was said, and how much would have been usual."""

    stretch: Stretch
    usual: int

    @property
    def ref(self) -> str:
        """The same surge has the same reference."""
        it = self.stretch
        return derived_reference("S", it.unit, it.indicator.value, it.need, it.starts.isoformat())


def stretches(counts: Mapping[Cell, int], changed: Iterable[Cell], terms: Terms) -> list[Stretch]:
    """Every stretch around the numbers that changed in which there is enough of something, the earliest first."""
    found = set()
    for cell in changed:
        if watched := terms.watching(cell):
            found |= {each for each in _around(cell, counts, terms) if each.count >= watched.at_least}
    return sorted(found)


def surge(stretch: Stretch, before: Before, terms: Terms) -> Surge | None:
    """The surge that a stretch is, if there was more in it than is usual by far."""
    cell = Cell(stretch.starts, stretch.unit, stretch.indicator, stretch.need)
    watched = terms.watching(cell)
    usual = before.count * (terms.looks_back / max(stretch.starts - before.since, USUAL_MIN))
    if watched is None or stretch.count < watched.at_least or stretch.count <= watched.times * usual:
        return None
    return Surge(stretch, math.ceil(usual))


def _around(cell: Cell, counts: Mapping[Cell, int], terms: Terms) -> Iterator[Stretch]:
    windows = terms.looks_back // WINDOW
    said = Counter(
        {
            number: counts.get(Cell(cell.starts + number * WINDOW, cell.unit, cell.what, cell.need), 0)
            for number in range(1 - windows, windows)
        }
    )
    for first in range(1 - windows, 1):
        starts = cell.starts + first * WINDOW
        count = sum(said[number] for number in range(first, first + windows))
        yield Stretch(starts + terms.looks_back, starts, cell.unit, cell.what, cell.need, count)
