"""`./spis bench streams`: how many open streams one process holds over 200 desks before alerts come to them too late.

Fifty alerts a second are raised by a clock that waits for nothing, each on one desk, told to all who listen there. The
floor is handed the same frames and keeps nothing. More are opened step by step, until a hundredth came too late.
"""

import argparse
import asyncio
import json
import os
import resource
import sys
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import psutil

from deploy.demo.story import STARTS
from deploy.house import House
from deploy.house.layout import REPOSITORY
from tests.bench.asking import when_due
from tests.bench.paired import Mark, Paired, conclude, progress, run_quickly
from tests.bench.streams_told import DESKS, Source, alerts, handed
from tests.unpaced import UNPACED

STEPS, ROUNDS, RATE, SECONDS = (250, 500, 1_000, 1_500, 2_000, 3_000), 1, 50.0, 15.0
HELD_MIN, P99_SECONDS_MAX = 1_000.0, 2.0
READERS, FILES_MIN = 2, 16_384
OPENING_SECONDS_MAX, TELLING_SECONDS_MAX = 240.0, 60.0
LINE_BYTES_MAX = 1 << 26
NEVER = float("inf")


@dataclass(frozen=True, slots=True)
class Step:
    """What so many streams gave."""

    streams: int
    open: int
    p99_seconds: float
    kilobytes_each: float

    @property
    def in_time(self) -> bool:
        """Whether all were open, and all but a hundredth of what was told came in time."""
        return self.open == self.streams and self.p99_seconds <= P99_SECONDS_MAX

    def __str__(self) -> str:
        came = f"{self.p99_seconds:.2f} s" if self.p99_seconds < NEVER else "too late"
        return f"{self.open} of {self.streams} open, p99 {came}, {self.kilobytes_each:.0f} kB each"


def waited(due: Sequence[float], heard: Sequence[tuple[str, float]], listeners: Sequence[int]) -> list[float]:
    """How long everything took to everybody who was to hear it; what did not come, for ever."""
    came = [(int(subject.rpartition("-")[2]), at) for subject, at in heard]
    times = [at - due[number] for number, at in came]
    lacking = Counter({number: listeners[number % DESKS] for number in range(len(due))}) - Counter(n for n, _ in came)
    return sorted(times) + [NEVER] * lacking.total()


async def listened(source: Source, streams: int, rate: float, seconds: float, base: int) -> Step:
    """Open so many streams, tell their desks so much, and look how long it took."""
    listeners = [len(range(desk, streams, DESKS)) for desk in range(DESKS)]
    async with AsyncExitStack() as open_now:
        readers = [await open_now.enter_async_context(_reader(source.address)) for _ in range(READERS)]
        for place, reader in enumerate(readers):
            await reader.say([source.stream(number) for number in range(place, streams, READERS)])
        opened = sum([(await reader.hear(OPENING_SECONDS_MAX))["open"] for reader in readers])
        told = await when_due(round(rate * seconds), rate, source.tell)
        # Whatever comes later than this came too late.
        await asyncio.sleep(P99_SECONDS_MAX)
        each = (_bytes(source.pid) - base) / streams / 1024
        for reader in readers:
            await reader.say("enough")
        heard = [each for reader in readers for each in (await reader.hear(TELLING_SECONDS_MAX))["heard"]]
    times = waited([due for due, _ in told], heard, listeners)
    return Step(streams, opened, times[int(len(times) * 0.99)], each)


class _Reader:
    """A process that reads streams and does nothing else."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdin
        assert process.stdout
        self._in, self._out = process.stdin, process.stdout

    async def say(self, word: object) -> None:
        self._in.write(json.dumps(word).encode() + b"\n")
        await self._in.drain()

    async def hear(self, seconds_max: float) -> Any:
        async with asyncio.timeout(seconds_max):
            return json.loads(await self._out.readline())


@asynccontextmanager
async def _reader(address: tuple[str, int]) -> AsyncIterator[_Reader]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.bench.ears", address[0], str(address[1])),
        cwd=REPOSITORY, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, limit=LINE_BYTES_MAX,
    )  # fmt: skip
    try:
        yield _Reader(process)
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


def _bytes(pid: int) -> int:
    return int(psutil.Process(pid).memory_full_info().uss)


async def held(source: Source, steps: Sequence[int], rate: float, seconds: float) -> tuple[float, list[Step]]:
    """The most streams that were told in time, and what every step gave; the first that fails is the last."""
    base, most, taken = _bytes(source.pid), 0, []
    for streams in steps:
        step = await listened(source, streams, rate, seconds, base)
        taken.append(step)
        progress(f"  … {source.name}: {step}, load {os.getloadavg()[0]:.1f}")
        if not step.in_time:
            break
        most = streams
    return float(most), taken


async def run(house: House, steps: Sequence[int], rate: float, seconds: float, rounds: int) -> Paired:
    """Measure both in turn."""
    await asyncio.to_thread(house.stop, "notifications-worker")
    subject, floor = [], []
    shown: dict[str, Any] = {}
    for turn in range(rounds):
        progress(f"  … round {turn + 1} of {rounds}")
        async with alerts(house, max(steps)) as source:
            most, taken = await held(source, steps, rate, seconds)
            subject.append(most)
            shown |= {"desks": DESKS, "steps": [str(step) for step in taken], "kilobytes_per_stream": _kilobytes(taken)}
            frame = await source.frame()
        async with handed(house, frame) as bare:
            most, taken = await held(bare, steps, rate, seconds)
            floor.append(max(most, 1.0))
            shown |= {"floor_steps": [str(step) for step in taken], "floor_kilobytes_per_stream": _kilobytes(taken)}
    return Paired("streams", "streams", subject, floor, None, Mark(HELD_MIN), shown)


def _kilobytes(taken: Sequence[Step]) -> float:
    """What a stream took where most were open."""
    return round(max(taken, key=lambda step: step.open).kilobytes_each, 1)


def main(words: Sequence[str]) -> int:
    """Run it, and tell what was measured."""
    wanted = argparse.ArgumentParser(prog="./spis bench streams")
    wanted.add_argument("--streams", type=int, nargs="+", default=STEPS, help="how many at each step")
    wanted.add_argument("--rate", type=float, default=RATE, help="alerts a second")
    wanted.add_argument("--seconds", type=float, default=SECONDS, help="how long alerts are raised at each step")
    wanted.add_argument("--rounds", type=int, default=ROUNDS)
    wanted.add_argument("--json", action="store_true", help="for programs")
    given = wanted.parse_args(words)
    _, files_max = resource.getrlimit(resource.RLIMIT_NOFILE)
    if files_max < FILES_MIN:
        wanted.error(f"a process may open {files_max} files here and {FILES_MIN} are needed: raise ulimit -n")
    resource.setrlimit(resource.RLIMIT_NOFILE, (files_max, files_max))
    with House.temporary(clock=STARTS, rooms=("notifications",), settings=UNPACED) as house:
        measured = run_quickly(run(house, sorted(given.streams), given.rate, given.seconds, given.rounds))
    return conclude(measured, as_json=given.json)
