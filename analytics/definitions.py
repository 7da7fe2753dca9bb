"""What cells are counted by: indicators and the tree of units, as rows; when either changes, all are counted anew."""

import json
from collections.abc import Iterator
from datetime import date
from itertools import pairwise
from typing import Any

import structlog
from asyncpg import Record

from analytics.indicator import WHOLE, Indicator, IndicatorCatalogue
from services.contracts.units import UnitTree
from services.storage.database import Database
from services.storage.stamp import Stamp
from services.storage.work import Work

BEGINNING, END = date(1900, 1, 1), date(9999, 12, 31)
COUNTING_SECONDS_MAX = 3_600.0

log = structlog.get_logger()

ScopeRow = tuple[str, str, date, date]
"""A unit, what it lay in, the first day of that, and the first day no longer."""


def scopes(tree: UnitTree) -> Iterator[ScopeRow]:
    """Each unit with itself and everything above it, for as long as it lay there."""
    bounds = sorted({BEGINNING, END, *(former.until for unit in tree for former in unit.former_parents)})
    for unit in tree:
        began: dict[str, date] = {}
        for start, end in pairwise(bounds):
            line = {above.code for above in tree.line(unit.code, start)}
            for gone in sorted(began.keys() - line):
                yield unit.code, gone, began.pop(gone), start
            began |= {code: start for code in line - began.keys()}
            if end == END:
                yield from ((unit.code, code, since, END) for code, since in sorted(began.items()))


def definition(each: Indicator) -> tuple[Any, ...]:
    """What the cells of an indicator are counted by."""
    breakdowns = [WHOLE, *each.breakdowns]
    return (each.code, each.kind.value, list(each.counts), json.dumps(dict(each.where)), list(each.has), breakdowns)


async def settle(database: Database, stamp: Stamp, catalogue: IndicatorCatalogue, tree: UnitTree) -> bool:
    """Count every cell anew if it was counted by something else; whether that was so."""
    wanted = sorted(definition(each) for each in catalogue.indicators if each.has_cells)
    places = sorted(scopes(tree))

    async def action(work: Work) -> bool:
        known = [_definition(row) for row in await work.fetch("counted_indicators")]
        if known == [_comparable(each) for each in wanted] and places == [
            tuple(row) for row in await work.fetch("counted_scopes")
        ]:
            return False
        work.change("forget_definitions")
        for each in wanted:
            work.change("count_by", *each)
        for place in places:
            work.change("count_within", *place)
        await work.flush_changes()
        await work.conn.execute(database.statements["count_anew"], timeout=COUNTING_SECONDS_MAX)
        return True

    anew = await database.transact(stamp, action)
    if anew:
        log.info("cells_counted_anew", room=database.room, count=len(wanted))
    return anew


def _comparable(each: tuple[Any, ...]) -> tuple[Any, ...]:
    return (*each[:3], json.loads(each[3]), *each[4:])


def _definition(row: Record) -> tuple[Any, ...]:
    return (row["code"], row["kind"], row["counts"], json.loads(row["narrowed"]), row["has"], row["breakdowns"])
