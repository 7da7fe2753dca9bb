"""Indicators: what a figure counts and is broken down by, as data with a version; it reads no database."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from services.contracts.catalog import BY_TYPE
from services.contracts.failures import Malformed
from services.contracts.names import Names

WHOLE = ""
"""The breakdown that breaks nothing down; every indicator has it."""

BREAKDOWNS = ("sex", "age_band", "sex,age_band", "need", "institution", "risk", "reason", "step")
OF_CHILDREN = ("sex", "age_band", "sex,age_band")


class Kind(StrEnum):
    """How a figure comes about."""

    COUNT = "count"
    """facts of some types, each once"""
    STOCK = "stock"
    """what was added less what was taken away, from the beginning to a day"""
    SHARE = "share"
    """one figure for each of another"""
    DURATION = "duration"
    """whole hours from a referral's sending to each fact: their median and the ninth of ten"""
    CHILDREN = "children"
    """each child once in a year, however many cases it has"""


@dataclass(frozen=True, slots=True)
class Indicator:
    """A figure one can ask for. `counts` and what narrows it, or the two indicators it is made of."""

    code: str
    version: int
    valid_from: date
    kind: Kind
    labels: Names
    breakdowns: tuple[str, ...] = ()
    counts: tuple[str, ...] = ()
    where: Mapping[str, str | int | bool] = field(default_factory=dict, hash=False)
    has: tuple[str, ...] = ()
    of: tuple[str, ...] = ()

    @property
    def made_of(self) -> tuple[str, ...]:
        """The indicators whose cells it is read from."""
        return self.of or (self.code,)

    @property
    def has_cells(self) -> bool:
        """Whether anything is counted for it, or only for those it is made of."""
        return not self.of


@dataclass(frozen=True, slots=True)
class IndicatorCatalogue:
    """Every indicator of the house."""

    indicators: tuple[Indicator, ...]

    def indicator(self, code: str) -> Indicator:
        """The indicator of a code, or `Malformed`."""
        for each in self.indicators:
            if each.code == code:
                return each
        known = ", ".join(each.code for each in self.indicators)
        raise Malformed(f"there is no such indicator: choose one of {known}")


def faults_of(each: Indicator, codes: Mapping[str, Indicator]) -> Iterable[tuple[str, str]]:
    """The field of each thing that is wrong with an indicator, and why."""
    allowed = OF_CHILDREN if each.kind is Kind.CHILDREN else BREAKDOWNS
    if unknown := [name for name in each.breakdowns if name not in allowed]:
        yield "breakdowns", f"{unknown[0]!r} is none of {', '.join(allowed)}"
    if each.kind in (Kind.STOCK, Kind.SHARE):
        yield from _made_of(each, codes)
    elif each.of:
        yield "of", "only a stock or a share is made of others"
    elif not each.counts:
        yield "counts", "it could only ever count nothing"
    for name in each.counts:
        entry = BY_TYPE.get(name)
        if entry is None or "analytics" not in entry.readers:
            yield "counts", f"analytics hears no event {name!r}"
        elif lacking := {*each.where, *each.has} - set(entry.event.__dataclass_fields__):
            yield "where", f"the event has no field {sorted(lacking)[0]!r}"


def _made_of(each: Indicator, codes: Mapping[str, Indicator]) -> Iterable[tuple[str, str]]:
    parts = [codes[code] for code in each.of if code in codes]
    if len(each.of) != 2 or len(parts) != 2:
        yield "of", "it is made of two indicators of this folder"
    elif any(part.kind is not Kind.COUNT for part in parts):
        yield "of", "it is made of what is counted"
    elif lacking := [name for name in each.breakdowns if any(name not in part.breakdowns for part in parts)]:
        yield "breakdowns", f"not both that it is made of are broken down by {lacking[0]!r}"
    if each.counts or each.where or each.has:
        yield "counts", "what is made of others counts nothing itself"
