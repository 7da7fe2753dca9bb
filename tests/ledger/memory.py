"""How much memory each process of a house holds: looked at now and then during a run, and what its growth amounts to.

A process that was started again begins a new series: only what one life gains is growth.
"""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psutil

from deploy.house import House
from tests.ledger.record import Recorder

SAMPLE_SECONDS = 10.0
WARM_UP_SECONDS = 120.0
SAMPLES_MIN = 3
MINUTES_MIN = 3.0
MEGABYTE = 1024 * 1024


async def watch_memory(house: House, recorder: Recorder) -> None:
    """Note what every process holds until cancelled."""
    while True:
        await asyncio.sleep(SAMPLE_SECONDS)
        recorder.note("memory", held=await asyncio.to_thread(_held, house))


def _held(house: House) -> dict[str, tuple[int, int]]:
    """For each living process its number and how many bytes it and its children hold alone."""
    held = {}
    for name in house.names:
        pid = house.process(name).pid
        try:
            process = psutil.Process(pid) if pid else None
            # Only the database server has children worth counting; what they share is its own already.
            family = process.children() if process and name == "postgres" else ()
            if process:
                held[name] = (pid, process.memory_info().rss + sum(_alone(child) for child in family))
        except psutil.Error:
            continue
    return held


def _alone(process: psutil.Process) -> int:
    try:
        info = process.memory_info()
    except psutil.Error:
        return 0
    return int(info.rss - info.shared)


@dataclass(frozen=True, slots=True)
class Growth:
    """What one process held at the end, and what it gained a minute once it was warm; None where it never was."""

    process: str
    megabytes: float
    a_minute: float | None
    minutes: float
    lives: int

    def __str__(self) -> str:
        gained = "too short a life to tell" if self.a_minute is None else f"{self.a_minute:+.3f} MB a minute"
        return f"{self.process:<24} {self.megabytes:7.1f} MB  {gained} over {self.minutes:.1f} min, {self.lives} lives"


Sample = tuple[float, float]
"""A moment in seconds, and megabytes."""


def growths(records: Iterable[Mapping[str, Any]]) -> Iterator[Growth]:
    """The growth of each process: one slope for all its lives, each life with a level of its own."""
    lives: dict[str, dict[int, list[Sample]]] = defaultdict(lambda: defaultdict(list))
    last: dict[str, float] = {}
    for record in records:
        if record["kind"] != "memory":
            continue
        moment = datetime.fromisoformat(record["real"]).timestamp()
        for name, (pid, held) in record["held"].items():
            last[name] = held / MEGABYTE
            lives[name][pid].append((moment, held / MEGABYTE))
    for name, series in lives.items():
        warm = [_warm(samples) for samples in series.values()]
        minutes = sum(samples[-1][0] - samples[0][0] for samples in warm if samples) / 60
        yield Growth(name, last[name], slope(warm) if minutes >= MINUTES_MIN else None, minutes, len(series))


def slope(series: Sequence[Sequence[Sample]]) -> float | None:
    """Megabytes a minute by least squares within each series; None where no series is long enough."""
    above = below = 0.0
    for samples in series:
        if len(samples) < SAMPLES_MIN:
            continue
        middle = sum(at for at, _ in samples) / len(samples)
        level = sum(held for _, held in samples) / len(samples)
        above += sum((at - middle) * (held - level) for at, held in samples)
        below += sum((at - middle) ** 2 for at, _ in samples)
    return 60 * above / below if below else None


def _warm(samples: Sequence[Sample]) -> list[Sample]:
    return [(at, held) for at, held in samples if at - samples[0][0] >= WARM_UP_SECONDS]
