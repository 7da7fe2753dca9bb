"""A type's complaints about a file of policy data, said so that the person who wrote the row can mend it.

It never shows where on a machine the file lies.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from services.contracts.faults import Fault

VALUE_SHOWN_MAX = 60
"""Characters of a wrong value that a sentence repeats."""


def shown(path: Path) -> str:
    """A file by its folder and name, which is how the product's own tree calls it."""
    return f"{path.parent.name}/{path.name}"


def faults_of(file: str, rows: Any, error: ValidationError) -> list[Fault]:
    """A type's complaints about a file, in words a person can act on."""
    return [
        Fault(file, _row(rows, each["loc"]), *_words(each["type"], each["msg"], each["input"]))
        for each in error.errors(include_url=False)
    ]


def _words(kind: str, message: str, value: Any) -> tuple[str, str]:
    match kind:
        case "missing":
            return "this is missing", "add it"
        case "unexpected_keyword_argument":
            return "no such field is known here", "remove it or correct its spelling"
        case _:
            said = repr(value)
            short = said if len(said) <= VALUE_SHOWN_MAX else f"{said[:VALUE_SHOWN_MAX]}…"
            return f"{short} does not fit", f"it {message.removeprefix('Input ').rstrip('.')}"


def _row(rows: Any, location: Sequence[int | str]) -> str:
    """The way to a value, list rows called by their code; names of alternatives that no row carries are left out."""
    way = ""
    for step in location:
        match rows, step:
            case list(), int() if step < len(rows):
                rows = rows[step]
                way += f"[{rows.get('code', step + 1) if isinstance(rows, dict) else step + 1}]"
            case dict(), str() if step in rows or step == location[-1]:
                rows = rows.get(step)
                way += f".{step}"
            case _:
                continue
    return way.removeprefix(".") or "whole file"
