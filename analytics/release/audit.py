"""Looks for other tables that would have printed the same pages: a count is kept only as well as they differ from it.

The one module that computes with matrices. It chooses nothing, and believes no solver before it has checked the sums.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import block_array, csr_array, eye_array, hstack, vstack
from scipy.sparse.csgraph import connected_components

from analytics.release.book import Book

Numbers = NDArray[np.float64]
Flags = NDArray[np.bool_]
Places = NDArray[np.intp]

NEAR = 1e-6
"""Nearer to a whole number than this is that number."""

SEARCH_SECONDS = 20.0
"""How long one other table is looked for."""


@dataclass(frozen=True, slots=True)
class Sums:
    """A book as matrices: `sums @ counts = 0`, and what other tables have to come to: `wants @ table >= goals`."""

    counts: Numbers
    shown: Flags
    sums: csr_array
    wants: csr_array
    goals: Numbers

    def kept(self, table: Numbers) -> Flags:
        """Which wants a table satisfies."""
        return np.asarray(self.wants @ table >= self.goals - NEAR)

    def moved(self, table: Numbers) -> Flags:
        """Which counts of a table are not the true ones."""
        return np.asarray(table != self.counts)

    def could_be(self, table: Numbers) -> bool:
        """Whether a reader of what is shown for good cannot rule a table out."""
        holds = np.abs(self.sums @ table).max(initial=0.0) < NEAR and table.min(initial=0.0) >= 0
        return bool(holds and not self.moved(table)[self.shown].any())


def as_matrices(book: Book) -> Sums:
    """The sums and the secrets of a book; every secret wants one table where it is low and one where it is high."""
    wholes = [[(whole, -1.0), *((part, 1.0) for part in parts)] for whole, parts in book.sums]
    wants, goals = list[list[tuple[int, float]]](), list[float]()
    for secret, cell, margin in book.secrets:
        count = [(cell, 1.0)] if margin is None else [(margin, 1.0), (cell, -1.0)]
        wants.extend(([(number, -sign) for number, sign in count], count))
        goals.extend((-float(secret.low), float(secret.high)))
    width = len(book.counts)
    shown = np.zeros(width, dtype=np.bool_)
    shown[list(book.shown)] = True
    counts = np.array(book.counts, dtype=np.float64)
    return Sums(counts, shown, _matrix(wholes, width), _matrix(wants, width), np.array(goals, dtype=np.float64))


def other_table(sums: Sums, price: Numbers, wanted: Places, worth: float, whole: bool) -> Numbers | None:
    """A table of whole numbers with the same sums that comes as near to the wanted as it is worth.

    Moving a count by one costs its price (it never moves where that is infinite); missing a want by one, `worth`.
    If `whole`, the solver looks among whole numbers only, which may take long; otherwise what comes out broken is left.
    """
    found = _Search(sums, price, wanted, worth).solve(whole)
    if found is None:
        return None
    table = sums.counts + _in_whole_numbers(sums, found)
    return table if sums.could_be(table) else None


def _in_whole_numbers(sums: Sums, moves: Numbers) -> Numbers:
    """The moves without those that hang together with a broken one: what hangs apart keeps every sum by itself."""
    kept = moves.round()
    broken = np.abs(moves - kept) > NEAR
    if broken.any():
        moving = np.flatnonzero(np.abs(moves) > NEAR)
        ties = sums.sums[:, moving]
        _, piece = connected_components(block_array([[None, ties], [ties.T, None]]), directed=False)
        piece = piece[ties.shape[0] :]
        kept[moving[np.isin(piece, piece[broken[moving]])]] = 0.0
    return kept


def _matrix(rows: Sequence[Sequence[tuple[int, float]]], width: int) -> csr_array:
    lines = [row for row, entries in enumerate(rows) for _ in entries]
    columns = [column for entries in rows for column, _ in entries]
    signs = [sign for entries in rows for _, sign in entries]
    return csr_array((signs, (lines, columns)), shape=(len(rows), width), dtype=np.float64)


class _Search:
    """One linear programme: by how much each free count rises (or moves, if free), falls, and wants are missed."""

    def __init__(self, sums: Sums, price: Numbers, wanted: Places, worth: float) -> None:
        self.counts, self.free = sums.counts, np.flatnonzero(np.isfinite(price))
        here, cost = self.counts[self.free], price[self.free]
        self.priced = np.flatnonzero(cost > 0)
        ties, reach = sums.sums[:, self.free], sums.wants[wanted][:, self.free]
        ties = ties[np.diff(ties.indptr) > 0]
        missed = eye_array(len(wanted), format="csr")
        upper = hstack([ties, -ties[:, self.priced], csr_array((ties.shape[0], len(wanted)))])
        lower = hstack([reach, -reach[:, self.priced], missed])
        goals = sums.goals[wanted] - sums.wants[wanted] @ sums.counts
        still = np.zeros(ties.shape[0])
        self.constraint = LinearConstraint(
            vstack([upper, lower], format="csc"),
            np.concatenate([still, goals]),
            np.concatenate([still, np.full(len(wanted), np.inf)]),
        )
        fall = -here
        fall[self.priced] = 0.0
        endless = np.inf
        self.bounds = Bounds(
            np.concatenate([fall, np.zeros(len(self.priced) + len(wanted))]),
            np.concatenate([np.full(len(here), endless), here[self.priced], np.full(len(wanted), endless)]),
        )
        self.cost = np.concatenate([cost, cost[self.priced], np.full(len(wanted), worth)])

    def solve(self, whole: bool) -> Numbers | None:
        """By how much each count moves, if anything was found in time."""
        found = milp(
            self.cost,
            integrality=np.full(len(self.cost), int(whole)),
            bounds=self.bounds,
            constraints=self.constraint,
            options={"time_limit": SEARCH_SECONDS},
        )
        if found.x is None:
            return None
        moves = np.zeros_like(self.counts)
        moves[self.free] = found.x[: len(self.free)]
        moves[self.free[self.priced]] -= found.x[len(self.free) :][: len(self.priced)]
        return moves
