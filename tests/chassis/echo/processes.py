"""Real processes of the invented room: a reader or a relay that a test can kill, freeze and start again.

They are forks of one that has read what they need, since most of them live for less time than reading it takes.
"""

import asyncio
import multiprocessing
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any

from tests.chassis.echo.room import Echo
from tests.chassis.echo.topic import Topic

FORKING = multiprocessing.get_context("forkserver")
FORKING.set_forkserver_preload(["services.bus.consumer", "services.bus.relay", "tests.chassis.echo.relaying"])


@dataclass
class Process:
    """One life of a process."""

    process: ForkServerProcess

    @property
    def alive(self) -> bool:
        """Whether it still runs."""
        return self.process.is_alive()

    @property
    def code(self) -> int | None:
        """How it ended; a signal is a number below zero."""
        return self.process.exitcode

    async def ended(self) -> bool:
        """Whether it is gone, as a condition to wait for."""
        return not self.alive

    async def frozen(self) -> bool:
        """Whether it is stopped in its tracks."""
        state = Path(f"/proc/{self.process.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0]
        return state == "T"

    def send(self, number: signal.Signals) -> None:
        """Send it a signal."""
        assert self.process.pid is not None
        os.kill(self.process.pid, number)

    def kill(self) -> None:
        """End it without a word."""
        self.process.kill()
        self.process.join()


@dataclass
class Family:
    """Every process a test started, so that none outlives it."""

    log: Path
    all: list[Process] = field(default_factory=list)

    def listen(self, echo: Echo, topic: Topic, handler: str, *, group: str, **more: Any) -> Process:
        """Start a reader."""
        return self._start("listen", echo, topic, handler=handler, group=group, **more)

    def relay(self, echo: Echo, topic: Topic, **more: Any) -> Process:
        """Start a relay."""
        return self._start("relay", echo, topic, **more)

    def _start(self, what: str, echo: Echo, topic: Topic, **more: Any) -> Process:
        told = {"kafka": topic.settings.servers, "url": echo.url, "topic": topic.name, **more}
        process = FORKING.Process(target=_live, args=(what, told, self.log), daemon=True)
        process.start()
        self.all.append(Process(process))
        return self.all[-1]


@contextmanager
def family(log: Path) -> Iterator[Family]:
    """Processes that end with the block."""
    started = Family(log)
    try:
        yield started
    finally:
        for process in started.all:
            if process.alive:
                process.kill()


async def _listen(told: dict[str, Any]) -> None:
    from services.bus.consumer import Consumer
    from services.bus.kafka import KafkaSettings, consumer
    from services.runtime.status import Liveness
    from services.storage.database import Database
    from tests.chassis.echo.listening import HANDLERS
    from tests.chassis.echo.room import FOLDER, ROOM, stamp

    database = await Database.open(ROOM, told["url"], FOLDER)
    client = consumer(KafkaSettings(servers=told["kafka"]), f"listener-{os.getpid()}", told["group"])
    await client.start()
    liveness = Liveness(told.get("hung_seconds", 60))
    listener = Consumer(client, database, HANDLERS[told["handler"]], stamp, liveness.turned_or_ends)
    await listener.run([told["topic"]], asyncio.Event())


async def _relay(told: dict[str, Any]) -> None:
    from services.bus.kafka import KafkaSettings, producer
    from services.bus.relay import Relay
    from services.storage.database import Database
    from tests.chassis.echo.relaying import Interrupted, tail_of
    from tests.chassis.echo.room import FOLDER, ROOM

    settings = KafkaSettings(servers=told["kafka"])
    database = await Database.open(ROOM, told["url"], FOLDER)
    database.doorbell.start()
    client = producer(settings, f"relay-{os.getpid()}")
    await client.start()
    if told.get("interrupted"):
        database = Interrupted(database, told["interrupted"])
    await Relay(client, database, f"relay-{os.getpid()}", tail_of(settings, told["topic"])).run(asyncio.Event())


def _live(what: str, told: dict[str, Any], log: Path) -> None:
    from services.telemetry.logs import configure

    with log.open("ab") as output:
        for stream in (1, 2):
            os.dup2(output.fileno(), stream)
    configure(room="echo", process=what, form="text", out=sys.stdout)
    asyncio.run({"listen": _listen, "relay": _relay}[what](told))
