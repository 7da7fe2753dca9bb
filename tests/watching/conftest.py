"""The programs of Prometheus, looked for once."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from deploy.house.begin import own_state
from deploy.house.layout import cache_folder
from tests.watching.programs import find_program

Find = Callable[[str], Path]


@pytest.fixture(scope="session")
def program() -> Find:
    """A program of Prometheus by its name."""
    return lambda name: find_program(name, os.environ, cache_folder(own_state()).root / "watching")
