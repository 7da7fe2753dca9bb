"""A reader who has every page of every release, knows every rule, and computes: what can they find out?

Written for itself: it shares no line with what publishes. It reads what was printed and writes down every sum that must
hold; then it narrows each number by hand, as far as that goes, and asks a solver for the rest.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, linprog, milp
from scipy.sparse import csr_array, vstack

Key = tuple[str, tuple[str, ...], tuple[str, ...]]
"""A unit, by what it is broken down, and into which values."""

MANY = 1_000_000
"""No count is larger."""

CLOSE = 1e-6
WHOLE_SECONDS = 10.0
HAND_ROUNDS = 60


@dataclass(frozen=True, slots=True)
class Page:
    """What everybody can read of one release: numbers, and blanks (`None`)."""

    first: date
    last: date
    exact: bool
    parents: Mapping[str, str | None]
    printed: Mapping[Key, int | None]


@dataclass(frozen=True, slots=True)
class Target:
    """A number to find out, cells with signs: it is kept while every value from low to high stays possible."""

    terms: tuple[tuple[tuple[int, Key], int], ...]
    low: int
    high: int


class Reader:
    """Every blank of every page as an unknown, and every sum as an equation between them."""

    def __init__(self, pages: Sequence[Page]) -> None:
        self.pages = pages
        self.unknown: dict[tuple[int, Key], int] = {}
        self.rows: list[tuple[dict[int, float], float]] = []
        for place, page in enumerate(pages):
            self._sums_on(place, page)
            self._sums_with_earlier(place, page)
        self.matrix = self._as_matrix([row for row, _ in self.rows])
        self.right = np.array([right for _, right in self.rows], dtype=np.float64)

    def learned_by_hand(self, targets: Sequence[Target]) -> int:
        """How many targets are found out by narrowing one equation after another."""
        low, high = self._narrowed()
        return sum(1 for each in targets if self._found_out(each, low, high))

    def learned(self, targets: Sequence[Target], chance: np.random.Generator) -> int:
        """How many targets linear programming finds out, from everything at once."""
        low, high = self._narrowed()
        left = [each for each in targets if not self._found_out(each, low, high)]
        too_high = self._out_of_reach([(self._row(each, 1), each.high) for each in left], low, high, chance)
        too_low = self._out_of_reach([(self._row(each, -1), -each.low) for each in left], low, high, chance)
        return len(targets) - len(left) + len(too_high | too_low)

    def blanks_worked_out(self) -> int:
        """How many blanks can be filled in by hand: none of them may be a secret."""
        low, high = self._narrowed()
        return sum(1 for (place, _), at in self.unknown.items() if place >= 0 and low[at] == high[at])

    def learned_in_whole_numbers(self, target: Target) -> bool:
        """Whether a target is found out by somebody who also knows that people are counted in whole numbers."""
        low, high = self._narrowed()
        for side, aim in ((1, target.high), (-1, -target.low)):
            row, shift = self._row(target, side)
            if not row:
                return shift < aim
            found = milp(
                -self._as_matrix([row]).toarray()[0],
                integrality=np.ones(len(self.unknown)),
                bounds=Bounds(low, high),
                constraints=LinearConstraint(self.matrix, self.right, self.right),
                options={"time_limit": WHOLE_SECONDS},
            )
            best = found.mip_dual_bound if found.mip_dual_bound is not None else -np.inf
            if -best + shift < aim - CLOSE:
                return True
        return False

    def _sums_on(self, place: int, page: Page) -> None:
        sums: dict[tuple[Key, str], list[Key]] = defaultdict(list)
        for unit, by, of in page.printed:
            for at, name in enumerate(by):
                sums[(unit, by[:at] + by[at + 1 :], of[:at] + of[at + 1 :]), name].append((unit, by, of))
            above = page.parents[unit]
            if above is not None:
                sums[(above, by, of), "below"].append((unit, by, of))
        for (whole, _), parts in sums.items():
            self._equation([((place, whole), 1), *(((place, part), -1) for part in parts)])

    def _sums_with_earlier(self, place: int, page: Page) -> None:
        inside: list[int] = []
        for earlier in range(place - 1, -1, -1):
            other = self.pages[earlier]
            clear = all(other.last < self.pages[kept].first or self.pages[kept].last < other.first for kept in inside)
            if page.first <= other.first and other.last <= page.last and clear:
                inside.append(earlier)
        for key in page.printed if inside else ():
            terms = [((place, key), 1), *(((each, key), -1) for each in inside if key in self.pages[each].printed)]
            # What came later, or in the days between, is nowhere printed.
            self._equation(terms if page.exact else [*terms, ((-1 - place, key), -1)])

    def _equation(self, terms: Sequence[tuple[tuple[int, Key], int]]) -> None:
        row, right = self._sorted_out(terms)
        if row:
            self.rows.append((row, -right))

    def _sorted_out(self, terms: Sequence[tuple[tuple[int, Key], int]]) -> tuple[dict[int, float], float]:
        row: dict[int, float] = defaultdict(float)
        known = 0.0
        for (place, key), sign in terms:
            value = self.pages[place].printed[key] if place >= 0 else None
            if value is None:
                row[self.unknown.setdefault((place, key), len(self.unknown))] += sign
            else:
                known += sign * value
        return row, known

    def _row(self, target: Target, side: int) -> tuple[dict[int, float], float]:
        return self._sorted_out([(where, sign * side) for where, sign in target.terms])

    def _as_matrix(self, rows: Sequence[Mapping[int, float]]) -> csr_array:
        lines = [line for line, row in enumerate(rows) for _ in row]
        columns = [column for row in rows for column in row]
        signs = [sign for row in rows for sign in row.values()]
        return csr_array((signs, (lines, columns)), shape=(len(rows), len(self.unknown)), dtype=np.float64)

    def _narrowed(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """The least and most each unknown can be, as far as one equation at a time tells."""
        low, high = np.zeros(len(self.unknown)), np.full(len(self.unknown), float(MANY))
        entries = self.matrix.tocoo()
        line, column, sign = entries.coords[0], entries.coords[1], entries.data
        for _ in range(HAND_ROUNDS):
            least = np.where(sign > 0, low[column], -high[column])
            most = np.where(sign > 0, high[column], -low[column])
            others_least = np.bincount(line, least, len(self.right))[line] - least
            others_most = np.bincount(line, most, len(self.right))[line] - most
            at_most, at_least = self.right[line] - others_least, self.right[line] - others_most
            up, down = np.where(sign > 0, at_most, -at_least), np.where(sign > 0, at_least, -at_most)
            before = (low.sum(), high.sum())
            np.minimum.at(high, column, np.floor(up + CLOSE))
            np.maximum.at(low, column, np.ceil(down - CLOSE))
            if (low.sum(), high.sum()) == before:
                break
        return low, high

    def _found_out(self, target: Target, low: NDArray[np.float64], high: NDArray[np.float64]) -> bool:
        row, known = self._row(target, 1)
        least = known + sum(sign * (low if sign > 0 else high)[at] for at, sign in row.items())
        most = known + sum(sign * (high if sign > 0 else low)[at] for at, sign in row.items())
        return bool(least > target.low or most < target.high)

    def _out_of_reach(
        self,
        rows: Sequence[tuple[tuple[dict[int, float], float], float]],
        low: NDArray[np.float64],
        high: NDArray[np.float64],
        chance: np.random.Generator,
    ) -> set[int]:
        """Which rows cannot come to their goal: many are tried at once, and what never gets there one by one."""
        goals = [(row, goal - known) for (row, known), goal in rows]
        left = [at for at, (row, _) in enumerate(goals) if row]
        missed = {at for at, (row, goal) in enumerate(goals) if not row and goal > 0}
        while left:
            reached = self._reached([goals[at] for at in left], low, high, chance)
            if not any(reached):
                break
            left = [at for at, there in zip(left, reached, strict=True) if not there]
        return missed.union(at for at in left if not self._reached([goals[at]], low, high, chance)[0])

    def _reached(
        self,
        some: Sequence[tuple[dict[int, float], float]],
        low: NDArray[np.float64],
        high: NDArray[np.float64],
        chance: np.random.Generator,
    ) -> list[bool]:
        """Which of some rows come to their goals in one table that satisfies every equation."""
        rows, goals = self._as_matrix([row for row, _ in some]), np.array([goal for _, goal in some])
        count, width = len(some), len(self.unknown)
        cost = np.concatenate([np.zeros(width), -chance.uniform(0.5, 2.0, count)])
        slack = csr_array((np.ones(count), (np.arange(count), np.arange(width, width + count))), (count, width + count))
        padded = csr_array((rows.data, rows.indices, rows.indptr), shape=(count, width + count))
        sums = csr_array((self.matrix.data, self.matrix.indices, self.matrix.indptr), (len(self.right), width + count))
        found = linprog(
            cost,
            A_ub=vstack([slack - padded]),
            b_ub=np.zeros(count),
            A_eq=sums,
            b_eq=self.right,
            bounds=np.stack([np.r_[low, np.full(count, -float(MANY))], np.r_[high, goals]], axis=1),
            method="highs",
        )
        assert found.x is not None, found.message
        return list(np.asarray(rows @ found.x[:width] >= goals - CLOSE))
