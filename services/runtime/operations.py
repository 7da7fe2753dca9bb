"""What an operator does to one room by hand: rebuild views, deal with parked events, publish again, mark a restore."""

import argparse
import getpass
import json
import math
import sys
from collections.abc import Sequence
from typing import Any

from services.bus.kafka import KafkaSettings
from services.bus.parking import drop, parking_lot, replay
from services.bus.tail import columns, tail
from services.contracts.catalog import CATALOG, DIRECTORY
from services.contracts.failures import Refused
from services.runtime.hearing import hearing
from services.runtime.room import Room, Surroundings
from services.storage.database import Database
from services.storage.stamp import Stamp
from services.storage.work import Work

NAMES = ("rebuild", "park", "republish", "restored", "missing")
STATES = frozenset(entry.type for entry in CATALOG if entry.topic == DIRECTORY)
REBUILD_ROWS = 2_000
REBUILD_SECONDS_MAX = 3_600.0


async def run(name: str, room: Room, around: Surroundings, arguments: Sequence[str]) -> None:
    """Do one of `NAMES` or of the room's own commands, and say what was done."""
    options = _parser(name, room.name).parse_args(list(arguments))
    stamp = Stamp(around.clock.now(), f"operator {getpass.getuser()}", f"{name}-{around.clock.now():%Y%m%d%H%M%S}")
    match name:
        case own if own in room.commands:
            done = dict(await room.commands[own](around, getattr(options, "words", ())))
        case "rebuild":
            done = await rebuild(room, around.database, stamp)
        case "park":
            done = await _park(room, around, stamp, options)
        case "republish":
            # Readers drop what they have, and apply what they lack.
            done = {"subject": options.ref, "again": len(await around.database.read("republish", options.ref))}
        case "missing":
            if options.settle:
                await around.database.read("settle_loss", *options.settle, stamp.actor)
            done = {"room": room.name, "missing": [dict(row) for row in await around.database.read("losses")]}
        case _:
            done = await restored(around.database, around.settings.kafka)
            if room.after_restore:
                done |= await room.after_restore(around)
    sys.stdout.write(json.dumps(done, default=str, indent=None if options.json else 2) + "\n")


async def rebuild(room: Room, database: Database, stamp: Stamp) -> dict[str, Any]:
    """Draw the rows people read again from the facts, in one transaction: until then readers see the old ones."""
    deciders = {decider.name: decider for decider in room.deciders}
    counted = 0

    async def action(work: Work) -> None:
        nonlocal counted
        counted = 0
        for table in room.view_tables:
            # Readers go on; a command that shows something waits, for its row is about to be drawn anew.
            await work.conn.execute(f"LOCK TABLE {table} IN EXCLUSIVE MODE", timeout=REBUILD_SECONDS_MAX)
        for table in room.view_tables:
            await work.conn.execute(f"DELETE FROM {table}", timeout=REBUILD_SECONDS_MAX)  # noqa: S608 - our own name
        cursor = work.conn.cursor(ALL_EVENTS, prefetch=REBUILD_ROWS)
        async for row in cursor:
            name, _, ref = row["stream"].partition("/")
            drawn = Stamp(row["recorded_at"], row["actor"], row["correlation_id"])
            for change in deciders[name].show(ref, deciders[name].restore(row["type"], row["data"]), drawn):
                work.change(change.statement, *change.arguments)
            counted += 1
            if counted % REBUILD_ROWS == 0:
                await work.flush_changes()

    if room.view_tables:
        await database.transact(stamp, action)
    return {"room": room.name, "events": counted, "tables": list(room.view_tables)}


ALL_EVENTS = "SELECT stream, type, data, recorded_at, actor, correlation_id FROM stream_events ORDER BY position"


async def _park(room: Room, around: Surroundings, stamp: Stamp, options: argparse.Namespace) -> Any:
    hear = hearing(room.hears(around))
    match options.what:
        case "replay":
            left = await replay(around.database, stamp, hear, options.id, dry_run=options.dry_run)
            return {"replayed": options.id, "dry_run": options.dry_run, "still_waiting": left}
        case "drop":
            if not options.reason:
                raise Refused("reason_missing", "say why with --reason: it is kept")
            left = await drop(around.database, stamp, hear, options.id, options.reason)
            return {"dropped": options.id, "reason": options.reason, "still_waiting": left}
        case _:
            return [one for one in await parking_lot(around.database) if options.id in (None, one["id"])]


async def restored(database: Database, kafka: KafkaSettings) -> dict[str, Any]:
    """After a restore to an earlier point every key begins again, and what was said after the point is listed."""
    known = {(row["topic"], row["partition"]): row["last_offset"] for row in await database.read("last_offsets")}
    # All of it: what is not recognised here as told already would be told a second time.
    beyond = {event.id: event for event in await tail(kafka, database.room, known, events_max=math.inf)}
    ids, *numbers, bodies = columns(list(beyond.values()))
    lost = [beyond[row["id"]] for row in await database.read("not_in_outbox", ids, *numbers, bodies)]
    # Who works where is a state and may have to be restated; anything else happened once, and is told.
    told = [event for event in lost if event.type not in STATES]
    once = [event.key for event in told], [event.type for event in told], columns(told)[-1]
    raised = await database.read("raise_incarnation", ids, bodies, *once)
    said = [{"subject": event.subject, "type": event.type, "at": event.recorded_time} for event in lost]
    return {"room": database.room, "incarnation": raised[0]["value"], "said_after_the_point": said}


def _parser(name: str, room: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=f"python -m {room} {name}")
    parser.add_argument("--json", action="store_true", help="one line for machines")
    if name == "park":
        parser.add_argument("what", choices=("list", "show", "replay", "drop"))
        parser.add_argument("id", type=int, nargs="?")
        parser.add_argument("--dry-run", action="store_true", help="try, and leave everything as it is")
        parser.add_argument("--reason", help="why an event is given up")
    if name == "missing":
        parser.add_argument("--settle", nargs=2, metavar=("'HOP REFERENCE'", "REASON"), help="go on without it")
    if name not in NAMES:
        parser.add_argument("words", nargs="*", help="what this command asks for")
    if name == "republish":
        parser.add_argument("ref", help="the reference of a report, case, referral or alert")
    return parser
