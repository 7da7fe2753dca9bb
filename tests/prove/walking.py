"""`./spis prove walking`: somebody who tries one reference after another is stopped and announced, and learns nothing
before that; whoever guesses at the sign-in is slowed. The house has its usual limits.
"""

import argparse
import asyncio
import json
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from random import Random

import asyncpg
import httpx2

from deploy.demo.acts import ALERTS, REFERRALS, REPORTS, seen
from deploy.demo.story import STARTS
from deploy.demo.visitor import Visitor, client
from deploy.house import House
from deploy.house.progress import Telling
from services.contracts.ids import derived_reference, new_reference
from tests.journeys.town import CASES, Town
from tests.prove.alike import Ask, Compared, compare

PLACE, ELSEWHERE = "RS-BIL", "RS-GAC"
TRIES_MAX = 50
ANNOUNCED_SECONDS_MAX = 60.0
KNOWN_SECONDS_MAX = 60.0
RECORDS = 4
STRANGERS_MAX = 2_000
ROOMS = ("intake", "referral", "notifications")


async def walk(visitor: Visitor, room: str) -> int:
    """Try references that nobody has until something else is answered; how many tries that took."""
    for tries in range(1, TRIES_MAX * 2):
        match room:
            case "intake":
                path = f"{CASES}/{nobodys_reference('C')}"
                answer = await visitor.http.get(path, headers=await visitor.bearer())
            case "referral":
                path = f"{REFERRALS}/{nobodys_reference('F')}"
                answer = await visitor.http.get(path, headers=await visitor.bearer())
            case _:
                answer = await visitor.post(f"{ALERTS}/{nobodys_reference('A')}/acknowledge", {})
        if answer.status_code != 404:
            assert answer.json()["code"] == "walk_stopped", answer.text
            return tries
    return TRIES_MAX * 2


async def announced(director: Visitor, before: int) -> float:
    """How many seconds it took until one more alert about a walk lay on a desk."""
    began = time.monotonic()

    async def look() -> bool:
        return await walks_on_desk(director) > before

    await seen(look, "the alert about a walk", ANNOUNCED_SECONDS_MAX)
    return round(time.monotonic() - began, 2)


async def walks_on_desk(director: Visitor) -> int:
    """How many alerts about walks lie on a director's desk."""
    items = (await director.get(ALERTS, limit="200"))["items"]
    return sum(item["code"] == "DATA_ACCESS_ANOMALY" for item in items)


async def alike(house: House, here: Town, stranger: Town, number: int, order: Random) -> dict[str, Compared]:
    """Compare what a stranger is told of records that are there and of such that are not."""
    said = [await here.report() for _ in range(RECORDS)]
    cases = [await here.case() for _ in range(RECORDS)]
    referrals = [(await here.asked(case))["referral"] for case in cases]
    worker, provider = stranger.worker, stranger.provider()

    async def get(visitor: Visitor, path: str, ref: str) -> httpx2.Response:
        return await visitor.http.get(f"{path}/{ref}", headers=await visitor.bearer())

    asked: dict[str, tuple[Ask, Sequence[str], str]] = {
        "a report": (partial(get, worker, REPORTS), said, "R"),
        "a case": (partial(get, worker, CASES), cases, "C"),
        "a referral": (partial(get, provider, REFERRALS), referrals, "F"),
        "accepting a referral": (lambda ref: provider.post(f"{REFERRALS}/{ref}/accept", {}), referrals, "F"),
    }
    seen_of: dict[str, Compared] = {}
    for what, (ask, others, letter) in asked.items():
        nobodys = [nobodys_reference(letter) for _ in range(RECORDS)]
        rest = partial(forgiven, house, worker, provider)
        seen_of[what] = await compare(ask, rest, others, nobodys, number, order)
        sys.stdout.write(f"  {what}, another's or nobody's: {json.dumps(seen_of[what].figures)}\n")
        sys.stdout.flush()
    return seen_of


def nobodys_reference(letter: str) -> str:
    """A reference that looks like others and that nobody has."""
    return derived_reference(letter, new_reference("X")) if letter in "FA" else new_reference(letter)


async def forgiven(house: House, *visitors: Visitor) -> None:
    """Let somebody go on who would soon be stopped, so that time can be measured often enough."""
    for room in ROOMS[:2]:
        connection = await asyncpg.connect(house.url(room))
        try:
            accounts = [visitor.account for visitor in visitors]
            await connection.execute("DELETE FROM paces WHERE caller = ANY ($1::text[])", accounts)
        finally:
            await connection.close()


async def slowed(http: httpx2.AsyncClient, number: int) -> dict[str, int]:
    """After how many requests a stranger is slowed: at a room without a token, at the sign-in with a wrong secret."""
    form = {"grant_type": "client_credentials", "client_id": f"client@{PLACE}.school", "client_secret": "guessed"}
    asks: dict[str, Callable[[], Awaitable[httpx2.Response]]] = {
        "a room without a token": lambda: http.get(CASES),
        "the sign-in with a wrong secret": lambda: http.post("/id/token", data=form),
    }
    found = {}
    for what, ask in asks.items():
        found[what] = 0
        while found[what] < number and (await ask()).status_code == 401:
            found[what] += 1
        sys.stdout.write(f"  {what}: slowed after {found[what]}\n")
    return found


async def prove(house: House, number: int, seed: int) -> dict[str, object]:
    """Walk, compare and guess, in a house of its own."""
    async with client(house.origin) as http:
        here, stranger = Town(house, http, PLACE), Town(house, http, ELSEWHERE)
        await seen(lambda: _known(here, stranger), "who works where", KNOWN_SECONDS_MAX)
        compared = await alike(house, here, stranger, number, Random(seed))
        director = here.cast.person("director", PLACE)
        tries, seconds = {}, {}
        for room in ROOMS:
            before = await walks_on_desk(director)
            tries[room] = await walk(here.cast.person("supervisor", PLACE), room)
            seconds[room] = await announced(director, before)
            sys.stdout.write(f"  {room}: stopped at try {tries[room]}, announced after {seconds[room]} s\n")
            sys.stdout.flush()
        strangers = await slowed(http, STRANGERS_MAX)
    found = [what for what, each in compared.items() if not each.alike]
    found += [room for room in ROOMS if tries[room] > TRIES_MAX]
    found += [what for what, tried in strangers.items() if tried >= STRANGERS_MAX]
    figures = {what: each.figures for what, each in compared.items()}
    return {"tries": tries, "announced_seconds": seconds, "alike": figures, "slowed_after": strangers, "found": found}


async def _known(*towns: Town) -> bool:
    people = [who for town in towns for who in (town.worker, town.cast.person("director", town.unit), town.provider())]
    answers = [
        await who.http.get(path, headers=await who.bearer()) for who in people for path in (REFERRALS, ALERTS, REPORTS)
    ]
    return all(answer.status_code == 200 or answer.json()["code"] == "not_your_role" for answer in answers)


def main(words: Sequence[str]) -> int:
    """Run the proof: 0 only when every walk was stopped and told of in time, and nothing could be told apart."""
    parser = argparse.ArgumentParser(prog="./spis prove walking")
    parser.add_argument("--requests", type=int, default=500, help="how many of each sort are compared")
    parser.add_argument("--seed", type=int, default=20260302)
    options = parser.parse_args(list(words))
    telling = Telling()
    with House.temporary(clock=STARTS, watch=telling.watch) as house:
        telling.end()
        result = asyncio.run(prove(house, options.requests, options.seed))
    sys.stdout.write(json.dumps(result) + "\n")
    return 1 if result["found"] else 0
