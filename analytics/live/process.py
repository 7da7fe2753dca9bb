"""The process of the live counts (`python -m analytics stream`): the stream, the counting, and a page on how it fares.

Whatever ails the stream ends the process, since only a new one is sure to listen; whoever keeps it starts it again.
"""

import asyncio
import os
from collections.abc import Mapping, Sequence
from typing import Any

import structlog
from fastapi import FastAPI

from analytics.live.counting import TOPICS, Counting
from analytics.live.watching import Watching
from analytics.surge_files import load_surge_terms
from services.contracts.failures import Unavailable
from services.http.serving import serve
from services.http.status import status_pages
from services.runtime.room import Surroundings
from services.runtime.status import Liveness

TURN_SECONDS = 0.5
AWAY_SECONDS = 1.0
RECONCILE_SECONDS = 60.0
HUNG_SECONDS = 30
START_SECONDS_MAX = 20.0
STOP_SECONDS_MAX = 5.0
EXIT_ENDED = 70

log = structlog.get_logger()


class StreamEnded(Exception):
    """The stream stopped by itself."""


async def count_live(around: Surroundings, _: Sequence[str]) -> Mapping[str, Any]:
    """Count until SIGTERM or SIGINT."""
    stop, liveness = asyncio.Event(), Liveness(HUNG_SECONDS)
    watching = Watching(around.database, around.clock, load_surge_terms(around.settings.policy))
    counting = Counting(around.database, around.clock, watching)
    page = FastAPI(openapi_url=None)
    page.include_router(status_pages("", liveness.waits_for, lambda: liveness.alive))
    running = {
        asyncio.create_task(_count(counting, around, stop, liveness), name="counting"),
        asyncio.create_task(serve(page, around.settings.worker, around.settings.gateway, stop), name="status"),
    }
    done, others = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
    for task in done:
        if error := task.exception():
            log.error("stream_ends", kind=task.get_name(), exc_info=error)
            os._exit(EXIT_ENDED)  # a stop() of the Kafka client may never return
    stop.set()
    liveness.ends()
    if others:
        await asyncio.wait(others, timeout=STOP_SECONDS_MAX)
    return {"room": around.room, "stopped": "stream"}


async def _count(counting: Counting, around: Surroundings, stop: asyncio.Event, liveness: Liveness) -> None:
    # Only this process carries the library.
    from analytics.stream import stream

    def assigned() -> None:
        liveness.connected = True

    listening = stream(around.settings.kafka, TOPICS, counting.hear, assigned)
    begun, reconciled_at = False, 0.0
    loop = asyncio.get_running_loop()
    while not stop.is_set():
        liveness.turned_or_ends()
        try:
            if not begun or loop.time() - reconciled_at >= RECONCILE_SECONDS:
                await counting.reconcile()
                reconciled_at = loop.time()
            else:
                await counting.turn()
        except Unavailable:
            await asyncio.sleep(AWAY_SECONDS)
            continue
        if not begun:
            async with asyncio.timeout(START_SECONDS_MAX):
                await listening.start()
            begun = True
        if listening.crashed or listening.should_stop:
            raise StreamEnded
        await _wait(stop, TURN_SECONDS)
    if begun:
        async with asyncio.timeout(STOP_SECONDS_MAX):
            await listening.stop()


async def _wait(stop: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await stop.wait()
    except TimeoutError:
        return
