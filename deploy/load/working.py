"""A process that plays parts of a year one after another: it opens what they have in common once, and keeps it open."""

import asyncio
import gc
import os
import signal
import sys
import threading
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import AsyncExitStack
from dataclasses import dataclass
from multiprocessing import get_context, parent_process
from multiprocessing.connection import wait

from aiokafka import AIOKafkaProducer

from deploy.load.part import alerts_of, keep, play
from deploy.load.sending import Sent, send, sender
from deploy.load.stage import Stage, Told, surroundings
from services.contracts.catalog import ALERTS
from services.contracts.envelope import Envelope

EXIT_ALONE = 70


@dataclass(frozen=True, slots=True)
class Done:
    """What a part leaves to whoever joins the parts: what desks were told, whose numbers go through all of them."""

    cases: int
    sent: Sent
    alerts: Sequence[Envelope]


@dataclass(frozen=True, slots=True)
class Process:
    """What this process keeps open until its last part is done."""

    runner: asyncio.Runner
    stage: Stage
    producer: AIOKafkaProducer


_opened: list[Process] = []
"""One at most: a pool hands a part to a process, and to nothing in it."""


def players(number: int) -> ProcessPoolExecutor:
    """So many processes, ready to play.

    Where that is safe they begin as forks of who asks, who has read all that is played with and should have neither
    threads nor connections yet.
    """
    pool = ProcessPoolExecutor(number, get_context("fork" if sys.platform == "linux" else "spawn"), _live)
    pool.submit(os.getpid)
    return pool


def _live() -> None:
    """Live for the parts, no longer than whoever wants them; an interruption is for that one to tell."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    gc.disable()  # what is remembered lives until its part is kept, so there is little to look for


def _end_with_parent() -> None:
    """End this process when whoever wants its parts has ended, however that was."""
    parent = parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(EXIT_ALONE)


async def _open(told: Told) -> tuple[Stage, AIOKafkaProducer]:
    open_for_good = AsyncExitStack()  # it ends with the process
    around = await surroundings(told, open_for_good)
    return await Stage.open(told, around), await open_for_good.enter_async_context(
        sender(around["intake"].settings.kafka, "load")
    )


def play_part(told: Told, first: int, last: int) -> Done:
    """Play the courses from `first` up to before `last`, and keep them; the first part opens what all of them need."""
    if not _opened:
        runner = asyncio.Runner()
        _opened.append(Process(runner, *runner.run(_open(told))))
    (process,) = _opened
    done = process.runner.run(_play_part(process, first, last))
    gc.collect()
    return done


async def _play_part(process: Process, first: int, last: int) -> Done:
    kept, said = await play(process.stage, first, last)
    sent = await send(process.producer, [each for each in said if each[0] != ALERTS.name])
    await keep(process.stage.told, kept)
    return Done(last - first, sent, alerts_of(said))
