"""`./spis prove access-log`: the log is changed at random as a superuser would; each change is found by a kept head."""

import argparse
import asyncio
import json
import random
import sys
import time
from collections import Counter
from collections.abc import Sequence
from typing import Any

import asyncpg

from deploy.demo.story import STARTS
from deploy.house import House
from deploy.house.layout import REPOSITORY
from deploy.house.verifying import verified
from deploy.load.keeping import as_superuser
from intake.access_log.chain import Head
from services.storage.database import HOUSE
from services.storage.queries import load_queries
from tests.journeys.looking import number, rows
from tests.prove.tampering import Tamperer, tampered

FILL = """INSERT INTO access_log (account, action, subject, unit, correlation_id, at)
    SELECT 'invented@PLACE', 'open child', 'P-' || n, 'PLACE', md5(n::text), clock_timestamp()
    FROM generate_series(1, $1) AS n"""
SEALED = "SELECT count(*) FROM access_chain"
KEPT = "SELECT length, head FROM heads_kept ORDER BY length"
SECONDS_MAX = 600.0
LOOK_SECONDS = 0.5
TOLD_EVERY = 100


async def filled(house: House, entries: int) -> float:
    """Add entries as the room would, and wait until all are sealed; entries a second."""
    before, began = await number(house, "intake", SEALED), time.monotonic()
    connection = await asyncpg.connect(house.url("intake"), server_settings={"spis.scope": HOUSE})
    await connection.execute(FILL, entries, timeout=SECONDS_MAX)
    await connection.close()
    async with asyncio.timeout(SECONDS_MAX):
        while await number(house, "intake", SEALED) < before + entries:  # noqa: ASYNC110 - looked at from outside
            await asyncio.sleep(LOOK_SECONDS)
    return entries / (time.monotonic() - began)


async def kept_heads(house: House, length: int) -> list[Head]:
    """What referral keeps of the log, once it was told of this length."""
    async with asyncio.timeout(SECONDS_MAX):
        while True:
            kept = [Head(row["length"], bytes.fromhex(row["head"])) for row in await rows(house, "referral", KEPT)]
            if kept and kept[-1].length >= length:
                return kept
            await asyncio.sleep(LOOK_SECONDS)


async def tamper(house: House, times: int, seed: int) -> dict[str, Any]:
    """Change the log many times as a superuser, each time taken back, and count what was not found."""
    length = await number(house, "intake", SEALED)
    kept = await kept_heads(house, length)
    conn = await asyncpg.connect(as_superuser(house.admin_url, house.url("intake")))
    statements = load_queries(REPOSITORY / "intake" / "access_log.sql")
    tamperer = Tamperer(conn, statements, random.Random(seed), length)
    done: Counter[str] = Counter()
    unfound: Counter[str] = Counter()
    try:
        for turn in range(times):
            kind, found = await tampered(tamperer, kept, turn)
            done[kind] += 1
            unfound[kind] += not found
            if (turn + 1) % TOLD_EVERY == 0:
                sys.stdout.write(f"  {turn + 1} tamperings, {sum(unfound.values())} not found\n")
                sys.stdout.flush()
    finally:
        await conn.close()
    return {"tamperings": times, "kinds": len(done), "unfound": sum(unfound.values()), "entries_each": length}


def verdict_of(house: House) -> dict[str, Any]:
    """What the command of an operator says of the log as it is."""
    told = verified(house)
    if told.returncode != 0:
        raise RuntimeError(told.stdout + told.stderr)
    verdict: dict[str, Any] = json.loads(told.stdout)
    return verdict


async def prove(house: House, options: argparse.Namespace) -> dict[str, Any]:
    """Fill, tamper, and verify a long log."""
    await filled(house, options.entries)
    result = await tamper(house, options.tamperings, options.seed)
    sealed_a_second = await filled(house, options.long)
    await kept_heads(house, options.entries + options.long)
    verdict = await asyncio.to_thread(verdict_of, house)
    speed = {"verified": verdict["entries"], "verified_a_second": verdict["entries_a_second"]}
    return {**result, **speed, "sealed_a_second": round(sealed_a_second), "findings": verdict["found"]}


def main(words: Sequence[str]) -> int:
    """Run the proof: 0 only when every tampering was found and the log as it is has no finding."""
    parser = argparse.ArgumentParser(prog="./spis prove access-log")
    parser.add_argument("--tamperings", type=int, default=1_000)
    parser.add_argument("--entries", type=int, default=500, help="in the log that is tampered with")
    parser.add_argument("--long", type=int, default=200_000, help="entries more, for the speed of a verification")
    parser.add_argument("--seed", type=int, default=20260302)
    options = parser.parse_args(list(words))
    with House.temporary(clock=STARTS, rooms=("intake", "referral")) as house:
        result = asyncio.run(prove(house, options))
    sys.stdout.write(json.dumps(result) + "\n")
    return 1 if result["unfound"] or result["findings"] else 0
