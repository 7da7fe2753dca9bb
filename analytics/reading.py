"""Reads the figures of one dashboard by the same questions as the API, in the sight of whoever asks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from analytics.charts import lengths
from analytics.counting import count, lay_directly_in, whole
from analytics.dashboard import Shown
from analytics.drawing import Card, Picture, by_category, by_month, card, nothing_of
from analytics.figure import MONTH, UNIT, Amount, Group, Question, question
from analytics.indicator import IndicatorCatalogue
from analytics.period import Period
from analytics.wording import Wording
from services.contracts.names import sort_key
from services.contracts.policy import Policy
from services.http.calls import Call
from services.security.rights import Record

TILE_BAR = 100.0


@dataclass(frozen=True, slots=True)
class Tile:
    """A unit right below: its numbers, how long its bar is, and whether the reader may look further down."""

    unit: str
    cards: tuple[Card, ...]
    bar: float
    opens: bool


@dataclass(frozen=True, slots=True)
class Reading:
    """The figures of one unit over some days, for one reader."""

    call: Call
    unit: str
    period: Period
    indicators: IndicatorCatalogue
    policy: Policy
    said: Wording

    async def cards(self, codes: Sequence[str]) -> list[Card]:
        """Key figures."""
        found = []
        for code in codes:
            asked = self._asked(code)
            amount = await whole(self.call.database, asked, self.unit, self.policy.units)
            found.append(card(asked.indicator, amount, self.said))
        return found

    async def pictures(self, charts: Sequence[Shown]) -> list[Picture]:
        """Charts with their tables."""
        today = self.policy.calendar_of(self.unit).local_day(self.call.stamp.now)
        found = []
        for chart in charts:
            asked = self._asked(chart.indicator, chart.by)
            lines = await self._lines(asked)
            if chart.by == MONTH:
                found.append(by_month(asked, lines, self.period, today, self.said))
            else:
                found.append(by_category(asked, lines, self.said))
        return found

    async def tiles(self, codes: Sequence[str]) -> list[Tile]:
        """The units that lie, or lay, right below, by what they are called."""
        tree = self.policy.units
        below = [unit.code for unit in tree if lay_directly_in(unit.code, self.unit, tree)]
        if not below:
            return []
        asked = [self._asked(code, UNIT) for code in codes]
        lines = [await self._lines(each) for each in asked]
        of_each = {
            unit: [
                found.get((unit, "", ""), nothing_of(each.indicator.kind))
                for each, found in zip(asked, lines, strict=True)
            ]
            for unit in below
        }
        long = lengths([of_each[unit][0].value for unit in below], TILE_BAR)
        tiles = [
            Tile(
                unit,
                tuple(card(each.indicator, it, self.said) for each, it in zip(asked, of_each[unit], strict=True)),
                bar,
                self.call.sees(Record(unit)),
            )
            for unit, bar in zip(below, long, strict=True)
        ]
        return sorted(tiles, key=lambda tile: sort_key(self.said.unit_name(tile.unit)))

    def above(self) -> str:
        """The unit above, if the reader may see its figures."""
        parent = self.policy.units.unit(self.unit).parent
        return parent if parent and self.call.sees(Record(parent)) else ""

    def _asked(self, code: str, *by: str) -> Question:
        return question(self.indicators.indicator(code), by, self.period.first, self.period.last)

    async def _lines(self, asked: Question) -> Mapping[Group, Amount]:
        return await count(self.call.database, asked, self.unit, self.policy.units)
