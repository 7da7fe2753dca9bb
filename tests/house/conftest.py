"""One house of a pretend room, opened once for every test that looks at how a house is kept."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.house import House
from tests.house import pretend


@pytest.fixture(scope="session")
def house() -> Iterator[House]:
    """A real broker, database server and gateway around one room that only answers that it is there."""
    with (
        tempfile.TemporaryDirectory() as code,
        House.temporary(rooms=("intake",), code=pretend.build(Path(code)), clock="2026-03-02T08:00:00+00:00") as opened,
    ):
        yield opened
