"""Publishing: a table set becomes a page from which nobody can be picked out, now or beside any page before it."""

from collections.abc import Sequence
from dataclasses import replace

from analytics.release.book import Edition, open_book, related
from analytics.release.sensitive import Rule
from analytics.release.table import check


def publish(new: Edition, earlier: Sequence[Edition], rule: Rule) -> Edition:
    """The edition with what it hides, judged with every earlier one that has days in common; or `Refused`, and why."""
    # Matrices and the solver weigh 60 MB: whoever only reads releases does without them.
    from analytics.release.hiding import hide

    check(new.table)
    book = open_book(related(earlier, new), new, rule)
    unprinted = frozenset(cell for cell in new.table.cells if not new.table.printable(cell))
    return replace(new, hidden=hide(book) | unprinted)
