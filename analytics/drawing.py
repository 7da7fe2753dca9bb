"""A figure as a picture with its table, in the words of one reader: amounts in, values out."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from analytics.charts import Columns, Line, Rows, columns, line, rows
from analytics.figure import Amount, Group, Question, months_between
from analytics.indicator import Indicator, Kind
from analytics.period import Period
from analytics.wording import Wording
from services.contracts.names import sort_key

MONTHS_OF_A_YEAR = 12
LYING_MAX = 12
"""So many lying bars are looked through at a glance; the table has all of them."""

COUNTED = frozenset({Kind.COUNT, Kind.CHILDREN})
DRAWN_FROM_SOME = frozenset({Kind.SHARE, Kind.DURATION})
"""Kinds that have no value where there was nothing."""


class Shape(StrEnum):
    """How a figure is drawn."""

    COLUMNS = "columns"
    LINE = "line"
    ROWS = "rows"


@dataclass(frozen=True, slots=True)
class TableRow:
    """One line of a table: what it is about, its amount, how many it is drawn from; `partial` if its time is cut."""

    name: str
    value: str
    number: str
    p90: str = ""
    short: tuple[str, ...] = ()
    partial: bool = False


@dataclass(frozen=True, slots=True)
class Picture:
    """One chart with the table that holds its numbers."""

    place: str
    title: str
    by: str
    kind: Kind
    shape: Shape
    chart: Columns | Line | Rows
    ticks: tuple[str, ...]
    table: tuple[TableRow, ...]
    drawn: int

    @property
    def is_empty(self) -> bool:
        """Whether there was nothing at all to draw."""
        return not self.table

    @property
    def partial(self) -> bool:
        """Whether something in it is not over yet."""
        return any(row.partial for row in self.table)


@dataclass(frozen=True, slots=True)
class Card:
    """One key figure: its number, and what else is to be known of it."""

    title: str
    value: str
    kind: Kind
    number: int
    p90: str


def nothing_of(kind: Kind) -> Amount:
    """The amount of a line that no figure has because nothing was there to count."""
    return Amount(None, 0) if kind in DRAWN_FROM_SOME else Amount(0, 0)


def card(indicator: Indicator, amount: Amount, said: Wording) -> Card:
    """A key figure."""
    p90 = said.amount(Kind.DURATION, amount.p90) if amount.p90 is not None else ""
    title = said.t.name(indicator.labels)
    return Card(title, said.amount(indicator.kind, amount.value), indicator.kind, amount.number, p90)


def by_month(asked: Question, lines: Mapping[Group, Amount], period: Period, today: date, said: Wording) -> Picture:
    """A figure by month: every month of the days asked for, whether anything was counted in it or not."""
    kind, last = asked.indicator.kind, min(period.last, today)
    found = {month: amount for (_, month, _), amount in lines.items()}
    months = months_between(f"{period.first:%Y-%m}", max(last, period.first)) if found else []
    amounts = [found.get(month, nothing_of(kind)) for month in months]
    table = [
        _row(kind, said.code("month", month), amount, said, _axis_name(month, months), not period.holds(month, today))
        for month, amount in zip(months, amounts, strict=True)
    ]
    values = [amount.value for amount in amounts]
    if kind in COUNTED:
        return _picture(asked, "month", Shape.COLUMNS, columns(values), table, said)
    return _picture(asked, "month", Shape.LINE, line(values, whole=kind is not Kind.SHARE), table, said)


def by_category(asked: Question, lines: Mapping[Group, Amount], said: Wording) -> Picture:
    """A figure by one breakdown: in the order of its codes if they have one, otherwise the largest first."""
    kind, order = asked.indicator.kind, said.order(asked.breakdown)
    named = [(category, said.group(asked.breakdown, category), amount) for (_, _, category), amount in lines.items()]
    if order:
        named.sort(key=lambda each: order.index(each[0]) if each[0] in order else len(order))
    else:
        named.sort(key=lambda each: (-(each[2].value or 0), sort_key(each[1])))
    table = [_row(kind, name, amount, said) for _, name, amount in named]
    drawn = rows([amount.value for _, _, amount in named[:LYING_MAX]])
    return _picture(asked, asked.breakdown, Shape.ROWS, drawn, table, said)


def _picture(
    asked: Question, by: str, shape: Shape, chart: Columns | Line | Rows, table: Sequence[TableRow], said: Wording
) -> Picture:
    indicator = asked.indicator
    ticks = () if isinstance(chart, Rows) else tuple(said.tick(indicator.kind, tick.value) for tick in chart.ticks)
    title = said.t.say("title_by", indicator=said.t.name(indicator.labels), by=said.t.say(f"by_{by}"))
    drawn = min(len(table), LYING_MAX) if shape is Shape.ROWS else len(table)
    place = f"{indicator.code}-{by}"
    return Picture(place, title, by, indicator.kind, shape, chart, ticks, tuple(table), drawn)


def _row(
    kind: Kind, name: str, amount: Amount, said: Wording, short: tuple[str, ...] = (), partial: bool = False
) -> TableRow:
    p90 = said.amount(Kind.DURATION, amount.p90) if amount.p90 is not None else ""
    return TableRow(name, said.amount(kind, amount.value), said.t.number(amount.number), p90, short, partial)


def _axis_name(month: str, months: Sequence[str]) -> tuple[str, ...]:
    """A month's number, and its year where one begins."""
    year, number = month.split("-")
    # Beside a January that follows soon, the year of the first month would have no room.
    soon = months[1 : 1 + math.ceil(len(months) / MONTHS_OF_A_YEAR)]
    begins = number == "01" or (month == months[0] and not any(each.endswith("-01") for each in soon))
    return (str(int(number)), year) if begins else (str(int(number)),)
