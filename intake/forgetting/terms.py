"""How long names are kept and which grounds wait for that: policy data, as values. It forgets nobody."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from services.contracts.codes import ForgettingGround
from services.contracts.faults import Fault

YEARS_MIN, YEARS_MAX = 1, 100


@dataclass(frozen=True, slots=True)
class Ground:
    """A legal ground, and whether it waits until the period of retention is over."""

    ground: ForgettingGround
    waits: bool
    why: str


@dataclass(frozen=True, slots=True)
class Retention:
    """The terms of retention in one version."""

    version: int
    valid_from: date
    basis: str
    case_years: int
    report_years: int
    grounds: tuple[Ground, ...]

    def waits(self, ground: ForgettingGround) -> bool:
        """Whether a ground waits; one that nobody provided for does."""
        return next((row.waits for row in self.grounds if row.ground is ground), True)

    def kept_until(self, last_at: datetime, *, is_case: bool) -> date:
        """The first day on which names may go that were last needed then."""
        day, years = last_at.date(), self.case_years if is_case else self.report_years
        try:
            return day.replace(year=day.year + years)
        except ValueError:  # the 29th of February, in a year that has none
            return date(day.year + years, 3, 1)


def retention_faults(file: str, terms: Retention) -> Iterator[Fault]:
    """Terms that forget a ground, tell two things of one, or keep for no time or for ever."""
    for name in ("case_years", "report_years"):
        years = getattr(terms, name)
        if not YEARS_MIN <= years <= YEARS_MAX:
            yield Fault(file, name, f"{years} years is no period", f"write {YEARS_MIN} to {YEARS_MAX}")
    times = Counter(row.ground for row in terms.grounds)
    for ground in ForgettingGround:
        if times[ground] != 1:
            says = f"the ground stands here {times[ground]} times"
            yield Fault(file, f"grounds[{ground}]", says, "let each ground stand in exactly one row")
