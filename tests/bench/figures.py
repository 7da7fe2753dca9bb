"""`./spis bench figures`: loads a year into a house of its own, asks for figures at every level, and counts all again.

The floor is the list of indicators: the same way in and out, the same look at who asks, and nothing counted.
"""

import argparse
import asyncio
import json
import sys
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from random import Random
from statistics import quantiles
from typing import Any

from deploy.demo.cast import Cast
from deploy.demo.story import STARTS
from deploy.demo.visitor import Visitor, client
from deploy.house import House
from deploy.load.loading import load
from tests.bench.paired import Mark
from tests.unpaced import UNPACED

CASES, ASKED, SEED = 10_000, 400, 1
FIGURE_P95_MS_MAX = 200.0
FIGURES, INDICATORS = "/analytics/v1/figures", "/analytics/v1/indicators"
MUNICIPALITIES = ("FBIH-KS-NGS", "FBIH-ZDK-TES", "RS-BIL", "RS-PRN", "BD-BRC")
PLACES = ("BIH", "FBIH", "RS", "KS", "ZDK", *MUNICIPALITIES)
SPANS = (("2025-03-01", "2025-12-31"), ("2025-06-01", "2025-08-31"), ("2025-11-01", "2025-11-30"))
"""Within one year, because children are counted once in each."""
RECOUNT_SECONDS_MAX = 1_800.0

Question = dict[str, str]


def questions(indicators: Sequence[Any], chance: Random, number: int) -> list[Question]:
    """Questions about indicators, places, spans and breakdowns, drawn alike."""
    asked = []
    for _ in range(number):
        indicator = chance.choice(indicators)
        first, last = chance.choice(SPANS)
        kinds = [kind for kind in indicator["by"] if kind not in ("unit", "month")]
        by = ",".join(part for part in (chance.choice(("", "unit", "month")), chance.choice(("", *kinds))) if part)
        asked.append(
            {"indicator": indicator["indicator"], "unit": chance.choice(PLACES), "from": first, "to": last, "by": by}
        )
    return asked


async def milliseconds(ask: Callable[[], Awaitable[object]]) -> float:
    """How long an answer takes."""
    begun = time.perf_counter()
    await ask()
    return (time.perf_counter() - begun) * 1_000


def percentiles(times: Sequence[float]) -> dict[str, float]:
    """What half of the answers, all but a twentieth, and all but a hundredth take at most."""
    cuts = quantiles(times, n=100, method="inclusive")
    shown = {f"p{part}_ms": round(cuts[part - 1], 1) for part in (50, 95, 99)}
    return {**shown, "max_ms": round(max(times), 1)}


async def asked_for(house: House, number: int, seed: int) -> dict[str, Any]:
    """How long figures take, each beside the floor."""
    figures, floor = [], []
    async with client(house.origin) as http:
        top: Visitor = Cast(house, http, "BIH").person("coordinator", "BIH")
        known = (await top.get(INDICATORS))["indicators"]
        for question in questions(known, Random(seed), number):
            figures.append(await milliseconds(partial(top.get, FIGURES, **question)))
            floor.append(await milliseconds(partial(top.get, INDICATORS)))
    return {"figures": percentiles(figures), "floor": percentiles(floor)}


async def counted_again(house: House) -> dict[str, Any]:
    """How long a recount takes while the room serves, and what differed."""
    begun = time.monotonic()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "analytics", "rebuild"),
        env=house.env("analytics"), cwd=house.plan.code,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    out, _ = await asyncio.wait_for(process.communicate(), RECOUNT_SECONDS_MAX)
    told = json.loads(out) if process.returncode == 0 else {"differences": None, "events": 0}
    return {"seconds": round(time.monotonic() - begun, 1), "events": told["events"], "differences": told["differences"]}


async def run(house: House, cases: int, asked: int, seed: int) -> dict[str, Any]:
    """Load, ask, count again, and ask once more."""

    def tell(line: str) -> None:
        sys.stderr.write(line + "\n")
        sys.stderr.flush()

    loaded = await load(house, cases, seed, tell)
    tell("  … asking for figures")
    answered = await asked_for(house, asked, seed)
    tell("  … counting everything again")
    again = await counted_again(house)
    return {"cases": cases, "loaded": loaded.told(), "asked": asked, **answered, "recount": again}


def beside(measured: Mapping[str, Any]) -> dict[str, Any]:
    """What is told of every bench: its figure, the floor's, and how they compare."""
    value, floor = measured["figures"]["p95_ms"], measured["floor"]["p95_ms"]
    mark = Mark(FIGURE_P95_MS_MAX, at_least=False)
    return {"name": "figures", "value": value, "floor": floor, "ratio": round(value / floor, 3), "unit": "ms"} | {
        "mark": f"ms {mark}, nothing differs"
    }


def main(words: Sequence[str]) -> int:
    """Run it, and tell what was measured."""
    wanted = argparse.ArgumentParser(prog="./spis bench figures")
    wanted.add_argument("--cases", type=int, default=CASES)
    wanted.add_argument("--asked", type=int, default=ASKED)
    wanted.add_argument("--seed", type=int, default=SEED)
    wanted.add_argument("--json", action="store_true", help="for programs; so it is told anyhow")
    given = wanted.parse_args(words)
    with House.temporary(clock=STARTS, settings=UNPACED) as house:
        measured = asyncio.run(run(house, given.cases, given.asked, given.seed))
    differed = measured["recount"]["differences"]
    measured["kept"] = (
        measured["figures"]["p95_ms"] <= FIGURE_P95_MS_MAX and differed is not None and not any(differed.values())
    )
    sys.stdout.write(json.dumps(beside(measured) | measured) + "\n")
    return 0 if measured["kept"] else 1
