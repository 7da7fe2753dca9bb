"""The lasting house: opened, closed and found by its state folder. Its data outlives it."""

import fcntl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

import psutil

from deploy.house import control, files, remains
from deploy.house.begin import make_private, start_supervisor, wait_open
from deploy.house.house import House
from deploy.house.layout import Folder, Plan, lasting_folder
from deploy.house.supervisor import read_plan
from deploy.house.trouble import Trouble

CLOSE_SECONDS_MAX = 120.0
POLL_SECONDS = 0.1


def find(state: Path) -> House:
    """The open lasting house."""
    folder = lasting_folder(state)
    state_now = files.read_json(folder.status).get("state") if remains.supervisor_of(folder) else "not open"
    if state_now != "open":
        raise Trouble(f"The lasting house is {state_now}.", "Open it with ./spis up.")
    return House(folder, read_plan(folder), state)


@contextmanager
def one_at_a_time(state: Path) -> Iterator[None]:
    """Hold the lasting house, so that two commands do not open or close it at once."""
    state.mkdir(parents=True, exist_ok=True)
    with (state / "house.lock").open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Trouble(
                "Another command is opening or closing this house.", "Wait for it, then look with ./spis status."
            ) from None
        yield


def is_open(folder: Folder) -> bool:
    """Whether somebody keeps this house."""
    return remains.supervisor_of(folder) is not None


def open_house(state: Path, watch: Callable[[dict[str, object]], None], plan: Plan | None = None) -> House:
    """Open the lasting house, or find it open; a new one is made by `plan`, and `watch` hears how far it is."""
    folder = lasting_folder(state)
    if not is_open(folder):
        make_private(folder.root)
        if not folder.plan.exists():
            files.write_json(folder.plan, asdict(plan or Plan(lasting=True)))
        wait_open(folder, start_supervisor(folder, state, tether=False), watch)
    return find(state)


def close_house(state: Path) -> bool:
    """Close the lasting house; whether it was open."""
    folder = lasting_folder(state)
    supervisor = remains.supervisor_of(folder)
    if supervisor is None:
        return bool(remains.end_strays(remains.strays_of(folder)))
    try:
        control.ask(Path(str(files.read_json(folder.status)["socket"])), {"ask": "leave"})
    except Trouble:
        supervisor.terminate()
    until = time.monotonic() + CLOSE_SECONDS_MAX
    while supervisor.is_running() and supervisor.status() != psutil.STATUS_ZOMBIE:
        if time.monotonic() > until:
            raise Trouble(f"The house did not close in {CLOSE_SECONDS_MAX:.0f} s.", "Run ./spis doctor.")
        time.sleep(POLL_SECONDS)
    return True
