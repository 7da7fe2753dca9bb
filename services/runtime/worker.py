"""A room's worker: relay, consumer, watchdog and gauges in one process, and a small page that says how they fare.

Kafka's absence never stops the watchdog; a relay that Kafka leaves without an answer ends the process, since only a new
one is sure to have nothing in flight.
"""

import asyncio
import os
import socket
import time
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from functools import partial
from typing import Any

import structlog
from aiokafka.errors import KafkaError
from fastapi import FastAPI

from services.bus.batch import Keep, keep_batch
from services.bus.consumer import Consumer
from services.bus.kafka import consumer, producer
from services.bus.relay import LogAhead, Relay
from services.bus.tail import tail
from services.contracts.catalog import CATALOG, topics_heard_by
from services.http.serving import serve
from services.http.status import status_pages
from services.runtime.gauges import measure
from services.runtime.hearing import hearing
from services.runtime.room import Room, Surroundings
from services.runtime.status import Liveness
from services.runtime.watchdog import Watchdog
from services.storage.stamp import Stamp

HUNG_SECONDS = 30
KAFKA_START_SECONDS_MAX = 10.0
KAFKA_AGAIN_SECONDS = 1.0
LOG_AHEAD_SECONDS = 5.0
DRAIN_SECONDS_MAX = 5.0
EXIT_STUCK = 70

log = structlog.get_logger()


async def work(room: Room, around: Surroundings, *, keep: Keep = keep_batch) -> None:
    """Run until SIGTERM or SIGINT, then drain in bounded time; `keep` is how what was heard is kept."""
    stop, liveness = asyncio.Event(), Liveness(HUNG_SECONDS)
    page = FastAPI(openapi_url=None)
    page.include_router(status_pages("", liveness.waits_for, lambda: liveness.alive))
    running = [
        asyncio.create_task(part, name=name)
        for name, part in {
            "relay": _relay(room, around, stop, liveness),
            "consumer": _consume(room, around, stop, liveness, keep),
            "watchdog": Watchdog(around.database, room.on_due(around), partial(_stamp, around)).run(stop),
            "beside": room.beside(around, stop) if room.beside else stop.wait(),
            "gauges": measure(room, around, stop),
            "status": serve(page, around.settings.worker, around.settings.gateway, stop),
        }.items()
    ]
    stopped = asyncio.create_task(stop.wait())
    done, _ = await asyncio.wait([*running, stopped], return_when=asyncio.FIRST_COMPLETED)
    _end_on_failure(done)
    log.info("draining", room=room.name)
    _, late = await asyncio.wait(running, timeout=DRAIN_SECONDS_MAX)
    for task in late:
        task.cancel()


def _end_on_failure(done: set[asyncio.Task[Any]]) -> None:
    for task in done:
        if not task.cancelled() and (error := task.exception()):
            log.error("worker_ends", kind=task.get_name(), exc_info=error)
            os._exit(EXIT_STUCK)  # a stop() of the Kafka client may never return


async def _relay(room: Room, around: Surroundings, stop: asyncio.Event, liveness: Liveness) -> None:
    if not any(entry.owner == room.name for entry in CATALOG):
        await stop.wait()
        return
    client = await _connected(lambda: producer(around.settings.kafka, f"{room.name}-relay"), stop, liveness, "relay")
    if client is None:
        return
    holder = f"{socket.gethostname()}/{os.getpid()}/{time.monotonic_ns()}"
    behind = partial(tail, around.settings.kafka, room.name)
    relay = Relay(client, around.database, holder, behind)
    try:
        # After a restore only publishing waits for the operator, everything else goes on.
        while not stop.is_set():
            try:
                await relay.run(stop)
            except LogAhead as error:
                log.error("log_ahead", hop="database", code=str(error))
                await asyncio.sleep(LOG_AHEAD_SECONDS)
    finally:
        await _within(DRAIN_SECONDS_MAX, client.stop())


async def _consume(room: Room, around: Surroundings, stop: asyncio.Event, liveness: Liveness, keep: Keep) -> None:
    await room.on_start(around)
    topics = [topic.name for topic in topics_heard_by(room.name)]
    make = partial(consumer, around.settings.kafka, f"{room.name}-worker", f"spis.{room.name}")
    client = await _connected(make, stop, liveness, "consumer")
    liveness.connected = client is not None
    if client is None or not topics:
        await stop.wait()
        return
    stamp = partial(_stamp, around)
    hear = hearing(room.hears(around))
    try:
        await Consumer(client, around.database, hear, stamp, liveness.turned_or_ends, keep).run(topics, stop)
    finally:
        liveness.ends()
        await _within(DRAIN_SECONDS_MAX, client.stop())


async def _connected(make: Callable[[], Any], stop: asyncio.Event, liveness: Liveness, name: str) -> Any | None:
    """A started client, however long Kafka is away; None when the process stops first."""
    while not stop.is_set():
        client = make()
        if not await _within(KAFKA_START_SECONDS_MAX, client.start()):
            log.warning("kafka_away", kind=name)
            await _within(DRAIN_SECONDS_MAX, client.stop())
            liveness.turned()
            await asyncio.sleep(KAFKA_AGAIN_SECONDS)
            continue
        return client
    return None


async def _within(seconds: float, doing: Coroutine[None, None, object]) -> bool:
    """Whether it was done in time; if not, go on without it, for the client's own waits may swallow a cancellation."""
    task = asyncio.create_task(doing)
    await asyncio.wait({task}, timeout=seconds)
    if not task.done():
        task.cancel()
        return False
    try:
        task.result()
    except (KafkaError, OSError, asyncio.CancelledError):
        return False
    return True


def _stamp(around: Surroundings) -> Stamp:
    return Stamp(now=around.clock.now(), actor="system", correlation_id=f"{around.room}-{datetime.now(UTC):%H%M%S%f}")
