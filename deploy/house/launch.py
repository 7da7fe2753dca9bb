"""Starting a child process so that it writes to its own log and never outlives its supervisor."""

import asyncio
import ctypes
import os
import resource
import signal
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

from deploy.house.postgres import Runner

PR_SET_PDEATHSIG = 1
LOG_BYTES_MAX = 20 * 1024 * 1024

_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


def discreet(orphan_signal: signal.Signals) -> Callable[[], None]:
    """What a child does before it becomes its program: ask the system to be told when its parent is gone.

    Whatever ends it, it leaves no picture of its memory, and it may open as much as the system allows.
    """

    def ask() -> None:
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        _, files_max = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (files_max, files_max))
        if _libc is not None:
            _libc.prctl(PR_SET_PDEATHSIG, int(orphan_signal), 0, 0, 0)

    return ask


async def launch(
    command: tuple[str, ...],
    environment: Mapping[str, str],
    folder: Path,
    log: Path,
    runner: Runner | None = None,
    orphan_signal: signal.Signals = signal.SIGKILL,
) -> asyncio.subprocess.Process:
    """Start a program as its own session, both its outputs appended to its log."""
    runner = runner or Runner()
    trim_log(log)
    with log.open("ab") as output:
        return await asyncio.create_subprocess_exec(
            *command,
            env=dict(environment),
            cwd=folder,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            user=runner.user,
            group=runner.group,
            extra_groups=None if runner.user is None else [],
            start_new_session=True,
            preexec_fn=discreet(orphan_signal),
        )


def trim_logs(folder: Path) -> None:
    """Keep every log of a folder below the limit."""
    for log in folder.glob("*.log"):
        trim_log(log)


def trim_log(log: Path) -> None:
    """Keep a log below its limit: the older half of its room moves to a second file, whose own content goes.

    One that is not there needs none; one that cannot be trimmed now, as on a full disk, stays until the next time.
    """
    with suppress(OSError):
        if log.stat().st_size < LOG_BYTES_MAX:
            return
        # A name that is no log's: what is trimmed is never trimmed again.
        log.with_suffix(".log.older").write_bytes(log.read_bytes())
        # The writer appends, so that emptying the file under it loses nothing it writes from here on.
        os.truncate(log, 0)
