"""Writes figures as tables: plain CSV, SDMX-CSV 2.0, and the dictionary of their columns."""

import csv
import io
from collections.abc import Iterable, Sequence

from analytics.out.columns import COLUMNS, NAMES, Row

CSV = "text/csv; charset=utf-8"
SDMX_CSV = "application/vnd.sdmx.data+csv; version=2.0.0"
STRUCTURE = ("datastructure", "SPIS:FIGURES(1.0.0)", "I")
"""What SDMX is told of each row: by which structure it is read (`structure.xml`), and that it is for information."""


def as_csv(rows: Iterable[Row]) -> str:
    """One row a line, under the names of the columns."""
    return _written(NAMES, ([row[name] for name in NAMES] for row in rows))


def as_sdmx_csv(rows: Iterable[Row]) -> str:
    """The same as SDMX-CSV 2.0, in which a value that is missing is not a number."""
    heading = ("STRUCTURE", "STRUCTURE_ID", "ACTION", *NAMES)
    told = (dict(row) | {"OBS_VALUE": row["OBS_VALUE"] or "NaN"} for row in rows)
    return _written(heading, ([*STRUCTURE, *(row[name] for name in NAMES)] for row in told))


def dictionary() -> str:
    """What each column means."""
    lines = ([each.name, "dimension" if each.is_dimension else "value", each.meaning] for each in COLUMNS)
    return _written(("column", "kind", "meaning"), lines)


def _written(heading: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(heading)
    writer.writerows(lines)
    return text.getvalue()
