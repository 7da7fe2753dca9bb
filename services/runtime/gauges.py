"""Measures what a worker cannot see from its own events: what waits, what is parked, what is missing."""

import asyncio
from contextlib import suppress
from datetime import timedelta
from itertools import count

import structlog

from services.contracts.failures import Unavailable
from services.runtime.room import Room, Surroundings
from services.storage.database import Database
from services.telemetry import metrics

SECONDS_BETWEEN = 5.0
TURNS_BETWEEN_LOOKS = 4
"""Looking for what is missing costs more than measuring, and is done every so many turns: three times a minute."""
PUBLISHED_KEPT = timedelta(days=7)
MISSING = "missing_"
LOSSES_MAX = 1_000

log = structlog.get_logger()


async def measure(room: Room, around: Surroundings, stop: asyncio.Event) -> None:
    """Measure every few seconds until `stop`, and now and then look for what is missing."""
    for turn in count():
        with suppress(Unavailable):
            figures = (await around.database.read("figures_of_rows"))[0]
            for name, gauge in metrics.OF_ROWS.items():
                gauge.labels(room.name).set(figures[name])
            for row in await around.database.read("overdue", around.clock.now()):
                metrics.OVERDUE_SECONDS.labels(room.name).set(row["seconds"])
            if turn % TURNS_BETWEEN_LOOKS == 0:
                await alarms_of(around.database)
            await room.measure(around)
            await around.database.read("prune", PUBLISHED_KEPT)
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), SECONDS_BETWEEN)
            return


async def alarms_of(database: Database) -> set[str]:
    """What this room knows to be missing now: a hop, then what of; each is logged when it is found, and once."""
    for name in sorted(name for name in database.statements if name.startswith(MISSING)):
        hop = name.removeprefix(MISSING)
        found = sorted(row["reference"] for row in await database.read(name))[:LOSSES_MAX]
        for new in await database.read("keep_losses", hop, found):
            log.error("loss_alarm", hop=hop, subject=new["reference"])
    alarms = {f"{row['hop']} {row['reference']}" for row in await database.read("losses")}
    metrics.LOSS_ALARMS.labels(database.room).set(len(alarms))
    return alarms
