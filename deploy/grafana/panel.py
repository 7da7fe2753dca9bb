"""What a panel of a dashboard is: a question to Prometheus, its unit, and a sentence on what to read from it."""

from dataclasses import dataclass
from enum import StrEnum


class Unit(StrEnum):
    """Grafana's names of the units that are used here; there is no panel without one."""

    SECONDS = "s"
    BYTES = "bytes"
    NUMBER = "short"
    EACH_SECOND = "cps"
    REQUESTS = "reqps"
    SHARE = "percentunit"


class Form(StrEnum):
    """How a panel is drawn."""

    LINES = "lines"
    NUMBER = "number"
    BARS = "bars"


@dataclass(frozen=True, slots=True)
class Query:
    """A question and how each of its answers is named."""

    expr: str
    legend: str


@dataclass(frozen=True, slots=True)
class Panel:
    """One picture; `says` is its description, for whoever sees it for the first time."""

    title: str
    says: str
    unit: Unit
    queries: tuple[Query, ...]
    form: Form = Form.LINES


@dataclass(frozen=True, slots=True)
class Board:
    """One dashboard: its rows in the order in which somebody who is called reads them."""

    uid: str
    title: str
    says: str
    rows: tuple[tuple[str, tuple[Panel, ...]], ...]

    @property
    def panels(self) -> tuple[Panel, ...]:
        """Every panel, row by row."""
        return tuple(panel for _, panels in self.rows for panel in panels)


def one(title: str, says: str, unit: Unit, expr: str, legend: str, form: Form = Form.LINES) -> Panel:
    """A panel with one question."""
    return Panel(title, says, unit, (Query(expr, legend),), form)


def quantiles(title: str, says: str, figure: str, by: str, where: str = "") -> Panel:
    """The median and the slowest hundredth of something that is timed."""
    rate = f"sum by (le, {by}) (rate({figure}_bucket{{{where}}}[$__rate_interval]))"
    label = f"{{{{{by}}}}}"
    return Panel(
        title,
        says,
        Unit.SECONDS,
        (
            Query(f"histogram_quantile(0.5, {rate})", f"{label} half"),
            Query(f"histogram_quantile(0.99, {rate})", f"{label} 99 of 100"),
        ),
    )
