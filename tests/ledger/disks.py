"""Small disks under the stores of a house, which can be made full: their data is moved to file systems in memory.

It needs the right to mount; where that is missing, it says so and nothing is begun.
"""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from deploy.house import House

SIZE_BYTES = 4 * 1024**3
COMMAND_SECONDS_MAX = 60.0
READY_SECONDS_MAX = 60.0
FILL_TRIES_MAX = 50


def why_not() -> str:
    """Why no small disk can be had here, in a sentence; nothing where it can."""
    with tempfile.TemporaryDirectory(prefix="spis-disk-") as place:
        try:
            with small_disk(Path(place), "1m"):
                pass
        except (OSError, subprocess.SubprocessError) as error:
            said = getattr(error, "stderr", "") or str(error)
            return f"full-disk needs the right to mount a file system, and this user has none: {said.strip()}"
    return ""


class Disks:
    """The small disks of one house."""

    def __init__(self, house: House) -> None:
        self._house = house

    @contextmanager
    def under(self, stores: Sequence[str]) -> Iterator["Disks"]:
        """Have the data of these stores on small disks while inside."""
        laid: list[Path] = []
        try:
            for store in stores:
                laid.append(self._data(store))
                self._lay_under(store)
            yield self
        finally:
            for place in laid:
                _unmount(place)

    def fill(self, store: str) -> None:
        """Leave a store not one page."""
        shrink(self._data(store))

    def give_back(self, store: str) -> None:
        """Give a store's disk its space back."""
        widen(self._data(store))

    def _data(self, store: str) -> Path:
        folder = self._house.folder
        return folder.postgres_data if store == "postgres" else folder.kafka(store) / "data"

    def _lay_under(self, store: str) -> None:
        """Move the data of a store to a file system of its own while the store is down."""
        data = self._data(store)
        before = data.with_name("moved")
        self._house.stop(store)
        data.rename(before)
        data.mkdir()
        _mount(data, f"size={SIZE_BYTES}")
        _run("cp", "-a", f"{before}/.", str(data))
        shutil.rmtree(before)
        self._house.start(store)
        self._house.wait_ready(READY_SECONDS_MAX, store)


def shrink(place: Path) -> None:
    """Let a small disk end where its content does."""
    for _ in range(FILL_TRIES_MAX):
        size = os.statvfs(place)
        try:
            # What was written since the look is more than fits: look again.
            return _mount(place, f"remount,size={(size.f_blocks - size.f_bfree) * size.f_frsize}")
        except subprocess.CalledProcessError:
            continue
    raise RuntimeError(f"{place} could not be filled in {FILL_TRIES_MAX} tries")


def widen(place: Path) -> None:
    """Give a small disk its space back."""
    _mount(place, f"remount,size={SIZE_BYTES}")


@contextmanager
def small_disk(place: Path, size: str = f"{SIZE_BYTES}") -> Iterator[None]:
    """A small disk at a place while inside."""
    _mount(place, f"size={size}")
    try:
        yield
    finally:
        _unmount(place)


def _mount(place: Path, options: str) -> None:
    _run("mount", "-t", "tmpfs", "-o", options, "spis-ledger", str(place))


def _unmount(place: Path) -> None:
    """Take it away even while a process still has files open there; the memory goes with the last of them."""
    if place.is_mount():
        _run("umount", "--lazy", str(place))


def _run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True, text=True, timeout=COMMAND_SECONDS_MAX)
