"""The relay of the invented room, whole, or with one step at which its process dies or freezes."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from asyncpg import Record

from services.bus.kafka import KafkaSettings, producer
from services.bus.relay import Relay, Tail
from services.bus.tail import tail as tail_of_log
from services.contracts import catalog
from services.storage.database import Database
from tests.chassis.echo.room import ROOM, Echo
from tests.chassis.echo.topic import Topic, let_go

PARTITIONS = 1


def tail_of(settings: KafkaSettings, topic: str) -> Tail:
    """How the relay of a test looks behind the offsets it knows of."""
    return partial(tail_of_log, settings, ROOM, topics=(catalog.Topic(topic, ROOM, PARTITIONS),))


class Interrupted(Database):
    """The database as a relay sees it that is interrupted once: killed before it marks, or frozen after it read."""

    def __init__(self, whole: Database, at: str) -> None:
        super().__init__(whole.room, whole.pool, whole.doorbell, whole.statements)
        self._at: str | None = at

    async def read(self, statement: str, *arguments: object) -> list[Record]:
        """Read, and be interrupted where it was asked for."""
        if statement == "mark_published" and self._at == "killed before marking":
            os.kill(os.getpid(), signal.SIGKILL)
        rows = await super().read(statement, *arguments)
        if statement == "unpublished" and rows and self._at == "frozen after reading":
            self._at = None
            os.kill(os.getpid(), signal.SIGSTOP)
        return rows


@asynccontextmanager
async def publishing(
    echo: Echo, topic: Topic, *, holder: str = "relay", send_seconds_max: float = 10.0, tail: Tail | None = None
) -> AsyncIterator["asyncio.Task[None]"]:
    """Publish beside the test until the block ends; what the relay raises is its task's to tell."""
    client = producer(topic.settings, holder)
    await client.start()
    stop = asyncio.Event()
    relay = Relay(client, echo.database, holder, tail or tail_of(topic.settings, topic.name), send_seconds_max)
    running = asyncio.create_task(relay.run(stop))
    try:
        yield running
    finally:
        stop.set()
        async with asyncio.timeout(10):
            await asyncio.gather(running, return_exceptions=True)
        await let_go(client)


async def published(echo: Echo) -> bool:
    """Whether nothing waits in the outbox."""
    return bool(await echo.value("SELECT NOT EXISTS (SELECT FROM outbox WHERE published_at IS NULL)"))
