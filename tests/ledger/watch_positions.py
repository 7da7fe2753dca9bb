"""An observer of how far each room has heard each partition, by its own rows; it only reads."""

import asyncio

from tests.ledger.databases import AWAY, Databases
from tests.ledger.plan import ROOMS
from tests.ledger.record import Recorder

LOOK_SECONDS = 0.5
POSITIONS = "SELECT topic, partition, epoch, next_offset FROM positions"


async def watch_positions(databases: Databases, recorder: Recorder) -> None:
    """Record every change of a position that is seen, until cancelled."""
    known: dict[tuple[str, str, int], tuple[int, int]] = {}
    while True:
        for room in ROOMS:
            try:
                rows = await databases.ask(room, POSITIONS)
            except AWAY:
                continue
            for row in rows:
                place = (room, row["topic"], row["partition"])
                if known.get(place) != (row["epoch"], row["next_offset"]):
                    known[place] = (row["epoch"], row["next_offset"])
                    recorder.note("position", room=room, **dict(row))
        await asyncio.sleep(LOOK_SECONDS)
