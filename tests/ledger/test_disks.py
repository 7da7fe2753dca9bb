"""A small disk of the harness is full when it is told to be, and has space again; or it is refused in a sentence."""

import errno
from pathlib import Path

import pytest

from tests.ledger.disks import shrink, small_disk, why_not, widen


def test_a_disk_that_was_shrunk_takes_nothing_more_until_it_is_widened(tmp_path: Path) -> None:
    if refused := why_not():
        assert refused.startswith("full-disk needs the right to mount a file system, and this user has none")
        return
    with small_disk(tmp_path):
        (tmp_path / "before").write_bytes(b"kept" * 5_000)
        shrink(tmp_path)
        with pytest.raises(OSError, match="No space left") as full:
            (tmp_path / "more").write_bytes(b"x" * 5_000)
        assert full.value.errno == errno.ENOSPC
        widen(tmp_path)
        (tmp_path / "more").write_bytes(b"x" * 5_000)
        assert (tmp_path / "before").read_bytes() == b"kept" * 5_000
    assert not list(tmp_path.iterdir())
