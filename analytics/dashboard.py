"""What a dashboard shows, as data: key figures, numbers of the units below, charts; it reads no file."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from analytics.figure import MONTH
from analytics.indicator import Indicator, IndicatorCatalogue, Kind
from services.contracts.faults import Fault

REMEDY = "name indicators by their codes, and what each of them is broken down by"


@dataclass(frozen=True, slots=True)
class Shown:
    """One chart: an indicator, by month or by one of its breakdowns."""

    indicator: str
    by: str


@dataclass(frozen=True, slots=True)
class Dashboard:
    """What the dashboard of every unit shows, in this order."""

    version: int
    valid_from: date
    cards: tuple[str, ...]
    tiles: tuple[str, ...]
    charts: tuple[Shown, ...]

    @property
    def indicators(self) -> tuple[str, ...]:
        """Every indicator it names."""
        return (*self.cards, *self.tiles, *(each.indicator for each in self.charts))


def dashboard_faults(file: str, dashboard: Dashboard, catalogue: IndicatorCatalogue) -> Iterator[Fault]:
    """What is wrong with a dashboard."""
    known = {each.code: each for each in catalogue.indicators}
    for code in sorted(set(dashboard.indicators)):
        if code not in known:
            yield Fault(file, code, "there is no such indicator", REMEDY)
        elif known[code].kind is Kind.CHILDREN:
            says = "children are counted once in a year, and a dashboard's days may lie in two"
            yield Fault(file, code, says, "leave it to the figures of a year")
    for each in dashboard.charts:
        indicator = known.get(each.indicator)
        if indicator and each.by not in (MONTH, *_single(indicator)):
            yield Fault(file, f"charts[{each.indicator}]", f"it is not broken down by {each.by!r}", REMEDY)
    if not dashboard.cards or not dashboard.tiles:
        yield Fault(file, "cards, tiles", "a dashboard without numbers tells nothing", REMEDY)


def _single(indicator: Indicator) -> Sequence[str]:
    """The breakdowns that are one list of names, and so one row of bars."""
    return [name for name in indicator.breakdowns if "," not in name]
