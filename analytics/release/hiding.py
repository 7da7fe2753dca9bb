"""Chooses what a release hides, and ends only when every secret is proved to be kept.

A proof is another table of whole numbers that would have printed exactly the same pages. When there is one in which a
secret count is as low as it has to be possible, and one in which it is as high, no reader can know better, however they
compute, and whatever they had before.
"""

from collections.abc import Iterator

import numpy as np

from analytics.release.audit import Flags, Numbers, Places, as_matrices, other_table
from analytics.release.book import Book
from analytics.release.table import Cell
from services.contracts.failures import Refused

WORTH_FIRST, WORTH_STEP, WORTH_MOST = 1.0, 3.0, 1e7
"""What keeping a secret by one more is worth, beside the price of hiding: little at first, to find the cheap first."""

GAIN_SHARE = 10
"""A search that proves less than one part in so many of what is left is idle."""

IDLE_MOST = 3
"""After so many idle searches keeping a secret becomes worth more."""

TAKEN_PART, TAKEN_LEAST = 8, 8
"""One part in so many of what is left is looked for at a time, and at least so many: few at a time hide less."""


def hide(book: Book) -> frozenset[Cell]:
    """What has to be hidden of the open counts of a book."""
    hiding = _Hiding(book)
    hiding.prove_together()
    hiding.prove_one_by_one()
    return hiding.chosen()


class _Hiding:
    """What is hidden so far, and the other tables found so far."""

    def __init__(self, book: Book) -> None:
        self.book, self.sums = book, as_matrices(book)
        self.price: Numbers = np.zeros(len(book.counts))
        for number, weight in book.weights.items():
            self.price[number] = weight
        for secret, cell, _ in book.secrets:
            if secret.hides_its_cell:
                self.price[cell] = 0.0
        self.price[self.sums.shown] = np.inf
        self.bare: Flags = self.price == 0.0
        self.tables: list[Numbers] = []
        self.proved: Flags = self.sums.kept(self.sums.counts)

    def prove_together(self) -> None:
        """Prove many at a time, while what keeping a secret is worth rises beside what hiding costs."""
        worth, idle = WORTH_FIRST, 0
        for wanted in self._takings():
            gain = self._look(wanted, worth)
            idle = idle + 1 if gain * GAIN_SHARE < np.count_nonzero(~self.proved) else 0
            if idle >= IDLE_MOST:
                worth, idle = worth * WORTH_STEP, 0
            if worth > WORTH_MOST:
                return

    def prove_one_by_one(self) -> None:
        """Prove what many at a time left over."""
        for want in np.flatnonzero(~self.proved):
            if not self.proved[want] and not self._look(np.array([want]), WORTH_MOST, whole=True):
                raise Refused("unprovable", "nothing that could be hidden keeps every small count of it secret")

    def chosen(self) -> frozenset[Cell]:
        """The open counts that are secrets themselves, and those that a needed proof moves."""
        needed = self.bare.copy()
        for table in self._needed_tables():
            needed |= self.sums.moved(table)
        return frozenset(cell for cell, number in self.book.open.items() if needed[number])

    def _takings(self) -> Iterator[Places]:
        """Some of what is not proved yet, and others next time: each time some are to rise while the rest falls."""
        turn = 0
        while not self.proved.all():
            left = np.flatnonzero(~self.proved)
            bit = turn // 2 % max(1, len(self.proved).bit_length() - 1)
            half = left[((left // 2 >> bit) & 1) == (left & 1 ^ turn & 1)]
            if len(half):
                size = max(TAKEN_LEAST, len(half) // TAKEN_PART)
                yield np.roll(half, -turn * size)[:size]
            turn += 1

    def _look(self, wanted: Places, worth: float, whole: bool = False) -> int:
        """Look for another table, hide what it moves, and say how much more it proves."""
        table = other_table(self.sums, self.price, wanted, worth, whole)
        if table is None:
            return 0
        kept = self.sums.kept(table)
        gain = int(np.count_nonzero(kept & ~self.proved))
        if gain:
            self.proved |= kept
            self.tables.append(table)
            self.price[self.sums.moved(table)] = 0.0
        return gain

    def _needed_tables(self) -> Iterator[Numbers]:
        """Tables that together prove everything: those that move the fewest open counts come first."""
        proved = self.sums.kept(self.sums.counts)
        for table in sorted(self.tables, key=lambda table: np.count_nonzero(self.sums.moved(table) & ~self.bare)):
            kept = self.sums.kept(table)
            if (kept & ~proved).any():
                proved |= kept
                yield table
