"""`./spis prove disclosures`: names are read again and again while intake is killed; none is shown unnoted."""

import argparse
import asyncio
import json
import random
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from uuid import uuid4

import httpx2

from deploy.demo.acts import seen
from deploy.demo.story import STARTS
from deploy.demo.visitor import Visitor, client
from deploy.house import House
from tests.journeys.looking import rows
from tests.journeys.town import CASES, Town, referral_path, shared_path

PLACE = "FBIH-K10-LIV"
READERS = 12
CASES_READ = 6
WAIT_SECONDS = 0.1
LOOK_SECONDS = 0.02
KILLS_APART = (50, 400)
TRIES_MAX = 20
SEEN_SECONDS_MAX = 60.0
NOTED = "SELECT correlation_id, action FROM access_log WHERE correlation_id = ANY ($1::text[])"


@dataclass
class Reading:
    """What readers saw: `shown` are the answers that began with 200, however little of them arrived."""

    wanted: int
    seed: int
    tries: int = 0
    torn: int = 0
    refused: int = 0
    kills: int = 0
    shown: set[str] = field(default_factory=set)

    @property
    def over(self) -> bool:
        """Whether enough was shown, or too much was tried."""
        return len(self.shown) >= self.wanted or self.tries >= self.wanted * TRIES_MAX


async def read(reading: Reading, reader: Visitor, path: str) -> None:
    """Read once, and remember it as shown as soon as the first byte says so."""
    name, headers = str(uuid4()), await reader.bearer()
    reading.tries += 1
    try:
        async with reader.http.stream("GET", path, headers={**headers, "X-Correlation-Id": name}) as answer:
            if answer.status_code == 200:
                reading.shown.add(name)
                await answer.aread()
                return
        reading.refused += 1
    except httpx2.TransportError:
        reading.torn += 1
    await asyncio.sleep(WAIT_SECONDS)


async def kill_at_random(house: House, reading: Reading, apart: tuple[int, int]) -> None:
    """Kill the room that shows names in the midst of showing them, so many readings apart, until enough was shown."""
    chance = random.Random(reading.seed)
    while not reading.over:
        goal = len(reading.shown) + chance.randint(*apart)
        while len(reading.shown) < goal and not reading.over:  # noqa: ASYNC110 - a moment nobody can await
            await asyncio.sleep(chance.uniform(0, LOOK_SECONDS))
        reading.kills += bool(await asyncio.to_thread(house.kill, "intake-api"))
        await asyncio.to_thread(house.wait_ready, SEEN_SECONDS_MAX, "intake-api")


async def read_while_killing(
    house: House, paths: Sequence[tuple[Visitor, str]], reading: Reading, apart: tuple[int, int]
) -> None:
    """Let readers read until enough was shown, while the room is killed."""

    async def go_on(number: int) -> None:
        while not reading.over:
            await read(reading, *paths[number % len(paths)])

    killing = asyncio.create_task(kill_at_random(house, reading, apart))
    await asyncio.gather(*(go_on(number) for number in range(READERS)))
    await killing


async def missing_entries(house: House, reading: Reading) -> list[str]:
    """What was shown without an entry for what was shared, or for the seal that was opened."""
    noted: dict[str, set[str]] = {}
    for row in await rows(house, "intake", NOTED, list(reading.shown)):
        noted.setdefault(row["correlation_id"], set()).add(row["action"].partition(" ")[0])
    return [name for name in reading.shown if noted.get(name, set()) < {"share", "open"}]


async def accepted(town: Town) -> tuple[Visitor, str]:
    """A referral that was accepted, and who may read the name by it."""
    referral = await town.asked_for()
    await town.provider().does(referral_path(referral, "accept"))
    await town.known(referral, "accepted")
    return town.provider(), shared_path(referral)


async def prove(house: House, reading: Reading) -> dict[str, object]:
    """Read as often as wanted in a house of its own."""
    async with client(house.origin) as http:
        town = Town(house, http, PLACE)

        async def known() -> bool:
            answers = [await one.http.get(CASES, headers=await one.bearer()) for one in (town.worker, town.school)]
            return [answer.json().get("code", "") for answer in answers] == ["", "not_your_role"]

        await seen(known, "who works where", SEEN_SECONDS_MAX)
        paths = [await accepted(town) for _ in range(CASES_READ)]
        telling = asyncio.create_task(_tell(reading))
        began = time.monotonic()
        await read_while_killing(house, paths, reading, KILLS_APART)
        took = time.monotonic() - began
        telling.cancel()
    missing = await missing_entries(house, reading)
    told = {name: value for name, value in asdict(reading).items() if name not in ("shown", "wanted")}
    return {"reads": len(reading.shown), **told, "seconds": round(took, 1), "missing": len(missing)}


async def _tell(reading: Reading) -> None:
    while True:
        await asyncio.sleep(5)
        sys.stdout.write(f"  {len(reading.shown)} of {reading.wanted} readings shown, {reading.kills} kills\n")
        sys.stdout.flush()


def main(words: Sequence[str]) -> int:
    """Run the proof: 0 only when every reading that was shown has its entries."""
    parser = argparse.ArgumentParser(prog="./spis prove disclosures")
    parser.add_argument("--reads", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=20260302)
    options = parser.parse_args(list(words))
    with House.temporary(clock=STARTS) as house:
        result = asyncio.run(prove(house, Reading(options.reads, options.seed)))
    sys.stdout.write(json.dumps(result) + "\n")
    enough = int(str(result["reads"])) >= options.reads
    return 0 if enough and not result["missing"] else 1
