"""The rights of every room as one document, RIGHTS.md: what a reviewer compares. Nothing of it is written by hand.

`python -m tests.architecture.rights_table > RIGHTS.md` writes it anew.
"""

import sys
from collections.abc import Iterable
from importlib import import_module

from services.security.rights import ANY_STATE, Right
from tests.architecture.sources import REPOSITORY, ROOMS

FILE = REPOSITORY / "RIGHTS.md"
REMEDY = "python -m tests.architecture.rights_table > RIGHTS.md"
OPENING = f"""# Who may do what

Every row of every room's `rights.py`; what no row allows is forbidden. A row says: this role may do this action to a
record it stands in this relation to, while the record is in one of these states. The suite compares this file with the
rows; `{REMEDY}` writes it anew, and its diff is what is reviewed.

`own`: of one's own institution. `sender`, `receiver`: one's institution asked, or was asked. `desk`: on a desk one
covers. `same unit`, `below`, `above`, `sibling`: of one's place, of those under, over or beside it. `none`: anybody's.
Relations that stand in no row give nobody anything. `./spis prove rights` asks for every cell.
"""


def document() -> str:
    """The tables of all rooms, in the order of a child's way through the house."""
    tables = (f"\n## {room}\n\n```\n{print_table(import_module(f'{room}.rights').RIGHTS)}```\n" for room in ROOMS)
    return "".join((OPENING, *tables))


def print_table(table: Iterable[Right]) -> str:
    """The rows as text, one line each, in an order that makes two versions easy to compare."""
    heading = ("action", "role", "relation", "in state")
    rows = sorted((r.action, r.role.value, r.relation.value, ", ".join(sorted(r.states or {ANY_STATE}))) for r in table)
    widths = [max(len(row[column]) for row in (heading, *rows)) for column in range(len(heading))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in (heading, *rows)]
    return "\n".join(line.rstrip() for line in lines) + "\n"


if __name__ == "__main__":
    sys.stdout.write(document())
