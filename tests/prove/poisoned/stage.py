"""A room whose reactions come to grief over some events, as a bug of ours would: they raise, kill the process, or never
return. Everything else is the room's own; without `SPIS_POISONED` it deals with all of them.
"""

import asyncio
import os
import signal
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from services.bus.heard import Heard, Reaction
from services.bus.parking import drop, parking_lot, replay
from services.runtime.hearing import hearing
from services.runtime.room import Room, Surroundings
from services.storage.stamp import Stamp
from services.storage.work import Work
from tests.ledger.witness.stage import serve

RAISES, KILLS, HANGS = "R-RAIS", "R-KILL", "R-HANG"
HANGS_SECONDS = 3_600.0
OUR_FAULT = ("bug:", "killed or hung")
"""How the reasons begin that end with a mended release; what broke its contract can only be given up."""


def poisoned(room: Room) -> Room:
    """The room, coming to grief where a subject's name says so; effects go before, so that there is some to undo."""

    def hears(around: Surroundings) -> Mapping[type, Reaction]:
        return {event: partial(_come_to_grief, own) for event, own in room.hears(around).items()}

    commands = {"park-all": _park_all} if "SPIS_POISONED" not in os.environ else {}
    return replace(room, hears=hears if "SPIS_POISONED" in os.environ else room.hears, commands=commands)


async def _come_to_grief(own: Reaction, work: Work, heard: Heard) -> None:
    await own(work, heard)
    match heard.envelope.subject[: len(RAISES)]:
        case name if name == RAISES:
            raise ZeroDivisionError
        case name if name == KILLS:
            os.kill(os.getpid(), signal.SIGKILL)
        case name if name == HANGS and heard.envelope.subject.endswith("1"):
            _hold_everything_up()
        case name if name == HANGS:
            await asyncio.sleep(HANGS_SECONDS)
        case _:
            return


def _hold_everything_up() -> None:
    time.sleep(HANGS_SECONDS)


async def _park_all(around: Surroundings, _: Sequence[str]) -> Mapping[str, Any]:
    """What a person does after a mended release: replay what was our fault, give up what broke its contract."""
    from importlib import import_module

    room: Room = import_module(f"{around.room}.__main__").ROOM
    stamp = Stamp(around.clock.now(), "operator", "park-all")
    hear = hearing(room.hears(around))
    done = {"replayed": 0, "dropped": 0}
    for parked in await parking_lot(around.database):
        if parked["reason"] and parked["reason"].startswith(OUR_FAULT):
            await replay(around.database, stamp, hear, parked["id"], dry_run=False)
            done["replayed"] += 1
        elif parked["reason"]:
            await drop(around.database, stamp, hear, parked["id"], "it broke its contract")
            done["dropped"] += 1
    return {**done, "left": len(await parking_lot(around.database))}


def run(room: Room) -> None:
    """Run one of the room's commands."""
    serve(poisoned(room))
