"""`./spis bench seen`: how long it is from sending a report to its row in another person's browser, under steady load.

Every town's school reports by a clock that waits for no answer. One caseworker has her inbox open in a real browser and
acknowledges what she saw a while later: about as many rows wait as the page shows latest ones, so that what is new is
always on it. The floor is the same account's stream at a plain client; before it lie the answer, the outbox, the topic
and the alert.
"""

import argparse
import asyncio
import json
import os
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from deploy.demo.acts import seen
from deploy.demo.cast import Cast
from deploy.demo.desk import Desk
from deploy.demo.story import STARTS
from deploy.demo.visitor import NotObserved, client
from deploy.house import House
from tests.bench.figures import percentiles
from tests.bench.sending import Sender, everybody_listed, towns
from tests.bench.tending import Tended, tended
from tests.journeys.looking import rows
from tests.unpaced import UNPACED

REPORTS, REPORTS_MAX, RATE, ONE_IN = 3_000, 30_000, 50.0, 25
TOWN = "FBIH-K10-KUP"
SEEN_P95_MS_MAX, SEEN_P99_MS_MAX, RATE_SHARE_MIN = 1_000.0, 2_000.0, 0.95
UNSEEN_SECONDS_MAX = 30.0
WAITING = 20
KEPT, MISSED, NEVER_SEEN = 0, 1, 2
REPORTED = """SELECT subject, correlation_id AS by, accepted_at, published_at FROM outbox
    WHERE type LIKE 'ba.spis.intake.report.received.%'"""
ALERTED = """SELECT correlation_id AS by, min(accepted_at) AS at FROM outbox
    WHERE type LIKE 'ba.spis.notifications.alert.raised.%' GROUP BY correlation_id"""

Moments = Mapping[str, float]


async def until_seen(inbox: Tended, wanted: Sender) -> None:
    """Wait for the last rows, but not for ever."""

    async def look() -> bool:
        return wanted.sent.keys() <= inbox.came.keys() & inbox.told().keys()

    with suppress(NotObserved):
        await seen(look, "the last rows", UNSEEN_SECONDS_MAX)


async def kept_by_rooms(house: House) -> dict[str, Moments]:
    """When intake had kept each report, when the topic had it, and when notifications had put it on a desk."""
    reported = await rows(house, "intake", REPORTED)
    alerted = {row["by"]: row["at"].timestamp() for row in await rows(house, "notifications", ALERTED)}
    return {
        "accepted": {row["subject"]: row["accepted_at"].timestamp() for row in reported},
        "published": {row["subject"]: row["published_at"].timestamp() for row in reported if row["published_at"]},
        "alerted": {row["subject"]: alerted[row["by"]] for row in reported if row["by"] in alerted},
    }


def since(sent: Moments, came: Moments) -> dict[str, float]:
    """How long it took of those that came."""
    times = [(came[ref] - at) * 1_000 for ref, at in sent.items() if ref in came]
    return percentiles(times) if len(times) > 1 else {}


async def run(house: House, reports: int, rate: float, one_in: int) -> dict[str, Any]:
    """Send, look, and put beside each other what was seen where."""
    async with client(house.origin) as http, client(house.origin) as hers:
        await everybody_listed(house)
        desk = Desk(Cast(house, hers, TOWN).person("caseworker", TOWN))
        sender = Sender.at(house, http, TOWN, one_in)
        await sender.once_each()
        await desk.listen()
        async with tended(house, desk, WAITING * one_in / rate) as inbox:
            off, before = await inbox.clock_off_ms(), os.getloadavg()[0]
            await sender.run(reports, rate)
            await until_seen(inbox, sender)
            most, came, told = await inbox.most(), dict(inbox.came), inbox.told()
        await desk.drop()
        rooms = await kept_by_rooms(house)
        lost = {name: len(sender.sent.keys() - at.keys()) for name, at in (("stream", told), ("browser", came))}
        return {
            "reports": reports,
            "rate": round(sender.rate(), 1),
            "refused": len(sender.refused),
            "sent_late": percentiles(sender.late_ms),
            "answered": percentiles(sender.answered_ms),
            "town": {"unit": TOWN, "reports": len(sender.sent), "waiting_most": most},
            **{name: since(sender.sent, at) for name, at in rooms.items()},
            "stream": since(sender.sent, told),
            "browser": since(sender.sent, came),
            "never_seen": lost,
            "clock_off_ms": off,
            "load": [round(before, 1), round(os.getloadavg()[0], 1)],
        }


def judged(measured: Mapping[str, Any], rate: float) -> int:
    """Whether all was seen, and in time, at the rate that was asked for."""
    if measured["refused"] or any(measured["never_seen"].values()) or not measured["browser"]:
        return NEVER_SEEN
    took = measured["browser"]
    in_time = took["p95_ms"] <= SEEN_P95_MS_MAX and took["p99_ms"] <= SEEN_P99_MS_MAX
    return KEPT if in_time and measured["rate"] >= rate * RATE_SHARE_MIN else MISSED


def beside(measured: Mapping[str, Any]) -> dict[str, Any]:
    """What is told of every bench: its figure, the floor's, and how they compare."""
    value, floor = measured["browser"].get("p95_ms"), measured["stream"].get("p95_ms")
    ratio = round(value / floor, 3) if value and floor else None
    marks = f"p95 ≤ {SEEN_P95_MS_MAX:g}, p99 ≤ {SEEN_P99_MS_MAX:g}, all seen"
    return {"name": "seen", "value": value, "floor": floor, "ratio": ratio, "unit": "ms", "mark": marks}


def lines(measured: Mapping[str, Any]) -> list[str]:
    """The same for people."""
    town, load = measured["town"], measured["load"]
    told = [
        f"  {measured['reports']} reports at {measured['rate']} a second from {len(towns())} towns, "
        f"{town['reports']} of them to {town['unit']}; {measured['refused']} refused; load {load[0]}, then {load[1]}",
        f"  since just before sending, in ms (clocks at most {measured['clock_off_ms']} apart):",
    ]
    for name in ("answered", "accepted", "published", "alerted", "stream", "browser"):
        told.append(f"  {name:<10} " + "  ".join(f"{part[:-3]} {ms:>7}" for part, ms in measured[name].items()))
    return [*told, f"  never seen: {measured['never_seen']}; at most {town['waiting_most']} rows waited at once"]


def main(words: Sequence[str]) -> int:
    """Run it, and tell what was measured."""
    wanted = argparse.ArgumentParser(prog="./spis bench seen")
    wanted.add_argument("--reports", type=int, default=REPORTS)
    wanted.add_argument("--rate", type=float, default=RATE)
    wanted.add_argument("--one-in", type=int, default=ONE_IN, help="one report in so many is about the town looked at")
    wanted.add_argument("--json", action="store_true", help="for programs")
    given = wanted.parse_args(words)
    if not 2 * given.one_in <= given.reports <= REPORTS_MAX or given.rate <= 0 or given.one_in < 1:
        wanted.error(f"send up to {REPORTS_MAX} reports, at least two of them to the town, and some every second")
    with House.temporary(clock=STARTS, settings=UNPACED) as house:
        measured = asyncio.run(run(house, given.reports, given.rate, given.one_in))
    ends = judged(measured, given.rate)
    for line in () if given.json else lines(measured):
        sys.stderr.write(line + "\n")
    sys.stdout.write(json.dumps({**beside(measured), **measured, "kept": ends == KEPT}) + "\n")
    return ends
