"""Figures against the rooms whose events they count: every place, and all places together."""

from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal

from tests.ledger.rules.finding import Finding
from tests.ledger.rules.history import History

Counts = dict[str, dict[str, int]]
"""How many of each indicator there are in each unit."""


def recount_differences(history: History) -> Iterator[Finding]:
    """Yield each figure that is not what the rows of its source amount to."""
    sources, figures = _counts(history, "sources"), _counts(history, "figures")
    tops = {row["indicator"]: _whole(row["number"]) for row in history.table("figures") if row["top"]}
    for indicator in sorted(sources.keys() | figures.keys()):
        counted, there = figures.get(indicator, {}), sources.get(indicator, {})
        for unit in sorted(there):
            if counted.get(unit, 0) != there[unit]:
                yield _finding(indicator, unit, counted.get(unit, 0), there[unit])
        if tops.get(indicator, 0) != sum(there.values()):
            yield _finding(indicator, "all units together", tops.get(indicator, 0), sum(there.values()))


def _counts(history: History, table: str) -> Counts:
    counts: defaultdict[str, dict[str, int]] = defaultdict(dict)
    for row in history.table(table):
        counts[row["indicator"]][row["unit"]] = _whole(row["number"])
    return counts


def _whole(number: int | str) -> int:
    """A database's sum is a decimal: in a record it is text, and 20,000 may be written 2E+4."""
    return int(Decimal(number))


def _finding(indicator: str, unit: str, figure: int, source: int) -> Finding:
    return Finding("recount_differences", f"{indicator} is {figure} and its source has {source}", unit)
