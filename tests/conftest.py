"""What holds for every test: properties try the same values each time; who shares a house stays in one process."""

from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("spis", derandomize=True, deadline=None)
settings.load_profile("spis")

TESTS = Path(__file__).parent
WITH_A_HOUSE = frozenset({"chassis", "house", "journeys", "ledger"})


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests that share an opened house stay together, whichever of several processes runs them."""
    for item in items:
        folder = item.path.relative_to(TESTS).parts[0]
        if folder in WITH_A_HOUSE:
            item.add_marker(pytest.mark.xdist_group(folder))
