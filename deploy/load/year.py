"""What a synthetic year is drawn from: the published figures of a year, and how busy an invented house is."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from services.contracts.codes import CaseOutcome, Concern, DeclineReason, Outcome, RiskBand, Sex
from services.contracts.policy import read_file

YEAR_2022 = Path(__file__).with_name("year_2022.toml")

Span = tuple[float, float]
"""At least and at most; anything between is as likely."""


@dataclass(frozen=True, slots=True)
class Band:
    """How many children of some ages there were."""

    children: int
    youngest: int
    oldest: int


@dataclass(frozen=True, slots=True)
class Screening:
    """How reports are screened; `needs` are the shares of cases with one, two, … needs."""

    hours: Span
    screened_out: float
    needs: tuple[float, ...]
    bands: Mapping[RiskBand, float]


@dataclass(frozen=True, slots=True)
class Answering:
    """How institutions answer, and what comes of their services."""

    hours: Span
    accepted: float
    declined: float
    silent: float
    late_days: Span
    start_hours: Span
    service_days: Span
    reasons: tuple[DeclineReason, ...]
    outcomes: tuple[Outcome, ...]


@dataclass(frozen=True, slots=True)
class Noting:
    """How soon somebody takes note of an alert, and the share of alerts of which somebody does on the same day."""

    hours: Span
    noted: float


@dataclass(frozen=True, slots=True)
class Closing:
    """Which share of cases ends, and how."""

    closed: float
    days: Span
    outcomes: tuple[CaseOutcome, ...]


@dataclass(frozen=True, slots=True)
class Year:
    """A year as it was published, and as it is invented beyond that."""

    published: int
    sex: Mapping[Sex, int]
    age_bands: Mapping[str, Band]
    reasons: Mapping[str, int]
    concerns: Mapping[str, tuple[Concern, ...]]
    screening: Screening
    answering: Answering
    noting: Noting
    closing: Closing


def load_year(path: Path = YEAR_2022) -> Year:
    """The year of a file; what contradicts itself is refused."""
    year = read_file(path, Year)
    for name, counts in (("sex", year.sex.values()), ("reasons", year.reasons.values())):
        if sum(counts) != year.published:
            raise ValueError(f"{path.name}: {name} does not add up to {year.published}")
    if sum(band.children for band in year.age_bands.values()) != year.published:
        raise ValueError(f"{path.name}: age_bands do not add up to {year.published}")
    return year
