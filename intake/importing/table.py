"""A table as people bring it: its bytes or text become rows by column, or faults that say where it cannot be read.

A fault names a row as a spreadsheet numbers it, a column and a rule; it never holds what stands in a cell.
"""

import csv
import io
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

COLUMNS = (
    "occurred_at",
    "channel",
    "concerns",
    "reporter_kind",
    "reporter_name",
    "reporter_contact",
    "anonymous",
    "immediate_danger",
    "given_name",
    "family_name",
    "birth_date",
    "sex",
    "address",
    "narrative",
)
NEEDED = ("occurred_at", "channel", "concerns")
ENCODING, SEPARATORS = "UTF-8", ",;\t"
ROWS_MAX = 5_000
CHARACTERS_MAX = 5_000_000
HEADER_CHARACTERS_MAX = 40
WHOLE = 0
"""The row of what is wrong with a table as a whole."""
HEADER = 1
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong in one place: which rule it breaks, with the numbers and names of that rule."""

    row: int
    column: str
    rule: str
    limits: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Line:
    """One row that is not empty, by column; cells are without what surrounds them."""

    row: int
    cells: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Table:
    """The rows that could be read, and what could not."""

    lines: tuple[Line, ...] = ()
    faults: tuple[Fault, ...] = ()


def decoded(data: bytes) -> str | Fault:
    """The text of a file, or that it is in another encoding."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return Fault(WHOLE, "", "not_in_encoding", {"encoding": ENCODING})


def read_table(text: str, characters_max: int = CHARACTERS_MAX) -> Table:
    """The rows of a text under the names of its first row."""
    if len(text) > characters_max:
        return Table(faults=(Fault(WHOLE, "", "text_too_long", {"characters": characters_max}),))
    plain = unicodedata.normalize("NFC", text.removeprefix("\ufeff")).replace("\r\n", "\n").replace("\r", "\n")
    records = _records(plain, _separator(plain))
    names: Sequence[str] = ()
    lines: list[Line] = []
    faults: list[Fault] = []
    for row, record in records:
        if isinstance(record, Fault):
            faults.append(record)
        elif not any(record):
            continue
        elif not names:
            names = _names(record)
            if wrong := _header_faults(row, names):
                return Table(faults=tuple(wrong))
        elif len(lines) == ROWS_MAX:
            return Table(faults=(Fault(WHOLE, "", "rows_too_many", {"rows": ROWS_MAX}),))
        elif len(record) > len(names) and any(record[len(names) :]):
            faults.append(Fault(row, "", "cells_too_many"))
        else:
            lines.append(Line(row, dict.fromkeys(COLUMNS, "") | dict(zip(names, record, strict=False))))
    if not lines and not faults:
        faults = [Fault(WHOLE, "", "table_empty")]
    return Table(tuple(lines), tuple(faults))


def _names(record: Sequence[str]) -> list[str]:
    """The names of the columns; spreadsheets leave empty ones behind the last."""
    names = [name.casefold() for name in record]
    return names[: max(place for place, name in enumerate(names, 1) if name)]


def _separator(text: str) -> str:
    """What stands between cells: that by which the first row names the most columns."""
    header = next((line for line in text.split("\n") if line.strip()), "")
    return max(
        SEPARATORS, key=lambda each: len({cell.strip(' "').casefold() for cell in header.split(each)} & {*COLUMNS})
    )


def _records(text: str, separator: str) -> Iterator[tuple[int, list[str] | Fault]]:
    """Every record with its number; behind quotation marks that do not match nothing can be read any more."""
    # Only a line feed ends a row: other letters that end lines may stand in a cell.
    lines = io.StringIO(text, newline="\n")
    row = WHOLE
    try:
        for record in csv.reader(lines, delimiter=separator, strict=True, skipinitialspace=True):
            row += 1
            if any(CONTROL.search(cell) for cell in record):
                yield row, Fault(row, "", "control_character")
            else:
                yield row, [cell.strip() for cell in record]
    except csv.Error:
        yield row + 1, Fault(row + 1, "", "quotes")


def _header_faults(row: int, names: Sequence[str]) -> list[Fault]:
    """What is wrong with the names of columns; where none is ours it is no header, and nothing of it is repeated."""
    if not {*names} & {*COLUMNS}:
        return [Fault(row, "", "header_missing", {"columns": ", ".join(NEEDED)})]
    unknown = [Fault(row, name[:HEADER_CHARACTERS_MAX], "column_unknown") for name in names if name not in COLUMNS]
    twice = [
        Fault(row, name, "column_twice") for name, times in Counter(names).items() if times > 1 and name in COLUMNS
    ]
    missing = [Fault(row, name, "column_missing") for name in NEEDED if name not in names]
    return [*unknown, *twice, *missing]
