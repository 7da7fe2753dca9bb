"""Gives each entry of the access log its number and link, every second, and tells another room of the head.

Entries commit without waiting for this. One sealer works at a time; where several run, the others pass their turn.
"""

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

import structlog

from intake.access_log.chain import BEGINNING, Head, links_after
from intake.announcements import announce_head
from intake.gauges import UNSEALED_SECONDS
from services.contracts.failures import Unavailable
from services.storage.database import Database
from services.storage.stamp import Stamp
from services.storage.work import Work

TURN_SECONDS = 1.0
ENTRIES_A_TURN_MAX = 2_000
TOLD_EVERY = timedelta(minutes=1)
UNSEALED_SECONDS_MAX = 30.0

log = structlog.get_logger()


class Sealer:
    """Seals the access log of one database; `unit` is where the house stands, for the announcement."""

    def __init__(self, database: Database, now: Callable[[], datetime], unit: str) -> None:
        self._database = database
        self._now = now
        self._unit = unit
        self._alarmed = False

    async def run(self, stop: asyncio.Event) -> None:
        """Seal until `stop`; whatever fails is tried again, and the age of what waits is a metric."""
        while not stop.is_set():
            sealed = 0
            try:
                sealed = await self.turn()
            except Unavailable:
                log.warning("sealing_waits")
            except Exception as error:  # sealing must not end what else the worker does
                log.error("sealing_failed", exc_info=error)
            if sealed < ENTRIES_A_TURN_MAX:
                await _pause(stop)

    async def turn(self) -> int:
        """Seal what waits, and say the head when it moved and nobody was told lately; gives how many were sealed."""
        waits = await self._database.read_row("seal_waits", TOLD_EVERY)
        assert waits is not None
        self._measure(waits["seconds"])
        if not waits["waiting"] and not waits["untold"]:
            return 0
        now = self._now()
        stamp = Stamp(now, "system", f"sealing-{now:%Y%m%d%H%M%S%f}")
        return await self._database.transact(stamp, self._seal)

    async def _seal(self, work: Work) -> int:
        turn = await work.fetch_row("seal_turn")
        if turn is None or not turn["mine"]:
            return 0
        last = await work.fetch_row("chain_head")
        head = Head(last["number"], last["hash"]) if last else BEGINNING
        rows = await work.fetch("take_unsealed", ENTRIES_A_TURN_MAX)
        links = list(links_after(head, ((row["entry"], _content(row)) for row in rows)))
        if links:
            columns = ([getattr(link, name) for link in links] for name in ("number", "entry", "hash"))
            await work.fetch("keep_links", *columns)
            head = Head(links[-1].number, links[-1].hash)
        waits = await work.fetch_row("seal_waits", TOLD_EVERY)
        if waits is not None and waits["untold"]:
            work.say(announce_head(head, self._unit, work.stamp.now), fact=f"access_log/{head.length}")
            work.change("note_head_said", head.length)
        return len(links)

    def _measure(self, seconds: float) -> None:
        UNSEALED_SECONDS.labels(self._database.room).set(seconds)
        alarmed = seconds > UNSEALED_SECONDS_MAX
        if alarmed and not self._alarmed:
            log.error("sealing_stopped", seconds=round(seconds))
        self._alarmed = alarmed


def _content(row: Any) -> Mapping[str, Any]:
    """What an entry says; nothing where somebody took it away before it was sealed."""
    return row if row["recorded_at"] else {}


async def _pause(stop: asyncio.Event) -> None:
    try:
        async with asyncio.timeout(TURN_SECONDS):
            await stop.wait()
    except TimeoutError:
        return
