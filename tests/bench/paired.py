"""A subject beside its floor: both measured in turn in one run, judged by the median, told with the spread.

The last line for programs is one object: `name`, `value`, `floor`, `ratio`, and units in the names of everything else.
"""

import asyncio
import json
import sys
from collections.abc import Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any, TypeVar

import uvloop

T = TypeVar("T")
KEPT, MISSED = 0, 1


@dataclass(frozen=True, slots=True)
class Mark:
    """What a figure has to be: at least, where more is better, else at most."""

    at: float
    at_least: bool = True

    def keeps(self, figure: float) -> bool:
        """Whether a figure is at the mark or past it."""
        return figure >= self.at if self.at_least else figure <= self.at

    def __str__(self) -> str:
        return f"{'≥' if self.at_least else '≤'} {self.at:g}"


@dataclass(frozen=True, slots=True)
class Paired:
    """What several rounds gave: a subject and its floor each."""

    name: str
    unit: str
    subject: Sequence[float]
    floor: Sequence[float]
    ratio: Mark | None = None
    absolute: Mark | None = None
    more: Mapping[str, Any] = field(default_factory=dict)

    @property
    def ratios(self) -> list[float]:
        """Each round's subject over its own floor."""
        return [one / other for one, other in zip(self.subject, self.floor, strict=True)]

    @property
    def kept(self) -> bool:
        """Whether every mark was kept."""
        judged = ((self.absolute, self.subject), (self.ratio, self.ratios))
        return all(mark.keeps(median(figures)) for mark, figures in judged if mark)

    @property
    def marks(self) -> list[str]:
        """What has to be, as one reads it."""
        return [f"{what} {mark}" for what, mark in (("ratio", self.ratio), (self.unit, self.absolute)) if mark]

    def told(self) -> dict[str, Any]:
        """For programs."""
        return {
            "name": self.name,
            "value": _round(median(self.subject)),
            "floor": _round(median(self.floor)),
            "ratio": round(median(self.ratios), 3),
            "unit": self.unit,
            "subject_spread": [_round(each) for each in (min(self.subject), max(self.subject))],
            "floor_spread": [_round(each) for each in (min(self.floor), max(self.floor))],
            "ratio_spread": [round(each, 3) for each in (min(self.ratios), max(self.ratios))],
            "rounds": len(self.subject),
            "mark": ", ".join(self.marks),
            "kept": self.kept,
            **self.more,
        }

    def lines(self) -> list[str]:
        """For people."""
        rows = [("subject", self.subject, self.unit), ("floor", self.floor, self.unit), ("ratio", self.ratios, "")]
        shown = [f"  {self.name:<14} {'median':>10} {'least':>10} {'most':>10}"]
        for name, figures, unit in rows:
            cells = "".join(f" {_round(each):>10}" for each in (median(figures), min(figures), max(figures)))
            shown.append(f"  {name:<14}{cells}  {unit}")
        verdict = "kept" if self.kept else "MISSED"
        more = [f"  {name}: {value}" for name, value in self.more.items()]
        return [*shown, *more, f"  {verdict}: {', '.join(self.marks)}"]


def run_quickly(measure: Coroutine[Any, Any, T]) -> T:
    """Run a measurement on the event loop that the product runs on."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(measure)


def conclude(*measured: Paired, as_json: bool) -> int:
    """Tell what was measured; 0 only where every mark was kept."""
    for each in measured:
        for line in () if as_json else each.lines():
            sys.stderr.write(line + "\n")
        sys.stdout.write(json.dumps(each.told()) + "\n")
    return KEPT if all(each.kept for each in measured) else MISSED


def progress(line: str) -> None:
    """One line for whoever waits."""
    sys.stderr.write(line + "\n")
    sys.stderr.flush()


def _round(figure: float) -> float:
    """Three digits that mean something."""
    return round(figure, 1) if abs(figure) < 1_000 else round(figure)
