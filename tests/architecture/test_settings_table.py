"""README's table of settings and what is read are the same: nothing is read that it does not name, and the reverse."""

import re
from collections.abc import Iterator
from pathlib import Path

from tests.architecture.sources import PRODUCT, REPOSITORY, ROOMS, name_of, text

ALSO = ("spis", "docker-compose.yml", ".env.example", ".ci/run")
NAME = re.compile(r"SPIS_(?:<ROOM>_)?[A-Z]+(?:_[A-Z]+)*")
# A name that is put together: f"SPIS_{room.upper()}_DB", or f"{prefix}_DB" after such a prefix.
MADE = re.compile(r"SPIS_\{[^}]*\}_|\{prefix\}_?|SPIS_\" \+ [^+]* \+ \"_")
OF_A_ROOM = re.compile(rf"SPIS_({'|'.join(room.upper() for room in ROOMS)})_")


def names_in(content: str) -> set[str]:
    """The variables that a text names, with any room for a room's own."""
    return set(NAME.findall(OF_A_ROOM.sub("SPIS_<ROOM>_", MADE.sub("SPIS_<ROOM>_", content))))


def sources() -> Iterator[Path]:
    """Everything of the product that could read a variable."""
    for folder in PRODUCT:
        for path in sorted((REPOSITORY / folder).rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts and path.suffix != ".png":
                yield path
    yield from (REPOSITORY / name for name in ALSO)


def table() -> set[str]:
    """What the README's table names."""
    settings = text(REPOSITORY / "README.md").partition("\n## Settings\n")[2]
    return {name for row in settings.splitlines() if row.startswith("|") for name in names_in(row)}


def test_everything_that_is_read_stands_in_the_table() -> None:
    unsaid = {name: name_of(path) for path in sources() for name in names_in(text(path)) if name not in table()}
    assert not unsaid, f"say in README's table what these hold: {unsaid}"


def test_everything_in_the_table_is_read_somewhere() -> None:
    read = {name for path in sources() for name in names_in(text(path))}
    assert not table() - read, f"nothing reads these: {sorted(table() - read)}"


def test_names_that_are_put_together_are_recognised() -> None:
    assert names_in('f"SPIS_{room.upper()}_OWNER_DB" f"{prefix}API" f"{prefix}_DB" SPIS_INTAKE_WORKER') == {
        f"SPIS_<ROOM>_{half}" for half in ("OWNER_DB", "API", "DB", "WORKER")
    }
