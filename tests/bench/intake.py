"""`./spis bench intake`: how many reports a second are accepted, beside one row written by FastAPI and asyncpg alone.

Eight connections ask the room itself. Whatever would work on what was accepted is held down meanwhile, in both turns.
"""

import argparse
import asyncio
import json
import secrets
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from random import Random

from deploy.demo.story import STARTS
from deploy.house import House
from tests.bench.asking import Request, rate
from tests.bench.beside import floor_process, free_ports
from tests.bench.paired import Mark, Paired, conclude, progress, run_quickly
from tests.ledger.requests import report
from tests.unpaced import UNPACED

CONNECTIONS, SECONDS, ROUNDS, WARM_SECONDS = 8, 4.0, 7, 2.0
RATIO_MIN = 0.4
TOWN = "FBIH-K10-LIV"
REPORTS = "/intake/v1/reports"
BODIES = 64


class Bodies:
    """Reports about invented children, each with a key of its own."""

    def __init__(self, house: House) -> None:
        chance = Random(1)
        self._texts = [json.dumps(report(TOWN, house.now(), chance)).encode() for _ in range(BODIES)]
        self._number = 0

    def __call__(self) -> tuple[bytes, dict[str, str]]:
        self._number += 1
        return self._texts[self._number % BODIES], {"Idempotency-Key": secrets.token_hex(12)}


@asynccontextmanager
async def one_insert(house: House) -> AsyncIterator[tuple[str, int]]:
    """The floor, served by a process of its own on a database of its own."""
    _, owner = await asyncio.to_thread(house.make_database, "floor")
    [port] = free_ports(1)
    async with floor_process("one_insert", str(port), owner, port=port):
        yield "127.0.0.1", port


def asking(house: House, address: tuple[str, int]) -> Request:
    """What is asked of either."""
    token = house.token("client", f"{TOWN}.school")
    return Request(address, REPORTS, {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}, 201)


async def run(house: House, rounds: int, seconds: float) -> Paired:
    """Measure both in turn."""
    for name in house.names:
        if name.endswith(("-worker", "-stream")) or (name.endswith("-api") and name != "intake-api"):
            await asyncio.to_thread(house.stop, name)
    host, _, port = house.listens("intake-api").partition(":")
    bodies, subject, floor = Bodies(house), [], []
    async with one_insert(house) as bare:
        for address in ((host, int(port)), bare):
            await rate(asking(house, address), bodies, CONNECTIONS, WARM_SECONDS)
        for number in range(rounds):
            progress(f"  … round {number + 1} of {rounds}")
            subject.append(await rate(asking(house, (host, int(port))), bodies, CONNECTIONS, seconds))
            floor.append(await rate(asking(house, bare), bodies, CONNECTIONS, seconds))
    return Paired("intake", "reports/s", subject, floor, Mark(RATIO_MIN), None, {"connections": CONNECTIONS})


def main(words: Sequence[str]) -> int:
    """Run it, and tell what was measured."""
    wanted = argparse.ArgumentParser(prog="./spis bench intake")
    wanted.add_argument("--rounds", type=int, default=ROUNDS)
    wanted.add_argument("--seconds", type=float, default=SECONDS)
    wanted.add_argument("--json", action="store_true", help="for programs")
    given = wanted.parse_args(words)
    with House.temporary(clock=STARTS, settings=UNPACED) as house:
        measured = run_quickly(run(house, given.rounds, given.seconds))
    return conclude(measured, as_json=given.json)
