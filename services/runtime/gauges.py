"""Measures what a worker cannot see from its own events: what waits, what is parked, what is missing."""

import asyncio
from contextlib import suppress
from datetime import timedelta

import structlog

from services.contracts.failures import Unavailable
from services.storage.database import Database
from services.telemetry import metrics

SECONDS_BETWEEN = 5.0
HELD_SECONDS_MAX = 30.0
PUBLISHED_KEPT = timedelta(days=7)

log = structlog.get_logger()


async def measure(database: Database, stop: asyncio.Event) -> None:
    """Measure every few seconds until `stop`; an alarm is logged when it begins, and its metric says when it ends."""
    alarmed: set[str] = set()
    while not stop.is_set():
        try:
            alarms = await alarms_of(database)
            await database.read("prune_outbox", PUBLISHED_KEPT)
            await database.read("prune_paces")
        except Unavailable:
            alarms = alarmed
        for alarm in sorted(alarms - alarmed):
            log.error("loss_alarm", hop=alarm.partition(" ")[0], subject=alarm.partition(" ")[2])
        alarmed = alarms
        with suppress(TimeoutError):
            async with asyncio.timeout(SECONDS_BETWEEN):
                await stop.wait()


async def alarms_of(database: Database) -> set[str]:
    """Where this room knows now that something is missing or cannot be done; a hop, then what it is about."""
    room = database.room
    outbox = await database.read("outbox_age")
    metrics.OUTBOX_OLDEST_SECONDS.labels(room).set(outbox[0]["seconds"])
    waiting = (await database.read("waiting_ages"))[0]
    metrics.HELD.labels(room).set(waiting["held"])
    metrics.PARKED.labels(room).set(waiting["parked"])
    metrics.OLDEST_PARKED_SECONDS.labels(room).set(waiting["parked_seconds"])
    alarms: set[str] = set()
    if waiting["held_seconds"] > HELD_SECONDS_MAX:
        alarms.add("topic an earlier event does not come")
    for row in await database.read("numbers_lost"):
        alarms.add(f"outbox {row['topic']} {row['key']}")
    for row in await database.read("missing_heard"):
        alarms.add(f"topic {row['topic']}/{row['partition']} from {row['source']}")
    for row in await database.read("deadlines_failing"):
        alarms |= {"deadlines appointments fail again and again"} if row["number"] else set()
    metrics.LOSS_ALARMS.labels(room).set(len(alarms))
    return alarms
