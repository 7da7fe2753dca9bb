"""Where the parts of a chart lie: values in, geometry out, in the units of the drawing.

It knows no words and no colours. A value that is None was never taken: nothing is drawn, and a line breaks there.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

TICKS_WANTED = 4
STEPS = (1, 2, 5, 10)
"""What a step between ticks may begin with."""

NAME_WIDTH = 24.0
"""A name on the axis needs as much room."""

DIGIT_WIDTH, DIGITS_MIN = 7.0, 4
GAP_SHARE = 0.25
"""So much of each column's place is left free."""

ROW_HEIGHT, ROW_BAR, ROW_TOP = 36.0, 12.0, 19.0
ROW_NUMBER = 64.0
"""Right of a row's bar stands its number."""

Values = Sequence[float | None]


@dataclass(frozen=True, slots=True)
class Frame:
    """The paper of a chart, and what is left free around the values."""

    width: float
    height: float
    left: float = 0.0
    top: float = 0.0
    right: float = 0.0
    bottom: float = 0.0

    @property
    def across(self) -> float:
        """How wide the values may be."""
        return self.width - self.left - self.right

    @property
    def base(self) -> float:
        """Where nothing lies, from above."""
        return self.height - self.bottom

    def height_of(self, value: float, highest: float) -> float:
        """How high a value stands above nothing; less than nothing does not show."""
        return max(value, 0.0) / highest * (self.base - self.top)


USUAL = Frame(420, 200, top=10, right=6, bottom=36)
TINY = Frame(240, 48, top=2, bottom=1)


@dataclass(frozen=True, slots=True)
class Tick:
    """A line across, and the value it stands for."""

    value: float
    at: float


@dataclass(frozen=True, slots=True)
class Bar:
    """One value as a bar."""

    x: float
    y: float
    width: float
    height: float

    @property
    def middle(self) -> float:
        """Under which its name stands."""
        return self.x + self.width / 2


@dataclass(frozen=True, slots=True)
class Point:
    """One value as a point."""

    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Columns:
    """Bars that stand; `named` says which of them have room for their names."""

    frame: Frame
    bars: tuple[Bar, ...]
    ticks: tuple[Tick, ...]
    named: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """Points that hang together wherever there are values one after the other."""

    frame: Frame
    points: tuple[Point | None, ...]
    pieces: tuple[tuple[Point, ...], ...]
    places: tuple[float, ...]
    ticks: tuple[Tick, ...]
    named: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Rows:
    """Bars that lie, each under its name."""

    frame: Frame
    bars: tuple[Bar, ...]


def columns(values: Values, frame: Frame = USUAL) -> Columns:
    """A bar for each value, from left to right."""
    steps = nice_steps(_highest(values))
    frame = _beside_ticks(frame, steps)
    slot = _slot(values, frame)
    bars = []
    for number, value in enumerate(values):
        height = frame.height_of(value or 0.0, steps[-1])
        x = frame.left + slot * (number + GAP_SHARE / 2)
        bars.append(Bar(_round(x), _round(frame.base - height), _round(slot * (1 - GAP_SHARE)), _round(height)))
    return Columns(frame, tuple(bars), _ticks(steps, frame), _named(len(values), slot))


def tiny_columns(values: Values) -> Columns:
    """The same without any room for numbers or names."""
    highest, slot = _highest(values) or 1.0, _slot(values, TINY)
    heights = [TINY.height_of(value or 0.0, highest) for value in values]
    bars = (
        Bar(_round(slot * number), _round(TINY.base - height), _round(slot * (1 - GAP_SHARE)), _round(height))
        for number, height in enumerate(heights)
    )
    return Columns(TINY, tuple(bars), (), ())


def line(values: Values, *, whole: bool = True, frame: Frame = USUAL) -> Line:
    """A point for each value, from left to right; between `whole` numbers there is no tick."""
    steps = nice_steps(_highest(values), whole=whole)
    frame = _beside_ticks(frame, steps)
    slot = _slot(values, frame)
    places = tuple(_round(frame.left + slot * (number + 0.5)) for number in range(len(values)))
    points = tuple(
        None if value is None else Point(x, _round(frame.base - frame.height_of(value, steps[-1])))
        for x, value in zip(places, values, strict=True)
    )
    return Line(frame, points, tuple(_pieces(points)), places, _ticks(steps, frame), _named(len(values), slot))


def rows(values: Values, width: float = USUAL.width) -> Rows:
    """A bar for each value, one under the other."""
    frame = Frame(width, max(len(values), 1) * ROW_HEIGHT, right=ROW_NUMBER)
    highest = _highest(values) or 1.0
    bars = (
        Bar(0, number * ROW_HEIGHT + ROW_TOP, _round(max(value or 0.0, 0.0) / highest * frame.across), ROW_BAR)
        for number, value in enumerate(values)
    )
    return Rows(frame, tuple(bars))


def lengths(values: Values, longest: float) -> tuple[float, ...]:
    """How long a bar each value has where every bar stands by itself."""
    highest = _highest(values) or 1.0
    return tuple(_round(max(value or 0.0, 0.0) / highest * longest) for value in values)


def nice_steps(highest: float, *, whole: bool = True) -> tuple[float, ...]:
    """Round numbers from nothing to the highest value or just above it; always more than nothing."""
    highest = highest if highest > 0 else 1.0
    wanted = highest / TICKS_WANTED
    power = 10.0 ** math.floor(math.log10(wanted))
    step = next(factor * power for factor in STEPS if factor * power >= wanted * (1 - 1e-9))
    step = max(step, 1.0) if whole else step
    count = max(math.ceil(highest / step - 1e-9), 1)
    return tuple(round(number * step, 9) for number in range(count + 1))


def _highest(values: Values) -> float:
    return max((value for value in values if value is not None), default=0.0)


def _slot(values: Values, frame: Frame) -> float:
    return frame.across / max(len(values), 1)


def _beside_ticks(frame: Frame, steps: Sequence[float]) -> Frame:
    digits = max(len(f"{steps[-1]:,.0f}"), DIGITS_MIN)
    return Frame(frame.width, frame.height, digits * DIGIT_WIDTH + 8, frame.top, frame.right, frame.bottom)


def _ticks(steps: Sequence[float], frame: Frame) -> tuple[Tick, ...]:
    return tuple(Tick(value, _round(frame.base - frame.height_of(value, steps[-1]))) for value in steps)


def _named(count: int, slot: float) -> tuple[int, ...]:
    """Every so many, so that names do not touch; always the last."""
    apart = max(math.ceil(NAME_WIDTH / slot), 1)
    return tuple(number for number in range(count) if (count - 1 - number) % apart == 0)


def _pieces(points: Sequence[Point | None]) -> Iterator[tuple[Point, ...]]:
    piece: list[Point] = []
    for point in (*points, None):
        if point is not None:
            piece.append(point)
        elif piece:
            yield tuple(piece)
            piece = []


def _round(at: float) -> float:
    return round(at, 2)
