"""Editions as JSON, for the register and for the process that judges them; it decides nothing."""

import json
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from analytics.release.book import Edition
from analytics.release.table import Cell, Table


def written(edition: Edition) -> str:
    """An edition as text."""
    table = edition.table
    cells = [[*cell.words, count, table.largest.get(cell, 0), cell in edition.hidden] for cell, count in _cells(table)]
    return json.dumps(
        {
            "first": edition.first.isoformat(),
            "last": edition.last.isoformat(),
            "exact": edition.exact,
            "parents": dict(table.parents),
            "unprinted": sorted(table.unprinted),
            "cells": cells,
        }
    )


def read(text: str) -> Edition:
    """The edition of a text."""
    it: Mapping[str, Any] = json.loads(text)
    cells = [(Cell.named(*row[:3]), *row[3:]) for row in it["cells"]]
    table = Table(
        it["parents"],
        {cell: count for cell, count, _, _ in cells},
        {cell: largest for cell, _, largest, _ in cells if largest},
        frozenset(it["unprinted"]),
    )
    hidden = frozenset(cell for cell, _, _, hides in cells if hides)
    return Edition(date.fromisoformat(it["first"]), date.fromisoformat(it["last"]), table, hidden, it["exact"])


def printed(edition: Edition) -> str:
    """What everybody may read of an edition: numbers and blanks."""
    rows: list[Mapping[str, Any]] = []
    for cell, count in _cells(edition.table):
        if edition.table.printable(cell):
            unit, breakdown, category = cell.words
            value = None if cell in edition.hidden else count
            rows.append({"unit": unit, "breakdown": breakdown, "category": category, "value": value})
    return json.dumps(rows)


def _cells(table: Table) -> Iterable[tuple[Cell, int]]:
    return ((cell, table.counts[cell]) for cell in table.cells)
