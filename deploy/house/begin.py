"""Beginning a house: its folder, its clock and the process that keeps it. It opens nothing itself."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from deploy.house import clock, files
from deploy.house.layout import REPOSITORY, Folder, state_folder, temporary_houses
from deploy.house.opening import tail
from deploy.house.trouble import Trouble

OPEN_SECONDS_MAX = 300.0
CLOSE_SECONDS_MAX = 60.0
POLL_SECONDS = 0.05


def own_state() -> Path:
    """The state folder of whoever runs this."""
    return state_folder(os.environ, is_root=os.geteuid() == 0)


def begin_clock(folder: Folder, start: str | None, own: Sequence[str] = ()) -> None:
    """Begin the domain's time at `start`, or now; who has a clock of its own is shown the same one through it."""
    now = datetime.now(UTC)
    clock.set_clock(folder.clock, datetime.fromisoformat(start) if start else now, now)
    for process in own:
        clock.rejoin(folder.clock_of(process), folder.clock)


def make_private(folder: Path) -> None:
    """Make a folder that only its owner reads; as root others may pass through, for the database server is not root."""
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o711 if os.geteuid() == 0 else 0o700)


def fresh_folder(state: Path) -> Folder:
    """A new folder that only its owner reads, where the database server's user can still pass through."""
    place = temporary_houses(state)
    make_private(place)
    root = Path(tempfile.mkdtemp(prefix="spis-", dir=place.resolve()))
    make_private(root)
    return Folder(root)


def start_supervisor(folder: Folder, state: Path, *, tether: bool) -> "subprocess.Popen[bytes]":
    """Start the process that keeps the house; one with a tether leaves when we do."""
    folder.logs.mkdir(mode=0o700, parents=True, exist_ok=True)
    state.mkdir(parents=True, exist_ok=True)
    with folder.log("supervisor").open("ab") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "deploy.house.supervisor", str(folder.root), str(state)],
            cwd=REPOSITORY,
            stdin=subprocess.PIPE if tether else subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )


def wait_open(
    folder: Folder, supervisor: "subprocess.Popen[bytes]", watch: Callable[[dict[str, object]], None]
) -> dict[str, object]:
    """Wait until the house is open, telling `watch` how far it is; the trouble it met where it does not open."""
    until = time.monotonic() + OPEN_SECONDS_MAX
    while time.monotonic() < until:
        ended = supervisor.poll() is not None
        status = files.read_json(folder.status)
        mine = status.get("pid") == supervisor.pid
        if mine:
            watch(status)
        if mine and status["state"] == "open":
            return status
        if ended:
            failure = status.get("failure") if mine else None
            log = folder.log("supervisor")
            if isinstance(failure, list) and failure:
                raise Trouble(str(failure[0]), str(failure[1]))
            raise Trouble(f"The house ended.{tail(log)}", f"Its log is {log}.")
        time.sleep(POLL_SECONDS)
    raise Trouble(f"The house did not open within {OPEN_SECONDS_MAX:.0f} s.", f"Its logs are in {folder.logs}.")


def let_go(supervisor: "subprocess.Popen[bytes]") -> None:
    """Let the house at the other end of the tether close, and wait for it."""
    if supervisor.stdin is not None:
        supervisor.stdin.close()
    try:
        supervisor.wait(CLOSE_SECONDS_MAX)
    except subprocess.TimeoutExpired:
        with suppress(ProcessLookupError):
            supervisor.kill()
        supervisor.wait()
