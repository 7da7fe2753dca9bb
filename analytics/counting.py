"""Adds up the cells that answer a question, in the sight of whoever asks."""

from dataclasses import replace
from datetime import date

from analytics.figure import NOT_BROKEN_DOWN, Amount, Group, Question, Sum, amounts, counted_from
from analytics.indicator import WHOLE
from services.contracts.units import UnitTree
from services.storage.database import Database


async def count(
    database: Database, asked: Question, unit: str, tree: UnitTree, as_known_on: date | None = None
) -> dict[Group, Amount]:
    """Every line of a figure about a unit and what lay below it."""
    places = [unit, *(below.code for below in tree if lay_directly_in(below.code, unit, tree))]
    rows = await database.read(
        "sum_cells",
        list(asked.indicator.made_of),
        unit,
        places[1:] or places if asked.by_unit else places[:1],
        asked.breakdown,
        counted_from(asked),
        asked.last,
        as_known_on,
        asked.by_unit,
        asked.by_month,
    )
    sums = (
        Sum(row["indicator"], (row["unit"], row["month"], row["category"]), row["value"], row["number"]) for row in rows
    )
    return amounts(asked, sums)


async def whole(
    database: Database, asked: Question, unit: str, tree: UnitTree, as_known_on: date | None = None
) -> Amount:
    """The one amount of a figure, not broken down."""
    plain = replace(asked, by_unit=False, by_month=False, breakdown=WHOLE)
    return (await count(database, plain, unit, tree, as_known_on))[NOT_BROKEN_DOWN]


def lay_directly_in(code: str, unit: str, tree: UnitTree) -> bool:
    """Whether a unit lies, or ever lay, right below another."""
    below = tree.unit(code)
    return unit in (below.parent, *(former.parent for former in below.former_parents))
