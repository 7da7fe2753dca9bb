"""Measures what a worker cannot see from its own events: what waits, what is parked, what is missing."""

import asyncio
from contextlib import suppress
from datetime import timedelta

import structlog

from services.contracts.failures import Unavailable
from services.runtime.room import Room, Surroundings
from services.storage.database import Database
from services.telemetry import metrics

SECONDS_BETWEEN = 5.0
HELD_SECONDS_MAX = 30.0
PUBLISHED_KEPT = timedelta(days=7)

log = structlog.get_logger()


async def measure(room: Room, around: Surroundings, stop: asyncio.Event) -> None:
    """Measure every few seconds until `stop`; an alarm is logged when it begins, and its metric says when it ends."""
    alarmed: set[str] = set()
    while not stop.is_set():
        try:
            alarms = await alarms_of(around.database)
            for row in await around.database.read("overdue", around.clock.now()):
                metrics.OVERDUE_SECONDS.labels(room.name).set(row["seconds"])
            await room.measure(around)
            await around.database.read("prune", PUBLISHED_KEPT)
        except Unavailable:
            alarms = alarmed
        for alarm in sorted(alarms - alarmed):
            log.error("loss_alarm", hop=alarm.partition(" ")[0], subject=alarm.partition(" ")[2])
        alarmed = alarms
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), SECONDS_BETWEEN)


async def alarms_of(database: Database) -> set[str]:
    """Where this room knows now that something is missing or cannot be done; a hop, then what it is about."""
    room = database.room
    figures = (await database.read("figures_of_rows"))[0]
    for name, gauge in metrics.OF_ROWS.items():
        gauge.labels(room).set(figures[name])
    alarms: set[str] = set()
    if figures["held_seconds"] > HELD_SECONDS_MAX:
        alarms.add("topic an earlier event does not come")
    for row in await database.read("numbers_lost"):
        alarms.add(f"outbox {row['topic']} {row['key']}")
    for row in await database.read("missing_heard"):
        alarms.add(f"topic {row['topic']}/{row['partition']} from {row['source']}")
    for row in await database.read("deadlines_failing"):
        alarms |= {"deadlines appointments fail again and again"} if row["number"] else set()
    metrics.LOSS_ALARMS.labels(room).set(len(alarms))
    return alarms
