"""What a room's own statements do to rows that are kept in memory: plain INSERTs and UPDATEs, read from their text.

A statement that is more than that has an effect of its own, by its name; any other is refused, never guessed.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

Row = dict[str, Any]
Rows = dict[str, list[Row]]
"""The rows of each table."""
Arguments = tuple[Any, ...]
Effect = Callable[[Rows, Arguments], list[Row]]
"""Changes rows, and gives those that the statement returns."""

_INSERT = re.compile(r"^INSERT INTO (\w+)(?: AS \w+)? \(([^)]*)\)\s+VALUES \(([^)]*)\)\s*(ON CONFLICT.*)?$", re.DOTALL)
_UPDATE = re.compile(r"^UPDATE (\w+) SET (.*)\s+WHERE (\w+) = (\$\d+)(?: RETURNING .*)?$", re.DOTALL)
_NOTHING = re.compile(r"^ON CONFLICT(?: \(([^)]*)\))? DO NOTHING")
_VALUE = re.compile(r"^\$(\d+)(?:::\w+)?$")
_TEXT = re.compile(r"^'([^']*)'$")
_COMMENT = re.compile(r"^--.*\n", re.MULTILINE)

Value = Callable[[Arguments], Any]


class NotRead(ValueError):
    """A statement that is neither a plain INSERT nor a plain UPDATE."""


def effect_of(statement: str) -> Effect:
    """The effect of one statement of a room."""
    text = _COMMENT.sub("", statement).strip()
    if found := _INSERT.match(text):
        return _insert(found[1], _names(found[2]), [_value(part) for part in _names(found[3])], found[4])
    if found := _UPDATE.match(text):
        sets = [part.split(" = ") for part in _names(found[2])]
        return _update(found[1], [(name, _value(value)) for name, value in sets], found[3], _value(found[4]))
    raise NotRead(text[:200])


def _insert(table: str, columns: Sequence[str], values: Sequence[Value], conflict: str | None) -> Effect:
    nothing = _NOTHING.match(conflict) if conflict else None
    if conflict and not nothing:
        raise NotRead(f"{table}: {conflict[:200]}")
    keys = _names(nothing[1]) if nothing and nothing[1] else columns[:1]

    def insert(rows: Rows, arguments: Arguments) -> list[Row]:
        row = {column: value(arguments) for column, value in zip(columns, values, strict=True)}
        kept = rows.setdefault(table, [])
        if nothing and any(all(other[key] == row[key] for key in keys) for other in kept):
            return []
        kept.append(row)
        return [row]

    return insert


def _update(table: str, sets: Sequence[tuple[str, Value]], key: str, sought: Value) -> Effect:
    def update(rows: Rows, arguments: Arguments) -> list[Row]:
        wanted = sought(arguments)
        found = [row for row in rows.get(table, ()) if row.get(key) == wanted]
        for row in found:
            row.update({column: value(arguments) for column, value in sets})
        return found

    return update


def _names(listed: str) -> list[str]:
    return [part.strip() for part in listed.split(",")]


def _value(text: str) -> Value:
    if found := _VALUE.match(text):
        place = int(found[1]) - 1
        return lambda arguments: arguments[place]
    if quoted := _TEXT.match(text):
        said = quoted[1]
        return lambda _: said
    if text == "NULL":
        return lambda _: None
    raise NotRead(text)


def effects(statements: Mapping[str, str], own: Mapping[str, Effect]) -> Callable[[str], Effect]:
    """The effect of a statement by its name; each text is read when it is first wanted."""
    known = dict(own)

    def effect(name: str) -> Effect:
        if name not in known:
            known[name] = effect_of(statements[name])
        return known[name]

    return effect
