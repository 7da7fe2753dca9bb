"""A screening instrument: what a caseworker answers about a child's situation, and the risk band that suggests.

It is data with a version; scoring reads no clock and no file, and never decides: a worker settles the band.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from services.contracts.codes import RiskBand
from services.contracts.failures import Malformed
from services.contracts.names import Names

BANDS = tuple(RiskBand)
"""The bands, the least first."""


@dataclass(frozen=True, slots=True)
class Option:
    """One possible answer: what it adds to the score, and the least band it allows."""

    code: str
    labels: Names
    score: int
    at_least: RiskBand | None = None


@dataclass(frozen=True, slots=True)
class Item:
    """One question; one nobody answered counts as its `unanswered` option, for what is not known is not harmless."""

    code: str
    labels: Names
    unanswered: str
    options: tuple[Option, ...]

    def option(self, code: str) -> Option:
        """The option of a code, or `Malformed`."""
        for option in self.options:
            if option.code == code:
                return option
        known = ", ".join(option.code for option in self.options)
        raise Malformed(f"item {self.code} has no option {code[:40]!r}: choose one of {known}")


@dataclass(frozen=True, slots=True)
class Threshold:
    """The score from which a band is suggested."""

    band: RiskBand
    from_score: int


@dataclass(frozen=True, slots=True)
class Instrument:
    """One version of an instrument."""

    code: str
    version: int
    valid_from: date
    title: Names
    basis: str
    thresholds: tuple[Threshold, ...]
    items: tuple[Item, ...]

    @property
    def reference(self) -> str:
        """What a screening names, so that it can be scored again later: the code and the version."""
        return f"{self.code}.v{self.version}"

    def item(self, code: str) -> Item:
        """The item of a code, or `Malformed`."""
        for item in self.items:
            if item.code == code:
                return item
        known = ", ".join(item.code for item in self.items)
        raise Malformed(f"instrument {self.reference} has no item {code[:40]!r}: use some of {known}")


@dataclass(frozen=True, slots=True)
class Screening:
    """What the instrument suggests, and what it was not told."""

    instrument: str
    score: int
    band: RiskBand
    unanswered: tuple[str, ...]


def score(instrument: Instrument, answers: Mapping[str, str]) -> Screening:
    """The screening of these answers (item to option); unknown items and options are `Malformed`."""
    for code in answers:
        instrument.item(code)
    chosen = [item.option(answers.get(item.code, item.unanswered)) for item in instrument.items]
    total = sum(option.score for option in chosen)
    reached = [threshold.band for threshold in instrument.thresholds if total >= threshold.from_score]
    forced = [option.at_least for option in chosen if option.at_least is not None]
    return Screening(
        instrument=instrument.reference,
        score=total,
        band=max(reached + forced, key=BANDS.index),
        unanswered=tuple(item.code for item in instrument.items if item.code not in answers),
    )
