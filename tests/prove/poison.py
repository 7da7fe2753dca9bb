"""`./spis prove poison`: bad events among good ones. Each is set aside with its reason and costs other cases next to
nothing; what kills or hangs the process is set aside within three restarts; after the replay every row is as in a house
that never met them. Two houses, one of them clean, hear the same cases at the same time.
"""

import argparse
import asyncio
import json
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any

import asyncpg

from deploy.demo.acts import seen
from deploy.demo.story import STARTS
from deploy.house import House
from services.contracts.catalog import REPORTS
from services.storage.database import HOUSE
from tests.journeys.looking import number, rows
from tests.prove.poisoned.events import Put, bad, good, run_of, send
from tests.prove.poisoned.stage import HANGS, KILLS
from tests.prove.saying import say
from tests.unpaced import UNPACED

ROOMS = ("analytics", "notifications")
HARD = ((KILLS, "1"), (KILLS, "2"), (HANGS, "1"), (HANGS, "2"))
"""What ends or stops the process; a hang that holds the whole process, and one that only its handler is in."""
HARD_CASES = 9_000_000
RESTARTS_MAX = 3
STILL_SECONDS = 3.0
SHOWN_MAX = 3
HEARD_SECONDS_MAX = 120.0
PARKED_SECONDS_MAX = 300.0
PERCENT_MAX, MILLISECONDS_MAX = 10.0, 20.0
HEARD = "SELECT coalesce(sum(next_offset), 0) FROM positions WHERE topic = $1"
WITNESSED = "SELECT event_id, extract(epoch FROM at)::float8 AS at FROM witness"
TABLES = {
    "analytics": ("facts WHERE type LIKE 'ba.spis.intake.%'", "contexts", "same_children", "cells", "written"),
    "notifications": ("alerts", "matters", "frames"),
}
BY_THE_CLOCK = (
    "last_at number raised_at acknowledge_by resolved_at at ended_at said_incarnation said_sequence payload"
    " before_incarnation before_sequence"
).split()
"""What follows from when and in which order an event was heard."""


@dataclass(slots=True)
class Found:
    """What was measured, and what must not be."""

    p99_ms: dict[str, list[float]] = field(default_factory=dict)
    reasons: Counter[str] = field(default_factory=Counter)
    restarts: dict[str, int] = field(default_factory=dict)
    parked_s: dict[str, float] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)


async def heard_all(house: House, events: int) -> None:
    """Wait until both rooms have dealt with so many events, or set them aside."""

    async def look() -> bool:
        return min([await number(house, room, HEARD, REPORTS.name) for room in ROOMS]) >= events

    await seen(look, f"{events} events heard", HEARD_SECONDS_MAX)


async def measured(house: House, puts: Sequence[Put], a_second: float) -> dict[str, float]:
    """Send one run; the 99th percentile from sending to dealing with a good event, in milliseconds, by room."""
    before = await number(house, ROOMS[0], HEARD, REPORTS.name)
    sent = await send(house.kafka, puts, a_second)
    await heard_all(house, before + len(puts))
    found = {}
    for room in ROOMS:
        at = {row["event_id"]: row["at"] for row in await rows(house, room, WITNESSED)}
        took = sorted(1000 * (at[event] - moment) for event, moment in sent.items())
        found[room] = round(took[int(len(took) * 0.99)], 1)
    return found


async def parked_in_time(house: House, kind: str, name: str, found: Found) -> None:
    """Send one event that ends or stops the process, with good ones around it, and count the restarts it takes."""
    ref = f"{kind}-{name}"
    before = {room: house.process(f"{room}-worker").exits for room in ROOMS}
    puts = [*good(HARD_CASES + len(found.parked_s)), *bad(kind, name, 0, poisoned=True)]
    began = time.monotonic()
    await send(house.kafka, puts, 100)

    async def parked() -> bool:
        aside = "SELECT count(*) FROM set_aside WHERE key = $1 AND reason LIKE 'killed or hung%'"
        return all([await _answered(house, room, aside, ref) for room in ROOMS])

    await seen(parked, f"{ref} parked", PARKED_SECONDS_MAX)
    found.parked_s[ref] = round(time.monotonic() - began, 1)
    for room in ROOMS:
        restarts = found.restarts[f"{room} {ref}"] = house.process(f"{room}-worker").exits - before[room]
        if restarts > RESTARTS_MAX:
            found.wrong.append(f"{room} was restarted {restarts} times by {ref}")


async def _answered(house: House, room: str, question: str, *arguments: object) -> int:
    try:
        return await number(house, room, question, *arguments)
    except (OSError, asyncpg.PostgresError):
        return 0


async def reasons_of(house: House) -> Counter[str]:
    """For what something is parked, and how often, in both rooms."""
    found: Counter[str] = Counter()
    for room in ROOMS:
        for row in await rows(house, room, "SELECT reason FROM set_aside WHERE reason IS NOT NULL"):
            found[row["reason"][:60]] += 1
    return found


async def settled(house: House, room: str) -> dict[str, Any]:
    """Replay and drop what is parked, as a mended release."""
    mended = {name: value for name, value in house.env(room).items() if name != "SPIS_POISONED"}
    line = (sys.executable, "-m", f"tests.prove.poisoned.{room}", "park-all", "--json")
    pipe = asyncio.subprocess.PIPE
    done = await asyncio.create_subprocess_exec(*line, env=mended, cwd=house.plan.code, stdout=pipe, stderr=pipe)
    told, trouble = await done.communicate()
    if done.returncode:
        raise RuntimeError(trouble.decode()[-400:])
    answer: dict[str, Any] = json.loads(told.decode().splitlines()[-1])
    return answer


async def tables(house: House) -> dict[str, Counter[str]]:
    """Every row of the rooms' own tables, but for what follows from when an event was heard."""
    found = {}
    for room, names in TABLES.items():
        conn = await asyncpg.connect(house.url(room), server_settings={"spis.scope": HOUSE})
        for name in names:
            told = await conn.fetch(
                f"SELECT (to_jsonb(t) - $1::text[])::text FROM (SELECT * FROM {name}) t", BY_THE_CLOCK
            )
            found[f"{room}.{name.partition(' ')[0]}"] = Counter(row[0] for row in told)
        await conn.close()
    return found


async def at_rest(house: House) -> dict[str, Counter[str]]:
    """The tables as soon as they change no more: analytics hears what notifications says of it all."""
    before: dict[str, Counter[str]] = {}
    while before != (now := await tables(house)):
        before = now
        await asyncio.sleep(STILL_SECONDS)
    return now


async def prove(clean: House, ill: House, options: argparse.Namespace) -> dict[str, object]:
    """Run side by side, then what kills and hangs, then replay and compare."""
    for house in (clean, ill):
        # A surge is detected by the hour that it is, and hears of both houses at different moments.
        await asyncio.to_thread(house.stop, "analytics-stream")
    found = Found(p99_ms={f"{how} {room}": [] for how in ("clean", "bad") for room in ROOMS})
    for run in range(options.runs):
        # Both at once, so that whatever else the machine does slows both.
        told = await asyncio.gather(
            *(
                measured(house, run_of(run, options.good // 2, options.bad, poisoned=house is ill), options.rate)
                for house in (clean, ill)
            )
        )
        for how, milliseconds in zip(("clean", "bad"), told, strict=True):
            for room in ROOMS:
                found.p99_ms[f"{how} {room}"].append(milliseconds[room])
        say(f"run {run + 1}, p99 in ms: " + json.dumps({name: each[-1] for name, each in found.p99_ms.items()}))
        found.reasons += await reasons_of(ill)
        await _tidy(ill)
    for kind, name in HARD:
        await parked_in_time(ill, kind, name, found)
        say(f"{kind}-{name}: parked after {found.parked_s[f'{kind}-{name}']} s; restarts {found.restarts}")
    hard = [put for nth, (kind, name) in enumerate(HARD) for put in _hard(nth, kind, name)]
    before = await number(clean, ROOMS[0], HEARD, REPORTS.name)
    await send(clean.kafka, hard, options.rate)
    await heard_all(clean, before + len(hard))
    found.reasons += await reasons_of(ill)
    await _tidy(ill)
    ours, theirs = await at_rest(ill), await at_rest(clean)
    differ = {name: ((ours[name] - theirs[name]) + (theirs[name] - ours[name])).total() for name in ours}
    for name in differ:
        for how, rows_of in (("only here", ours[name] - theirs[name]), ("only there", theirs[name] - ours[name])):
            for row in sorted(rows_of)[:SHOWN_MAX]:
                say(f"{name}, {how}: {row}")
    return _told(found, differ, options)


def _hard(nth: int, kind: str, name: str) -> list[Put]:
    return [*good(HARD_CASES + nth), *bad(kind, name, 0, poisoned=False)]


async def _tidy(house: House) -> None:
    for room in ROOMS:
        say(f"{room}: {json.dumps(await settled(house, room))}")


def _told(found: Found, differ: dict[str, int], options: argparse.Namespace) -> dict[str, object]:
    middle = {name: median(each) for name, each in found.p99_ms.items()}
    for room in ROOMS:
        was, now = middle[f"clean {room}"], middle[f"bad {room}"]
        if now - was > max(MILLISECONDS_MAX, was * PERCENT_MAX / 100):
            found.wrong.append(f"{room}: p99 of other cases went from {was} to {now} ms")
    parked = found.reasons.total()
    expected = len(ROOMS) * (options.runs * options.bad + len(HARD))
    if parked != expected:
        found.wrong.append(f"{parked} events were parked of {expected}")
    found.wrong += [f"{name}: {n} rows differ" for name, n in differ.items() if n]
    return {
        "p99_ms": middle, "each_run": found.p99_ms, "parked": parked, "reasons": dict(found.reasons),
        "restarts": found.restarts, "parked_after_s": found.parked_s, "rows_differ": differ, "found": found.wrong,
    }  # fmt: skip


def main(words: Sequence[str]) -> int:
    """Run the proof: 0 only when everything was parked, cost others little, and left the rows of a clean house."""
    parser = argparse.ArgumentParser(prog="./spis prove poison")
    parser.add_argument("--good", type=int, default=10_000, help="good events a run")
    parser.add_argument("--bad", type=int, default=200, help="bad events among them")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--rate", type=float, default=40.0, help="events a second")
    options = parser.parse_args(list(words))
    modules = {f"{room}-{half}": f"tests.prove.poisoned.{room}" for room in ROOMS for half in ("worker", "migrate")}
    told = {**UNPACED, "SPIS_POISONED": "1"}
    with House.temporary(clock=STARTS, rooms=ROOMS, modules=modules, settings=UNPACED) as clean:
        with House.temporary(clock=STARTS, rooms=ROOMS, modules=modules, settings=told) as ill:
            result = asyncio.run(prove(clean, ill, options))
    sys.stdout.write(json.dumps(result) + "\n")
    return 1 if result["found"] else 0
