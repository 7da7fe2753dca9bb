"""The days of releases: whole months, quarters and years, so that they add up and never cross; it reads no clock."""

from collections.abc import Sequence
from datetime import date, timedelta

from services.contracts.failures import Malformed

MONTHS_TOGETHER = (1, 3, 12)
"""A month, a quarter or a year."""


def whole_months(first: date, last: date) -> int:
    """How many months these days are, or `Malformed` if they are not a month, a quarter or a year."""
    months = (last.year - first.year) * 12 + last.month - first.month + 1
    whole = first.day == 1 and (last + timedelta(days=1)).day == 1
    if not whole or months not in MONTHS_TOGETHER or (first.month - 1) % months:
        raise Malformed("a release is about a month, a quarter or a year: give its first and its last day")
    return months


def days_between(first: date, last: date, taken: Sequence[tuple[date, date]]) -> list[tuple[date, date]]:
    """The days from first to last that are not taken, as runs of days in their order."""
    free, start = list[tuple[date, date]](), first
    for begins, ends in sorted(taken):
        if begins > start:
            free.append((start, begins - timedelta(days=1)))
        start = ends + timedelta(days=1)
    if start <= last:
        free.append((start, last))
    return free
