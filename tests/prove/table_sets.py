"""Draws what releases are made of: counts of invented people, sparse and skewed, in the real tree of units.

Places weigh as many as live there, sexes and age bands as in the national survey of 2022. It hides nothing.
"""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from analytics.release.table import Cell, Table
from services.contracts.policy import load_units
from services.contracts.units import Level, UnitTree

POLICY = Path(__file__).parents[2] / "deploy"

SHARES: Mapping[str, Mapping[str, float]] = {
    "sex": {"female": 51_414, "male": 56_436},
    "age_band": {"under_7": 22_833, "7_14": 36_275, "15_16": 27_669, "17_18": 21_073},
    "risk": {"low": 40, "medium": 35, "high": 20, "critical": 5},
    "need": {"counselling": 30, "home_visiting": 20, "ecd_centre": 15, "speech_therapy": 10, "mobile_team": 5},
}
"""How often each value occurs: sex and age band as counted in 2022, the others invented."""

BREAKDOWNS: Sequence[Sequence[tuple[str, ...]]] = (
    [("sex",)],
    [("age_band",)],
    [("sex",), ("age_band",)],
    [("sex",), ("age_band",), ("age_band", "sex")],
    [("sex",), ("risk",)],
    [("need",), ("risk",)],
)
"""What a table set is broken down by, besides its totals."""

PEOPLE_UNKNOWN = 15_000
"""What a place weighs of which nobody says how many live there."""

EACH_THOUSAND = (0.1, 0.5, 2.6)
"""How many a month has for each thousand people: the last is the number of minors known to centres in 2022."""

MONTHS = tuple((date(2026, month, 1), date(2026, month, days)) for month, days in ((1, 31), (2, 28), (3, 31)))
QUARTER = (MONTHS[0][0], MONTHS[2][1])


@dataclass(frozen=True, slots=True)
class Step:
    """One release that is asked for: its days, its counts, and whether earlier ones make it up entirely."""

    days: tuple[date, date]
    table: Table
    exact: bool = False


@dataclass(frozen=True, slots=True)
class TableSet:
    """Releases of one indicator, in the order in which they are asked for."""

    seed: int
    steps: tuple[Step, ...]


class Drawing:
    """One world: how many there are in each place, and how they differ."""

    def __init__(self, seed: int, tree: UnitTree | None = None) -> None:
        self.tree = tree or load_units(POLICY)
        self.chance: Generator = np.random.default_rng(seed)
        self.seed = seed
        self.by = BREAKDOWNS[int(self.chance.integers(len(BREAKDOWNS)))]
        self.dimensions = sorted({name for names in self.by for name in names})
        self.institutions = int(self.chance.integers(2, 5)) if self.chance.random() < 0.25 else 1
        self.usual = self._usual_counts()

    def table_set(self) -> TableSet:
        """Releases that follow each other, lie in each other and restate each other."""
        months = [self.chance.poisson(self.usual) for _ in MONTHS]
        late = [self.chance.poisson(self.usual * self.chance.choice([0.02, 0.3])) for _ in MONTHS]
        month = [Step(days, self.table(counts)) for days, counts in zip(MONTHS, months, strict=True)]
        again = Step(MONTHS[0], self.table(months[0] + late[0]))
        first_counts = np.sum(months, axis=0)
        quarter = Step(QUARTER, self.table(first_counts), exact=True)
        gap = Step(QUARTER, self.table(first_counts))
        restated = Step(QUARTER, self.table(first_counts + np.sum(late, axis=0)))
        courses = (
            (month[0], again),
            (month[0], month[1], gap),
            (month[0], restated),
            (month[0], month[1], month[2], quarter),
            (month[0], month[1], month[2], quarter, restated),
        )
        return TableSet(self.seed, courses[int(self.chance.integers(len(courses)))])

    def table(self, counts: NDArray[np.int64]) -> Table:
        """Counts by place, institution and every dimension, as a table set with all its margins."""
        parents = {unit.code: unit.parent for unit in self.tree}
        cells, largest = dict[Cell, int](), dict[Cell, int]()
        for unit in self.tree:
            below = [number for number, place in enumerate(self.places) if self.tree.is_within(place, unit.code)]
            for by in [(), *self.by]:
                kept = tuple(self.dimensions.index(name) + 2 for name in by)
                dropped = tuple(axis for axis in range(2, counts.ndim) if axis not in kept)
                here = counts[below].sum(axis=dropped)
                values = list(itertools.product(*(SHARES[name] for name in by)))
                here = here.reshape(len(below) * self.institutions, len(values))
                for of, total, most in zip(values, here.sum(axis=0), here.max(axis=0, initial=0), strict=True):
                    cells[Cell(unit.code, by, of)] = int(total)
                    largest[Cell(unit.code, by, of)] = int(most)
        return Table(parents, cells, largest if self.institutions > 1 else {})

    def _usual_counts(self) -> NDArray[np.float64]:
        """How many of each kind a month has on average, in each place and institution."""
        towns = [unit for unit in self.tree if unit.level is Level.MUNICIPALITY]
        self.places = [unit.code for unit in towns]
        people = np.array([max((each.people for each in unit.population), default=PEOPLE_UNKNOWN) for unit in towns])
        each_thousand = self.chance.choice(EACH_THOUSAND) * self.chance.lognormal(sigma=0.7, size=len(towns))
        usual: NDArray[np.float64] = (people / 1000 * each_thousand)[:, None] * self.chance.dirichlet(
            np.ones(self.institutions), size=len(towns)
        )
        for name in self.dimensions:
            shares = np.array(list(SHARES[name].values()))
            local = self.chance.dirichlet(shares / shares.sum() * 12, size=len(towns))
            usual = usual[..., None] * local.reshape(len(towns), *[1] * (usual.ndim - 1), len(shares))
        return usual


def draw(seed: int, tree: UnitTree | None = None) -> TableSet:
    """The table set of a seed."""
    return Drawing(seed, tree).table_set()
