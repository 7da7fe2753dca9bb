"""`./spis bench latency`: from an accepted request to the frame on an open stream, beside a bare chain of as many hops.

One hop: a report, told to the centre's desk. Two hops: a screening opens a case, referral asks the school, whose desk
is told. Requests leave by a clock that waits for no answer, and each time counts from when its request was due.
"""

import argparse
import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from typing import Any

from deploy.demo.papers import first_answers, screening
from deploy.demo.story import STARTS
from deploy.house import House
from referral.attempts import reference
from referral.reactions import FIRST_ATTEMPT
from tests.bench.asking import Asked, Request, on_time
from tests.bench.beside import floor_process, free_ports
from tests.bench.figures import percentiles
from tests.bench.floors.chain import SUBJECT
from tests.bench.hearing import listening
from tests.bench.intake import REPORTS, TOWN, Bodies, asking
from tests.bench.paired import KEPT, MISSED, Mark, Paired, progress, run_quickly
from tests.bench.sending import everybody_listed
from tests.bench.spent import processor_seconds
from tests.chassis.echo.topic import make_topic
from tests.unpaced import UNPACED

ROOMS = ("intake", "referral", "notifications")
NUMBER, RATE, ROUNDS, WARM = 500, 50.0, 5, 50
P50_RATIO_MAX, P99_RATIO_MAX = 3.0, 4.0
NEED = "teaching_assistant"
STREAM = "/notifications/v1/alerts/stream?after={0}"
HOPS = ("one hop", "two hops")


@dataclass(frozen=True, slots=True)
class Way:
    """How something is asked for at one end, and where it is told at the other."""

    asking: Request
    telling: tuple[str, int]
    stream: str
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Followed:
    """How long each took from when it was due to its frame, by what it was about; and the last thing that was told."""

    milliseconds: Mapping[str, float]
    last: bytes

    @property
    def times(self) -> list[float]:
        """How long each took."""
        return list(self.milliseconds.values())


async def followed(way: Way, asked: Sequence[Asked], rate: float, subject: Any) -> Followed:
    """Ask, and wait until all of it was told."""
    async with listening(way.telling, way.stream, way.headers) as ear:
        due: dict[str, float] = {subject(json.loads(answer)): at for at, answer in await on_time(asked, rate)}
        await ear.heard(due)
    return Followed({ref: (ear.came[ref] - at) * 1_000 for ref, at in due.items()}, ear.last)


class Subject:
    """The house: who reports, who screens, and who listens at which desk."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._bodies = Bodies(house)
        self._decision = json.dumps(screening([NEED], first_answers())).encode()
        self._reporting = asking(house, self._address("intake-api"))
        self._waiting: list[str] = []

    async def one_hop(self, number: int, rate: float) -> Followed:
        """Reports, told to the centre's desk."""
        way = self._way(self._signed("client", f"{TOWN}.school", 201), "caseworker", TOWN)
        asked = [(way.asking, *self._bodies()) for _ in range(number)]
        told = await followed(way, asked, rate, lambda told: told["report"])
        self._waiting = list(told.milliseconds)
        return told

    async def two_hops(self, number: int, rate: float) -> Followed:
        """Screenings of the reports just told of, told to the school's desk as what it is asked for."""
        way = self._way(self._signed("caseworker", TOWN, 200), "provider", f"{TOWN}.school")
        asked = [
            (replace(way.asking, path=f"{REPORTS}/{report}/screen"), self._decision, self._bodies()[1])
            for report in self._waiting[:number]
        ]
        return await followed(way, asked, rate, lambda told: reference(told["case"], NEED, FIRST_ATTEMPT))

    def _signed(self, role: str, place: str, status: int) -> Request:
        bearer = {"Authorization": f"Bearer {self._house.token(role, place)}"}
        return replace(self._reporting, headers={**self._reporting.headers, **bearer}, status=status)

    def _way(self, request: Request, role: str, place: str) -> Way:
        bearer = {"Authorization": f"Bearer {self._house.token(role, place)}"}
        return Way(request, self._address("notifications-api"), STREAM.format(self._last_frame()), bearer)

    def _last_frame(self) -> int:
        return int(self._house.server.asked("notifications", "SELECT to_json(last) FROM frame_counter"))

    def _address(self, name: str) -> tuple[str, int]:
        host, _, port = self._house.listens(name).partition(":")
        return host, int(port)


class Floor:
    """A bare chain, asked the same."""

    def __init__(self, accepts: int, tells: int, bodies: Bodies, request: Request) -> None:
        self._bodies = bodies
        self._way = Way(replace(request, address=("127.0.0.1", accepts)), ("127.0.0.1", tells), "/stream", {})

    async def run(self, number: int, rate: float) -> Followed:
        """The same requests over the chain."""
        asked = [(self._way.asking, *self._bodies()) for _ in range(number)]
        return await followed(self._way, asked, rate, lambda told: told["report"])


@asynccontextmanager
async def chain(house: House, hops: int, frame: bytes) -> AsyncIterator[Floor]:
    """A bare chain of so many hops, with a database of its own, telling frames as long as the house's."""
    _, owner = await asyncio.to_thread(house.make_database, f"floor_{hops}")
    topics = [await make_topic(house, 6) for _ in range(hops)]
    accepts, tells = free_ports(2)
    text = {**json.loads(frame), "subject": SUBJECT}
    file = Path(house.folder.root) / f"frame-{hops}.json"
    file.write_text(json.dumps(text, ensure_ascii=False, separators=(",", ":")), encoding="utf-8")
    first, last = topics[0].name, topics[-1].name
    async with AsyncExitStack() as open_now:
        for topic in topics:
            open_now.push_async_callback(topic.close)
        telling = ("tell", str(tells), owner, house.kafka, last, str(file))
        await open_now.enter_async_context(floor_process("chain", *telling, port=tells))
        if hops > 1:
            passing = ("pass_on", owner, house.kafka, first, last)
            await open_now.enter_async_context(floor_process("chain", *passing))
        accepting = ("accept", str(accepts), owner, house.kafka, first)
        await open_now.enter_async_context(floor_process("chain", *accepting, port=accepts))
        yield Floor(accepts, tells, Bodies(house), asking(house, ("127.0.0.1", accepts)))


async def run(house: House, number: int, rate: float, rounds: int) -> list[Paired]:
    """Measure both ways over both chains in turn; a figure is a percentile of one round."""
    await everybody_listed(house, ROOMS)
    subject = Subject(house)
    took: dict[str, tuple[list[dict[str, float]], list[dict[str, float]]]] = {hops: ([], []) for hops in HOPS}
    busy: dict[str, dict[str, Any]] = {}
    async with AsyncExitStack() as open_now:
        ways = []
        for hops, measure in enumerate((subject.one_hop, subject.two_hops), start=1):
            warm = await measure(WARM, rate)
            floor = await open_now.enter_async_context(chain(house, hops, warm.last))
            await floor.run(WARM, rate)
            ways.append((HOPS[hops - 1], measure, floor.run))
        for turn in range(rounds):
            progress(f"  … round {turn + 1} of {rounds}, load {os.getloadavg()[0]:.1f}")
            for name, measure, bare in ways:
                spent = processor_seconds(house)
                took[name][0].append(percentiles((await measure(number, rate)).times))
                busy[name] = per_request(spent, processor_seconds(house), number)
                took[name][1].append(percentiles((await bare(number, rate)).times))
    marks = {"p50": Mark(P50_RATIO_MAX, at_least=False), "p99": Mark(P99_RATIO_MAX, at_least=False)}
    return [
        Paired(f"{part}, {name}", "ms", _each(took[name][0], part), _each(took[name][1], part), mark, None, busy[name])
        for part, mark in marks.items()
        for name in HOPS
    ]


def per_request(before: Mapping[str, float], after: Mapping[str, float], number: int) -> dict[str, Any]:
    """The processor time that each process spent on one request."""
    return {"processor_ms_per_request": {n: round((after[n] - before[n]) * 1_000 / number, 1) for n in after}}


def _each(rounds: Sequence[Mapping[str, float]], part: str) -> list[float]:
    return [each[f"{part}_ms"] for each in rounds]


def told(parts: Sequence[Paired], number: int, rate: float) -> dict[str, Any]:
    """One object: the worse of the hops for each percentile, and every hop with its spread."""
    worse = {part: max((each for each in parts if each.name.startswith(part)), key=lambda each: median(each.ratios))
             for part in ("p50", "p99")}  # fmt: skip
    shown = worse["p99"].told()
    return {
        "name": "latency",
        **{name: shown[name] for name in ("value", "floor", "ratio", "unit", "rounds")},
        "mark": shown["mark"],
        **{f"{part}_ratio": each.told()["ratio"] for part, each in worse.items()},
        "requests": number,
        "requests_per_second": rate,
        "parts": [each.told() for each in parts],
        "kept": all(each.kept for each in parts),
    }


def main(words: Sequence[str]) -> int:
    """Run it, and tell what was measured."""
    wanted = argparse.ArgumentParser(prog="./spis bench latency")
    wanted.add_argument("--requests", type=int, default=NUMBER)
    wanted.add_argument("--rate", type=float, default=RATE)
    wanted.add_argument("--rounds", type=int, default=ROUNDS)
    wanted.add_argument("--json", action="store_true", help="for programs")
    given = wanted.parse_args(words)
    with House.temporary(clock=STARTS, rooms=ROOMS, settings=UNPACED) as house:
        parts = run_quickly(run(house, given.requests, given.rate, given.rounds))
    for each in () if given.json else parts:
        sys.stderr.write("\n".join(each.lines()) + "\n")
    whole = told(parts, given.requests, given.rate)
    sys.stdout.write(json.dumps(whole) + "\n")
    return KEPT if whole["kept"] else MISSED
