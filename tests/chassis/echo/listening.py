"""How the invented room hears: it notes every event; some handlers fail in the ways that handlers fail."""

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

from services.bus.consumer import Consumer
from services.bus.heard import Heard, Reaction
from services.bus.kafka import consumer
from services.storage.database import Database
from services.storage.work import Work
from tests.chassis.echo.room import Echo, stamp
from tests.chassis.echo.topic import Topic
from tests.chassis.echo.waiting import until


async def note(work: Work, heard: Heard) -> None:
    """Note an event; a second note of the same one is not hidden."""
    envelope = heard.envelope
    await asyncio.sleep(0)
    work.change("note_effect", envelope.source, envelope.key, envelope.incarnation, envelope.sequence, envelope.id)


async def die_of_killer(work: Work, heard: Heard) -> None:
    """Note an event, except one that ends the process at once."""
    if heard.envelope.id.startswith("killer"):
        os.kill(os.getpid(), signal.SIGKILL)
    await note(work, heard)


async def hang_on_hanger(work: Work, heard: Heard) -> None:
    """Note an event, except one that never lets go of the loop."""
    if heard.envelope.id.startswith("hanger"):
        time.sleep(3600)  # noqa: ASYNC251 (that is the fault)
    await note(work, heard)


async def freeze_on_freezer(work: Work, heard: Heard) -> None:
    """Note an event; at one kind the process freezes in the middle of its transaction, once in its life."""
    await note(work, heard)
    if heard.envelope.id.startswith("freezer"):
        await work.flush_changes()
        os.kill(os.getpid(), signal.SIGSTOP)


async def note_slowly(work: Work, heard: Heard) -> None:
    """Note an event, in a time in which something may happen."""
    await note(work, heard)
    await asyncio.sleep(0.003)


HANDLERS: dict[str, Reaction] = {
    handler.__name__: handler for handler in (note, die_of_killer, hang_on_hanger, freeze_on_freezer, note_slowly)
}


@dataclass
class Listening:
    """A consumer that runs beside the test."""

    consumer: Consumer
    turns: list[int]

    async def turned_since(self, before: int, times: int) -> bool:
        """Whether its loop turned so many times since, as a condition to wait for."""
        return self.turns[0] >= before + times


@asynccontextmanager
async def listening(
    echo: Echo, topic: Topic, hear: Reaction = note, *, group: str | None = None, database: Database | None = None
) -> AsyncIterator[Listening]:
    """Hear a topic in this process until the block ends; what the consumer raises, the block raises."""
    client = consumer(topic.settings, "listener", group or f"{topic.group}-{id(object())}")
    await client.start()
    stop, turns = asyncio.Event(), [0]

    def turned() -> None:
        turns[0] += 1

    listener = Consumer(client, database or echo.database, hear, stamp, turned)
    running = asyncio.create_task(listener.run([topic.name], stop))
    try:
        yield Listening(listener, turns)
    finally:
        stop.set()
        with suppress(TimeoutError):
            async with asyncio.timeout(10):
                await asyncio.gather(running)
        await client.stop()


async def heard_all(echo: Echo, topic: Topic, offset: int, seconds_max: float = 20.0) -> None:
    """Wait until the position of the topic's only partition lies behind an offset."""
    sql = "SELECT next_offset > $2 FROM positions WHERE topic = $1 AND partition = 0"
    await until(lambda: echo.value(sql, topic.name, offset), seconds_max)


def counting(times: int, then: Callable[[], Exception], when: str = "bad") -> tuple[Reaction, list[int]]:
    """A handler that fails some times for the events whose id begins with a word, and the count of its tries."""
    tries = [0]

    async def hear(work: Work, heard: Heard) -> None:
        if heard.envelope.id.startswith(when):
            tries[0] += 1
            if tries[0] <= times:
                raise then()
        await note(work, heard)

    return hear, tries
