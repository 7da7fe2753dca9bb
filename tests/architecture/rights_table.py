"""The rights of every room as one document, RIGHTS.md: what a reviewer compares. Nothing of it is written by hand.

`python -m tests.architecture.rights_table > RIGHTS.md` writes it anew.
"""

import sys
from importlib import import_module

from services.security.rights import print_table
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


if __name__ == "__main__":
    sys.stdout.write(document())
