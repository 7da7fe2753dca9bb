"""Figures from sums of cells: what is asked, and what the sums amount to; it reads no database and no clock."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import accumulate

from analytics.indicator import BREAKDOWNS, WHOLE, Indicator, Kind
from services.contracts.failures import Malformed

YEAR_MIN, YEAR_MAX = 1990, 2199
"""No fact of the house lies outside these years."""

UNIT, MONTH = "unit", "month"
ORDER = " ".join(BREAKDOWNS)
"""How what a figure is broken down by is named, whatever order it is asked in."""

Group = tuple[str, str, str]
"""Unit, month and category; empty where the figure is not broken down by it."""


NOT_BROKEN_DOWN: Group = ("", "", "")


@dataclass(frozen=True, slots=True)
class Question:
    """What somebody wants to know of one indicator."""

    indicator: Indicator
    first: date | None
    last: date
    by_unit: bool = False
    by_month: bool = False
    breakdown: str = WHOLE


@dataclass(frozen=True, slots=True)
class Sum:
    """The cells of one indicator, added up; `value` is the number of hours where durations are counted."""

    indicator: str
    group: Group
    value: int
    number: int


@dataclass(frozen=True, slots=True)
class Amount:
    """What one line of a figure comes to; a share and a median have no value where there was nothing."""

    value: float | None
    number: int
    p90: int | None = None


def question(indicator: Indicator, by: Sequence[str], first: date | None, last: date) -> Question:
    """What is asked, or `Malformed` with what to ask instead."""
    if any(not YEAR_MIN <= day.year <= YEAR_MAX for day in (first or last, last)):
        raise Malformed(f"the period lies outside the years {YEAR_MIN} to {YEAR_MAX}: correct its dates")
    if first and last < first:
        raise Malformed("the period ends before it begins: give from and to the other way round")
    if indicator.kind is Kind.CHILDREN and (first or date(last.year, 1, 1)).year != last.year:
        raise Malformed("children are counted once in a year: ask for days of one year")
    codes = sorted(set(by) - {UNIT, MONTH}, key=ORDER.find)
    breakdown = ",".join(codes)
    if breakdown and breakdown not in indicator.breakdowns:
        offered = ", ".join((UNIT, MONTH, *indicator.breakdowns))
        raise Malformed(f"{indicator.code} is not broken down by {breakdown[:60]!r}: use {offered}")
    starts = first
    if indicator.kind is Kind.CHILDREN and first is None:
        starts = date(last.year, 1, 1)
    return Question(indicator, starts, last, UNIT in by, MONTH in by, breakdown)


def counted_from(asked: Question) -> date | None:
    """The first day whose cells are needed: a stock is everything since the beginning."""
    return None if asked.indicator.kind is Kind.STOCK else asked.first


def amounts(asked: Question, sums: Iterable[Sum]) -> dict[Group, Amount]:
    """Every line of the figure, in the order of units, months and categories."""
    groups: defaultdict[Group, list[Sum]] = defaultdict(list)
    for each in sums:
        groups[each.group].append(each)
    if not groups and not (asked.by_unit or asked.by_month or asked.breakdown):
        groups[NOT_BROKEN_DOWN] = []
    if asked.indicator.kind is Kind.STOCK:
        return _stock(asked, groups)
    return {group: _amount(asked.indicator, groups[group]) for group in sorted(groups)}


def _amount(indicator: Indicator, sums: Sequence[Sum]) -> Amount:
    match indicator.kind:
        case Kind.DURATION:
            hours = sorted((each.value, each.number) for each in sums if each.number)
            number = sum(count for _, count in hours)
            return Amount(_at(hours, number, 50), number, _at(hours, number, 90))
        case Kind.SHARE:
            part, whole = (_of(sums, code) for code in indicator.of)
            return Amount(round(part / whole, 4) if whole else None, whole)
        case _:
            number = sum(each.number for each in sums)
            return Amount(number, number)


def _at(hours: Sequence[tuple[int, int]], number: int, percent: int) -> int | None:
    """The least number of hours that so many in a hundred did not pass."""
    wanted = -(-number * percent // 100)
    counts = accumulate(count for _, count in hours)
    return next((hour for (hour, _), reached in zip(hours, counts, strict=True) if reached >= wanted), None)


def _of(sums: Iterable[Sum], code: str) -> int:
    return sum(each.number for each in sums if each.indicator == code)


def _stock(asked: Question, groups: Mapping[Group, Sequence[Sum]]) -> dict[Group, Amount]:
    """What there was at the end of the last day; by month, at the end of each month since the first day."""
    added, taken = asked.indicator.of
    changes = {group: _of(sums, added) - _of(sums, taken) for group, sums in groups.items()}
    if not asked.by_month:
        return {group: Amount(number, number) for group, number in sorted(changes.items())}
    lines: dict[Group, Amount] = {}
    months = months_between(min((group[1] for group in groups), default=f"{asked.last:%Y-%m}"), asked.last)
    for unit, category in sorted({(group[0], group[2]) for group in groups}):
        there = 0
        for month in months:
            there += changes.get((unit, month, category), 0)
            if asked.first is None or month >= f"{asked.first:%Y-%m}":
                lines[(unit, month, category)] = Amount(there, there)
    return lines


def months_between(first: str, last: date) -> list[str]:
    """Every month, as 2026-03, from one to that of a day."""
    year, month = (int(part) for part in first.split("-"))
    end = last.year * 12 + last.month
    return [f"{(at - 1) // 12:04}-{(at - 1) % 12 + 1:02}" for at in range(year * 12 + month, end + 1)]
