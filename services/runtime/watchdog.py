"""Nothing sleeps until a deadline: the watchdog asks which appointments have come, and has each kept."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import replace

import structlog
from structlog.contextvars import bound_contextvars

from services.contracts.failures import Unavailable
from services.runtime.room import OnDue
from services.storage.database import Database
from services.storage.stamp import Stamp
from services.storage.work import Work

POLL_SECONDS = 0.5
AWAY_SECONDS = 1.0
KEPT_A_TURN_MAX = 100

log = structlog.get_logger()


class Watchdog:
    """Keeps the appointments of one room; several may run, each appointment is kept by one."""

    def __init__(self, database: Database, on_due: Mapping[str, OnDue], stamp: Callable[[], Stamp]) -> None:
        self._database = database
        self._on_due = on_due
        self._stamp = stamp

    async def run(self, stop: asyncio.Event) -> None:
        """Keep appointments until `stop`."""
        while not stop.is_set():
            try:
                kept = await self.turn()
            except Unavailable:
                await asyncio.sleep(AWAY_SECONDS)
                continue
            if kept < KEPT_A_TURN_MAX:
                await self._database.doorbell.wait("deadlines", POLL_SECONDS)

    async def turn(self) -> int:
        """Keep what is due now, one transaction each; gives how many."""
        for kept in range(KEPT_A_TURN_MAX):
            if not await self._keep_one():
                return kept
        return KEPT_A_TURN_MAX

    async def _keep_one(self) -> bool:
        appointment: tuple[str, str] | None = None

        async def keep(work: Work) -> bool:
            nonlocal appointment
            row = await work.fetch_row("take_due", work.stamp.now, list(self._on_due))
            if row is None:
                return False
            appointment = (row["kind"], row["subject"])
            # Taken away at once and in this transaction: what is still owed, the handler sets anew.
            await work.fetch("drop_due", row["kind"], row["subject"], row["due_at"])
            # What silence leads to belongs to the journey that set the appointment.
            journey = row["correlation_id"] or work.stamp.correlation_id
            work.stamp = replace(work.stamp, correlation_id=journey)
            with bound_contextvars(correlation_id=journey):
                log.info("keeps_appointment", kind=row["kind"], subject=row["subject"])
                await self._on_due[row["kind"]](work, row["subject"])
            return True

        try:
            return await self._database.transact(self._stamp(), keep)
        except Exception as error:  # one subject's fault must not keep the others waiting
            if appointment is None or isinstance(error, Unavailable):
                raise
            log.error("appointment_failed", kind=appointment[0], subject=appointment[1], exc_info=error)
            await self._database.read("postpone_due", *appointment)
            return True
