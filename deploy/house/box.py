"""The box at the end of `up`: where everything is, who may ask, what it takes and how to stop. It shows no secret."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Shown:
    """What a box tells."""

    origin: str
    kafka: str
    database: str
    rooms: tuple[str, ...]
    unit: str
    memory_megabytes: int
    state: Path


def lines_of(shown: Shown) -> list[str]:
    """The lines of the box, without its frame."""
    unit = shown.unit or "CODE"
    return [
        "SPIS is open.",
        "",
        f"One origin        {shown.origin}",
        *(f"  {room:<15} {shown.origin}/{room}/openapi.json" for room in shown.rooms),
        f"Alerts as they come  {shown.origin}/notifications/v1/alerts/stream",
        f"Sign in           {shown.origin}/sign-in   (tokens: POST {shown.origin}/id/token)",
        f"Kafka             {shown.kafka}",
        f"PostgreSQL        {shown.database}",
        "",
        "Users (invented; a token lives five minutes)",
        f"  caseworker      ./spis token caseworker --unit {unit}",
        f"  supervisor      ./spis token supervisor --unit {unit}",
        f"  institution     ./spis token client --unit {unit}.school   (--secret: its credentials)",
        f"  provider        ./spis token provider --unit {unit}.health",
        "",
        f"Memory            {shown.memory_megabytes} MB",
        f"Data and logs     {shown.state}",
        "Stop, look, start over   ./spis down · ./spis status · ./spis logs NAME · ./spis reset",
    ]


def frame(lines: Sequence[str]) -> str:
    """The lines inside a box."""
    width = max(len(line) for line in lines)
    body = "\n".join(f"│ {line:<{width}} │" for line in lines)
    return f"┌{'─' * (width + 2)}┐\n{body}\n└{'─' * (width + 2)}┘"


def memory_megabytes(pids: Sequence[int]) -> int:
    """The memory of processes and their children, shared pages counted once where the system can tell."""
    import psutil

    family: dict[int, psutil.Process] = {}
    for pid in pids:
        try:
            process = psutil.Process(pid)
            family |= {one.pid: one for one in (process, *process.children(recursive=True))}
        except psutil.Error:
            continue
    total = 0
    for process in family.values():
        try:
            full = process.memory_full_info()
            total += getattr(full, "pss", full.rss)
        except psutil.Error:
            continue
    return total // 1024**2
