"""`./spis bench size`: what a case takes on disk, and how many events one core carries, to size an installation by.

Processor time is counted, not the clock on the wall, so another program on the machine changes little.
"""

import argparse
import asyncio
import json
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from deploy.demo.story import STARTS
from deploy.demo.visitor import client
from deploy.house import House
from deploy.house.watching import figures_of, shown_by
from deploy.load.loading import load
from tests.bench.spent import processor_seconds
from tests.journeys.town import Town
from tests.unpaced import UNPACED

CASES, REPORTS, SEED, CALLERS = 2_000, 200, 1, 4
SETTLED_SECONDS_MAX = 120.0
LOOK_SECONDS = 0.5
SIZE = "SELECT to_json(pg_database_size('{name}'))"


def bytes_of(house: House) -> dict[str, int]:
    """What each database and the topics take on disk."""
    server = house.server
    for name in house.plan.databases:
        server.does(name, "CHECKPOINT")
    sizes = {name: int(server.asked("postgres", SIZE.format(name=name))) for name in house.plan.databases}
    return sizes | {"topics": sum(_bytes_under(house.folder.kafka(broker)) for broker in house.plan.brokers_by_name)}


def _bytes_under(folder: Path) -> int:
    # What a file is long, not what it takes: Kafka reserves its indexes ahead.
    return sum(path.stat().st_size for path in folder.rglob("*.log") if path.is_file())


def heard(house: House) -> Mapping[str, float]:
    """How many events each room has heard, and how many it has said."""
    pages = {room: figures_of(shown_by(house.listens(f"{room}-worker"))) for room in house.plan.rooms}
    return {
        room: sum(page.get("spis_heard_total", [])) + sum(page.get("spis_published_total", []))
        for room, page in pages.items()
    }


async def burst(house: House, unit: str, reports: int) -> None:
    """Cases as fast as a few callers can open them."""
    async with client(house.origin) as http:
        town = Town(house, http, unit)

        async def caller(number: int) -> None:
            for _ in range(number):
                await town.case()

        await asyncio.gather(*(caller(reports // CALLERS) for _ in range(CALLERS)))


async def settled(house: House) -> None:
    """Wait until nothing moves any more."""
    before, until = dict(heard(house)), time.monotonic() + SETTLED_SECONDS_MAX
    while time.monotonic() < until:
        await asyncio.sleep(LOOK_SECONDS * 4)
        now = dict(heard(house))
        if now == before:
            return
        before = now


async def measured(house: House, unit: str, cases: int, reports: int) -> dict[str, Any]:
    """Load, compare sizes; then work, and compare processor time with events."""
    empty = bytes_of(house)
    loaded = await load(house, cases, SEED, lambda line: None)
    full = bytes_of(house)
    await burst(house, unit, CALLERS)
    await settled(house)
    spent, events = processor_seconds(house), heard(house)
    began = time.monotonic()
    await burst(house, unit, reports)
    await settled(house)
    took = time.monotonic() - began
    used = {name: seconds - spent[name] for name, seconds in processor_seconds(house).items()}
    more = {room: number - events[room] for room, number in heard(house).items()}
    return {
        "cases": loaded.cases,
        "events_per_case": round(loaded.events / loaded.cases, 1),
        "bytes_per_case": {name: round((full[name] - empty[name]) / loaded.cases) for name in full},
        "bytes_per_case_in_all": round(sum(full[name] - empty[name] for name in full) / loaded.cases),
        "cases_opened": reports,
        "wall_seconds": round(took, 1),
        "processor_ms_per_case": {name: round(seconds * 1000 / reports, 1) for name, seconds in sorted(used.items())},
        "events_per_core_second": {
            room: round(more[room] / used[f"{room}-worker"]) for room in more if used.get(f"{room}-worker")
        },
        "cases_per_core_second": round(reports / sum(used.values()), 1),
    }


def main(words: Sequence[str]) -> int:
    """Open a house, measure, and print."""
    wanted = argparse.ArgumentParser(prog="./spis bench size", description=__doc__)
    wanted.add_argument("--cases", type=int, default=CASES, help=f"how many to weigh ({CASES})")
    wanted.add_argument("--reports", type=int, default=REPORTS, help=f"how many to open while counting ({REPORTS})")
    wanted.add_argument("--unit", default="FBIH-K10-LIV")
    wanted.add_argument("--json", action="store_true", help="only the last line")
    given = wanted.parse_args(words)
    with House.temporary(clock=STARTS, settings=UNPACED) as house:
        found = asyncio.run(measured(house, given.unit, given.cases, given.reports))
    if not given.json:
        for name, value in found.items():
            sys.stdout.write(f"  {name.replace('_', ' '):<28} {value}\n")
    sys.stdout.write(json.dumps({"name": "size", **found}) + "\n")
    return 0
