"""Nobody's rights change unseen: the printed table of all rooms is a file, and a change of it is a diff."""

from tests.architecture.rights_table import FILE, REMEDY, document
from tests.architecture.sources import PRODUCT, ROOMS, name_of, python_files


def test_the_printed_rights_are_those_of_the_rooms() -> None:
    written = FILE.read_text(encoding="utf-8") if FILE.exists() else ""
    assert written == document(), f"review what changed, then write it anew: {REMEDY}"


def test_every_table_of_rights_is_printed() -> None:
    tables = {name_of(path) for path in python_files(*PRODUCT) if path.name == "rights.py"}
    assert tables == {f"{room}/rights.py" for room in ROOMS} | {"services/security/rights.py"}
