"""`./spis prove restored`: a room's database is put back to an earlier point under load, its processes running.

Its relay refuses until `./spis restored`, its readers go on, nothing later is dropped, nothing is told twice, and what
was accepted after the point is listed by reference.
"""

import argparse
import asyncio
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from aiokafka import ConsumerRecord

from deploy.demo.acts import REFERRALS, seen
from deploy.demo.story import STARTS
from deploy.house import House, backup
from deploy.house.layout import ROOMS
from deploy.house.progress import Telling
from deploy.house.restore import copy_beside, take_places
from services.bus.checkpoints import CHECKPOINT
from tests.journeys.looking import attribute, body, log_lines, number, records, rows
from tests.journeys.town import Town, referral_path
from tests.prove.operating import missing, operate
from tests.prove.saying import say
from tests.prove.steady import Steady, going_on, towns_of
from tests.unpaced import UNPACED

PLACES = ("FBIH-K10-LIV", "RS-BIL", "RS-GAC")
ROOM, TOPIC = "referral", "spis.referral.referrals.v1"
SECONDS_APART = 0.7
NOTICED_SECONDS_MAX = 60.0
REST_SECONDS_MAX = 90.0
STILL = 3
ACCEPTED = "ba.spis.referral.referral.accepted.v1"
UNREST = """SELECT (SELECT count(*) FROM outbox WHERE published_at IS NULL) + (SELECT count(*) FROM set_aside)"""
HEARD = "SELECT coalesce(sum(next_offset), 0) FROM positions"
TOLD_TWICE = {
    "alerts": (
        "notifications",
        "SELECT code, subject, desk, step FROM alerts GROUP BY 1, 2, 3, 4 HAVING count(*) > 1",
    ),
    "frames": ("notifications", "SELECT alert, kind FROM frames GROUP BY 1, 2 HAVING count(*) > 1"),
    "facts": ("analytics", "SELECT type, subject FROM facts GROUP BY 1, 2 HAVING count(*) > 1"),
}
"""In this load nothing climbs, so whatever is told of a thing is told of it once."""
STANDS = "SELECT ref FROM referrals WHERE state NOT IN ('waiting', 'no_receiver')"
NEW_NUMBERS = "SELECT key, max(sequence) AS last FROM outbox WHERE incarnation = 2 AND topic = $1 GROUP BY key"
MARKS = "SELECT key, incarnation, last FROM heard WHERE topic = $1"


@dataclass(slots=True)
class Found:
    """What was measured, and what must not be."""

    figures: dict[str, Any] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)

    def expect(self, holds: object, what: str) -> None:
        """Note what does not hold."""
        if not holds:
            self.wrong.append(what)


async def put_back(house: House, folder: Path) -> None:
    """Let a copy take the database's name while everything of the room goes on running."""
    dump = folder / f"{ROOM}.dump"
    await asyncio.to_thread(copy_beside, house.server, ROOM, dump)
    await asyncio.to_thread(take_places, house.server, [ROOM])
    house.server.does("postgres", f'DROP DATABASE "{ROOM}_replaced" WITH (FORCE)')
    await asyncio.to_thread(house.make_database, ROOM)


async def refusing(house: House, seconds: float, found: Found) -> None:
    """The relay says that the log is ahead, and publishes nothing until it is told."""
    began = time.monotonic()

    async def refuses() -> bool:
        return any(line.get("event") == "log_ahead" for line in log_lines(house, f"{ROOM}-worker"))

    await seen(refuses, "the relay's refusal", NOTICED_SECONDS_MAX)
    found.figures["refused_after_s"] = round(time.monotonic() - began, 1)
    before = len(await said(house))
    await asyncio.sleep(seconds)
    found.figures["waited_unpublished"] = await number(house, ROOM, UNREST)
    found.expect(len(await said(house)) == before, "something was published before ./spis restored")
    found.expect(found.figures["waited_unpublished"], "nothing waited, so the refusal shows nothing")


async def said(house: House) -> list[ConsumerRecord[bytes, bytes]]:
    """What the room said about referrals, but for checkpoints."""
    return [record for record in await records(house, TOPIC) if attribute(record, "type") != CHECKPOINT]


async def at_rest(house: House) -> None:
    """Wait until nothing is unpublished, set aside or unheard."""
    before: list[int] = []
    still = 0

    async def look() -> bool:
        nonlocal before, still
        heard = [await number(house, room, HEARD) for room in ROOMS]
        waits = sum([await number(house, room, UNREST) for room in ROOMS])
        still = still + 1 if heard == before and not waits else 0
        before = heard
        await asyncio.sleep(1)
        return still >= STILL

    await seen(look, "rest", REST_SECONDS_MAX)


async def twice(house: House) -> dict[str, list[str]]:
    """What was told twice: on the topic but for when, on a desk, on a stream, among the facts."""
    words: dict[tuple[str, str], list[str]] = {}
    for record in await said(house):
        told = {name: value for name, value in body(record).items() if not _is_moment(value)}
        of = (attribute(record, "type"), json.dumps(told, sort_keys=True))
        words.setdefault(of, []).append(attribute(record, "id"))
    again = [f"{kind} {what}" for (kind, what), ids in words.items() if len(set(ids)) > 1]
    found = {"announcements": again}
    for name, (room, question) in TOLD_TWICE.items():
        found[name] = [" ".join(map(str, row)) for row in await rows(house, room, question)]
    return found


def _is_moment(value: object) -> bool:
    return isinstance(value, str) and len(value) > 10 and value[4] == value[7] == "-" and value[:4].isdigit()


async def nothing_dropped(house: House, found: Found) -> None:
    """Everything said under the new incarnation was dealt with by each room that reads it."""
    later = {row["key"]: row["last"] for row in await rows(house, ROOM, NEW_NUMBERS, TOPIC)}
    for reader in ("intake", "notifications", "analytics"):
        marks = {row["key"]: (row["incarnation"], row["last"]) for row in await rows(house, reader, MARKS, TOPIC)}
        behind = [key for key, last in later.items() if marks.get(key) != (2, last)]
        found.expect(not behind, f"{reader} did not hear all of {behind[:3]}")
    found.figures["keys_under_the_new_incarnation"] = len(later)


async def decided_again(house: House, towns: Sequence[Town], lost: set[str]) -> int:
    """People accept again what the room no longer knows they accepted; how many."""
    again = 0
    for town in towns:
        open_now = (await town.provider().get(REFERRALS, state="waiting", limit="200"))["items"]
        for referral in open_now:
            if referral["referral"] in lost:
                await town.provider().does(referral_path(referral, "accept"))
                again += 1
    return again


async def prove(house: House, folder: Path, seconds: float) -> dict[str, object]:
    """Copy, go on, put back, refuse, tell, go on, rest, compare."""
    found = Found()
    async with towns_of(house, *PLACES) as towns:
        async with going_on(towns, SECONDS_APART) as load:
            await asyncio.sleep(seconds)
            told = await asyncio.to_thread(backup.make, house.server, (ROOM,), folder, datetime.now(UTC), _nobody)
            at_point = set(load.accepted)
            say(f"copied {len(told.copies)} databases at {len(load.taken)} reports, {len(at_point)} accepted")
            await asyncio.sleep(seconds)
            await put_back(house, folder)
            after = set(load.accepted) - at_point
            say(f"put back at {len(load.taken)} reports; {len(after)} more were accepted after the point")
            await refusing(house, seconds, found)
            answer = await operate(house, ROOM, "restored")
            listed = {each["subject"] for each in answer["said_after_the_point"]}
            say(f"incarnation {answer['incarnation']}, {len(listed)} references said after the point")
            found.expect(answer["incarnation"] == 2, "the incarnation did not rise")
            await asyncio.sleep(seconds)
        await at_rest(house)
        lost = {e["subject"] for e in answer["said_after_the_point"] if e["type"] == ACCEPTED}
        known = {row["ref"] for row in await rows(house, ROOM, STANDS)}
        found.expect(after <= known | listed, f"accepted, unknown and not listed: {sorted(after - known - listed)[:3]}")
        found.figures["accepted_again"] = await decided_again(house, towns, lost)
        await at_rest(house)
        await _conclude(house, load, found)
    return found.figures | {"accepted_after": len(after), "listed": len(listed), "found": found.wrong}


async def _conclude(house: House, load: Steady, found: Found) -> None:
    await nothing_dropped(house, found)
    again = await twice(house)
    found.figures |= {"reports": len(load.taken), "twice": {name: len(each) for name, each in again.items()}}
    for name, each in again.items():
        found.expect(not each, f"{len(each)} {name} told twice, such as {each[:2]}")
    for room in ROOMS:
        found.expect(not (alarms := await missing(house, room)), f"{room} misses {sorted(alarms)[:3]}")


def _nobody(_: str) -> None:
    return None


def main(words: Sequence[str]) -> int:
    """Run the proof: 0 only when all of its sentence held."""
    parser = argparse.ArgumentParser(prog="./spis prove restored")
    parser.add_argument("--seconds", type=float, default=20.0, help="of load in each of the four stretches")
    options, telling = parser.parse_args(list(words)), Telling()
    with House.temporary(clock=STARTS, settings=UNPACED, watch=telling.watch) as house:
        telling.end()
        with TemporaryDirectory() as folder:
            result = asyncio.run(prove(house, Path(folder) / "copy", options.seconds))
    sys.stdout.write(json.dumps(result) + "\n")
    return 1 if result["found"] else 0
