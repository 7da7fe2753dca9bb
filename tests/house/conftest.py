"""Two houses for this folder: one of a pretend room, for how a house is kept, and one that `./spis demo` opened."""

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from deploy.house import House, lasting
from tests.house import pretend
from tests.house.own_state import fresh_state, spis


@pytest.fixture(scope="session")
def house() -> Iterator[House]:
    """A real broker, database server and gateway around one room that only answers that it is there."""
    with (
        tempfile.TemporaryDirectory() as code,
        House.temporary(rooms=("intake",), code=pretend.build(Path(code)), clock="2026-03-02T08:00:00+00:00") as opened,
    ):
        yield opened


@pytest.fixture
def state() -> Iterator[Path]:
    """A state folder of its own."""
    with fresh_state() as folder:
        yield folder


@dataclass(frozen=True, slots=True)
class Country:
    """A lasting house with a year in it, as the demo left it: whole, open, and nobody at work."""

    state: Path
    house: House
    said: str
    children: int


@pytest.fixture(scope="session")
def country() -> Iterator[Country]:
    """What one command opened. Its clock runs fast, so that things fall due; tests look at what is theirs."""
    children = 60
    with fresh_state() as folder:
        first = spis(folder, "demo", "--minutes", "0.05", "--children", str(children))
        assert first.returncode == 0, first.stdout + first.stderr
        yield Country(folder, lasting.find(folder), first.stdout, children)
