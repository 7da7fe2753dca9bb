"""`./spis bench start`: how long from an installed house to one that answers, and what it holds in memory at rest.

The floor is the broker and the database server alone, opened by the same hand.
"""

import argparse
import time
from collections.abc import Sequence

import psutil

from deploy.demo.story import STARTS
from deploy.house import House
from deploy.house.layout import ROOMS
from tests.bench.paired import Mark, Paired, conclude, progress

ROUNDS, REST_SECONDS = 3, 10.0
READY_SECONDS_MAX, MEMORY_GB_MAX, RATIO_MAX = 20.0, 1.6, 10.0


def opened(rooms: tuple[str, ...], *, look: bool = False) -> tuple[float, dict[str, float]]:
    """How many seconds a house took to open, and the megabytes of each of its processes where that is asked for."""
    begun = time.monotonic()
    with House.temporary(clock=STARTS, rooms=rooms) as house:
        seconds = time.monotonic() - begun
        if not look:
            return seconds, {}
        time.sleep(REST_SECONDS)  # memory at rest is what is measured
        pids = {name: house.process(name).pid for name in house.names}
        nursery = int(str(house.status()["nursery"] or 0))
        held = {name: _megabytes(pid) for name, pid in pids.items()}
        return seconds, held | {"nursery": _megabytes(nursery, alone=True)}


def _megabytes(pid: int, *, alone: bool = False) -> float:
    """What a process and its own hold, or it alone; memory that several share is divided among them."""
    process = psutil.Process(pid)
    family = (process,) if alone else (process, *process.children(recursive=True))
    held: float = sum(each.memory_full_info().pss for each in family)
    return held / 1024 / 1024


def main(words: Sequence[str]) -> int:
    """Run it, and tell what was measured."""
    wanted = argparse.ArgumentParser(prog="./spis bench start")
    wanted.add_argument("--rounds", type=int, default=ROUNDS)
    wanted.add_argument("--json", action="store_true", help="for programs")
    given = wanted.parse_args(words)
    whole: list[float] = []
    bare: list[float] = []
    memory: dict[str, float] = {}
    for number in range(given.rounds):
        progress(f"  … round {number + 1} of {given.rounds}")
        bare.append(opened(())[0])
        seconds, seen = opened(ROOMS, look=number == given.rounds - 1)
        whole.append(seconds)
        memory = seen or memory
    gigabytes = round(sum(memory.values()) / 1024, 2)
    more = {"memory_gb": gigabytes, "memory_mb": {name: round(each) for name, each in memory.items()}}
    ratio, seconds_mark = Mark(RATIO_MAX, at_least=False), Mark(READY_SECONDS_MAX, at_least=False)
    measured = Paired("start", "s", whole, bare, ratio, seconds_mark, more)
    ended = conclude(measured, as_json=given.json)
    if gigabytes > MEMORY_GB_MAX:
        progress(f"  MISSED: {gigabytes} GB at rest is more than {MEMORY_GB_MAX}")
    return ended or int(gigabytes > MEMORY_GB_MAX)
