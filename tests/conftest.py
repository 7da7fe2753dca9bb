"""What holds for every test: properties try the same values each time; who shares a house stays in one process."""

from pathlib import Path
from typing import Any

import pytest
import structlog
from hypothesis import settings
from xdist.scheduler import LoadScopeScheduling

settings.register_profile("spis", derandomize=True, deadline=None)
settings.load_profile("spis")
# The library would draw every frame of an exception with all it holds, which takes seconds; the rooms log places only.
DRAWN = structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
structlog.configure(
    processors=[structlog.contextvars.merge_contextvars, structlog.processors.add_log_level, DRAWN],
)

TESTS = Path(__file__).parent
WITH_A_HOUSE = ("chassis", "journeys", "pages", "house", "ledger")
"""Folders whose tests share an opened house, the longest first."""
READ_ONCE = ("architecture",)
"""Folders whose tests share what they read: every file of the repository."""


class ByHouse(LoadScopeScheduling):
    """Deals the suite out to several processes: each house to one of them, everything else file by file.

    The library's own groups do nothing under this pytest (pytest-xdist issue 1386): every process opened every house.
    """

    def _split_scope(self, nodeid: str) -> str:
        folder = nodeid.split("/")[1]
        return folder if folder in (*WITH_A_HOUSE, *READ_ONCE) else nodeid.split("::")[0]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByHouse:
    """Deal out by houses, however many processes there are."""
    return ByHouse(config, log)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests that share an opened house stand together, those that take longest first; within, chance orders them."""
    items.sort(key=_place)


def _place(item: pytest.Item) -> int:
    folder = item.path.relative_to(TESTS).parts[0]
    return WITH_A_HOUSE.index(folder) if folder in WITH_A_HOUSE else len(WITH_A_HOUSE)
