"""A state folder of a test's own, and `./spis` over it; it borrows the cache, so that nothing is fetched again."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from deploy.house.begin import make_private, own_state
from deploy.house.layout import REPOSITORY, cache_folder

SECONDS_MAX = 200.0


@contextmanager
def fresh_state() -> Iterator[Path]:
    """A state folder whose house is closed and removed at the end."""
    folder = Path(tempfile.mkdtemp(prefix="state-"))
    make_private(folder)
    cache = cache_folder(own_state()).root
    cache.mkdir(parents=True, exist_ok=True)
    (folder / "cache").symlink_to(cache)
    try:
        yield folder
    finally:
        spis(folder, "down")
        shutil.rmtree(folder)


def spis(state: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """One command over this state, run to its end."""
    with started(state, *words) as command:
        said, complained = command.communicate(timeout=SECONDS_MAX)
        return subprocess.CompletedProcess(words, command.returncode, said, complained)


def started(state: Path, *words: str) -> subprocess.Popen[str]:
    """One command over this state, begun."""
    return subprocess.Popen(
        [sys.executable, "-m", "deploy.house.commands", *words],
        cwd=REPOSITORY,
        env={**os.environ, "SPIS_STATE": str(state)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
