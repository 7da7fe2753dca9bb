"""`./spis bench growth`: whether a house answers as fast with a million cases as with ten thousand.

One house is filled as `./spis load` fills one, size after size; at each of them reports are accepted, the fullest inbox
is opened and figures are asked for, one after another. The floor is the smallest size; below 20 ms nobody feels a
difference, so less counts as that. A size for which there is no room on the disk is left out, and then nothing is kept.
"""

import argparse
import os
import shutil
from collections.abc import Mapping, Sequence
from functools import partial
from random import Random
from typing import Any

from deploy.demo.acts import FIGURES, REPORTS
from deploy.demo.cast import Cast
from deploy.demo.story import STARTS
from deploy.demo.visitor import Visitor, client, expect
from deploy.house import House
from deploy.load.loading import load
from tests.bench.figures import INDICATORS, milliseconds, percentiles, questions
from tests.bench.paired import MISSED, Mark, Paired, conclude, progress, run_quickly
from tests.journeys.looking import rows
from tests.ledger.requests import report
from tests.unpaced import UNPACED

CASES, ASKED, WARM, SEED = (10_000, 100_000, 1_000_000), 400, 20, 1
UNFELT_MS, RATIO_MAX = 20.0, 2.0
BYTES_A_CASE, GIGABYTE = 100_000, 1_000_000_000
INBOX = "/notifications/inbox"
FULLEST = """SELECT unit FROM alerts WHERE state = 'raised' AND desk LIKE '%.csw/caseload'
    GROUP BY unit ORDER BY count(*) DESC, unit LIMIT 1"""

Times = Mapping[str, Sequence[float]]


def fitting(cases: Sequence[int], free_bytes: int) -> list[int]:
    """The sizes for which there is room, the smallest first."""
    return [size for size in sorted(set(cases)) if size * BYTES_A_CASE <= free_bytes]


def felt(times: Sequence[float]) -> float:
    """What all but a twentieth of the answers take at most, as far as anybody feels it."""
    return max(UNFELT_MS, percentiles(times)["p95_ms"])


def worst(smallest: Times, largest: Times) -> str:
    """What grew most."""
    return max(smallest, key=lambda what: felt(largest[what]) / felt(smallest[what]))


async def answered(house: House, asked: int, seed: int) -> dict[str, list[float]]:
    """How long each kind of answer takes now, in milliseconds."""
    [fullest] = await rows(house, "notifications", FULLEST)
    unit, chance = str(fullest["unit"]), Random(seed)
    took: dict[str, list[float]] = {"report": [], "inbox": [], "figures": []}
    async with client(house.origin) as http:
        school = Cast(house, http, unit).client(f"{unit}.school")
        worker = Cast(house, http, unit).person("caseworker", unit)
        top = Cast(house, http, "BIH").person("coordinator", "BIH")
        known = (await top.get(INDICATORS))["indicators"]
        for number, question in enumerate(questions(known, chance, WARM + asked)):
            body = report(unit, house.now(), chance)
            for what, ask in (
                ("report", partial(school.does, REPORTS, body, status=201)),
                ("inbox", partial(opened, worker, INBOX)),
                ("figures", partial(top.get, FIGURES, **question)),
            ):
                milli = await milliseconds(ask)
                if number >= WARM:
                    took[what].append(milli)
    return took


async def opened(visitor: Visitor, page: str) -> None:
    """Open a page as its reader."""
    answer = await visitor.http.get(page, headers={**await visitor.bearer(), "Accept": "text/html"})
    expect(answer, 200, page)


async def run(house: House, wanted: Sequence[int], asked: int) -> Paired:
    """Fill the house to each size in turn, and ask the same there."""
    sizes = fitting(wanted, shutil.disk_usage(house.folder.root).free)
    if len(sizes) < 2:
        raise SystemExit("growth: there is room on the disk for one size at most: choose smaller ones with --cases")
    held, told = 0, dict[int, dict[str, list[float]]]()
    for place, size in enumerate(sizes):
        # A year of a seed is loaded once: each size adds another year's cases to those that are there.
        await load(house, size - held, SEED + place, progress)
        held = size
        told[size] = await answered(house, asked, SEED)
        shown = {what: percentiles(times)["p95_ms"] for what, times in told[size].items()}
        progress(f"  … {size} cases: p95 in ms {shown}, load {os.getloadavg()[0]:.1f}")
    return judged(told, [size for size in wanted if size not in sizes])


def judged(told: Mapping[int, Times], left_out: Sequence[int]) -> Paired:
    """The largest size beside the smallest, by what grew most."""
    smallest, largest = told[min(told)], told[max(told)]
    what = worst(smallest, largest)
    more: dict[str, Any] = {
        "sizes": sorted(told),
        "left_out": sorted(left_out),
        "grew_most": what,
        **{f"p95_ms_{each}": [percentiles(told[size][each])["p95_ms"] for size in sorted(told)] for each in smallest},
    }
    mark = Mark(RATIO_MAX, at_least=False)
    return Paired("growth", "ms", [felt(largest[what])], [felt(smallest[what])], mark, None, more)


def main(words: Sequence[str]) -> int:
    """Run it, and tell what was measured."""
    wanted = argparse.ArgumentParser(prog="./spis bench growth")
    wanted.add_argument("--cases", type=int, nargs="+", default=CASES, help="how many, at two sizes or more")
    wanted.add_argument("--asked", type=int, default=ASKED, help="how often each is asked for at each size")
    wanted.add_argument("--json", action="store_true", help="for programs")
    given = wanted.parse_args(words)
    if len(set(given.cases)) < 2 or min(given.cases) < 1 or given.asked < 2:
        wanted.error("name two sizes or more, from 1 on, and ask twice at least")
    with House.temporary(clock=STARTS, settings=UNPACED) as house:
        measured = run_quickly(run(house, given.cases, given.asked))
    ended = conclude(measured, as_json=given.json)
    if measured.more["left_out"]:
        progress(f"  MISSED: no room on the disk for {measured.more['left_out']}")
    return MISSED if measured.more["left_out"] else ended
