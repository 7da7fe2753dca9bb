"""`./spis status --watch`: processes, memory and what waits in each room, drawn again every two seconds.

It reads what the processes show of themselves, and no database.
"""

import sys
import time
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from deploy.house import box
from deploy.house.house import House

SECONDS_BETWEEN = 2.0
ASK_SECONDS_MAX = 2.0
TURNS_WITHOUT_TERMINAL = 1
CLEAR = "\x1b[H\x1b[2J"


@dataclass(frozen=True, slots=True)
class Process:
    """A process as it is now; `unready` is empty when it is ready."""

    name: str
    pid: int
    unready: str
    exits: int
    memory_megabytes: int


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waits in a room, as its worker shows it; None where the worker does not answer."""

    room: str
    lag_seconds: float | None
    unpublished_seconds: float | None
    parked: float | None
    unacknowledged: float | None
    overdue_seconds: float | None
    loss_alarms: float | None


@dataclass(frozen=True, slots=True)
class Look:
    """One look at the house."""

    origin: str
    processes: tuple[Process, ...]
    rooms: tuple[Waiting, ...]

    @property
    def unready(self) -> int:
        """How many processes are not ready."""
        return sum(bool(process.unready) for process in self.processes)


def watch(house: House, *, turns: int | None) -> Look:
    """Draw the house again and again, `turns` times or until somebody interrupts; the last look."""
    left = turns if turns is not None else (None if sys.stdout.isatty() else TURNS_WITHOUT_TERMINAL)
    while True:
        seen = look(house)
        sys.stdout.write((CLEAR if sys.stdout.isatty() else "") + "\n".join(lines_of(seen)) + "\n")
        sys.stdout.flush()
        left = None if left is None else left - 1
        if left == 0:
            return seen
        try:
            time.sleep(SECONDS_BETWEEN)
        except KeyboardInterrupt:
            return seen


def look(house: House) -> Look:
    """Ask the supervisor and every worker once."""
    told = house.status()
    unready, processes = told["unready"], told["processes"]
    assert isinstance(unready, dict)
    assert isinstance(processes, dict)
    return Look(
        str(told["origin"]),
        tuple(
            Process(
                name,
                each["pid"] or 0,
                str(unready.get(name, "")),
                each["exits"],
                box.memory_megabytes([each["pid"]] if each["pid"] else []),
            )
            for name, each in processes.items()
        ),
        tuple(waiting_in(room, shown_by(house.listens(f"{room}-worker"))) for room in house.plan.rooms),
    )


def waiting_in(room: str, page: str) -> Waiting:
    """What a page of figures says of what waits in a room."""
    figures = figures_of(page)

    def worst(name: str, *, added: bool = False, nothing: float | None = None) -> float | None:
        values = figures.get(name)
        if not values:
            return nothing if figures else None
        return sum(values) if added else max(values)

    return Waiting(
        room,
        worst("spis_lag_seconds", nothing=0.0),
        worst("spis_outbox_oldest_seconds"),
        worst("spis_parked", added=True),
        worst("spis_unacknowledged_alerts", added=True, nothing=0.0 if room == "notifications" else None),
        worst("spis_overdue_seconds"),
        worst("spis_loss_alarms", added=True),
    )


def figures_of(page: str) -> Mapping[str, Sequence[float]]:
    """The values of every figure of a page, by name."""
    from prometheus_client.parser import text_string_to_metric_families

    found: dict[str, list[float]] = {}
    for family in text_string_to_metric_families(page):
        for sample in family.samples:
            found.setdefault(sample.name, []).append(sample.value)
    return found


def lines_of(seen: Look) -> list[str]:
    """The look for a person."""
    lines = [f"{seen.origin}   {len(seen.processes)} processes, {seen.unready} not ready", ""]
    lines += [
        f"  {each.name:<22} pid {each.pid or '-':<8} {each.memory_megabytes:>6} MB   {each.unready or 'ready'}"
        + (f"   ended {each.exits} times" if each.exits else "")
        for each in seen.processes
    ]
    heads = ("lag", "unpublished", "parked", "unacknowledged", "overdue", "missing")
    lines += ["", f"  {'':<14}" + "".join(f"{head:>16}" for head in heads)]
    for room in seen.rooms:
        shown = (
            _seconds(room.lag_seconds),
            _seconds(room.unpublished_seconds),
            _number(room.parked),
            _number(room.unacknowledged) if room.room == "notifications" else "",
            _seconds(room.overdue_seconds),
            _number(room.loss_alarms),
        )
        lines.append(f"  {room.room:<14}" + "".join(f"{each:>16}" for each in shown))
    return lines


def as_json(seen: Look) -> dict[str, Any]:
    """The look for a program."""
    return asdict(seen)


def shown_by(address: str) -> str:
    """The page of figures of a process; nothing while it does not answer."""
    try:
        with urllib.request.urlopen(f"http://{address}/metrics", timeout=ASK_SECONDS_MAX) as answer:
            return str(answer.read().decode())
    except OSError:
        return ""


def _memory_of(pid: int | None) -> int:
    return box.memory_megabytes([pid] if pid else [])


def _seconds(value: float | None) -> str:
    return "?" if value is None else f"{value:.1f} s"


def _number(value: float | None) -> str:
    return "?" if value is None else f"{value:.0f}"
