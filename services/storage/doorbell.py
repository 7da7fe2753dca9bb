"""NOTIFY as a doorbell: it wakes whoever waits, and carries nothing. What is missed is found by the next poll."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable
from contextlib import suppress

import asyncpg
import structlog

RECONNECT_SECONDS = (0.1, 0.5, 1.0, 2.0, 5.0)
CONNECT_SECONDS_MAX = 5.0

log = structlog.get_logger()


class Doorbell:
    """One listening connection for a whole process; rings of the same channel are sent together."""

    def __init__(self, url: str, send: Callable[[str], Awaitable[object]]) -> None:
        self._url = url
        self._send = send
        self._waiting: dict[str, set[asyncio.Event]] = defaultdict(set)
        self._to_ring: set[str] = set()
        self._ringing: asyncio.Task[None] | None = None
        self._listening: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Listen until `stop`."""
        self._listening = asyncio.create_task(self._listen(), name="doorbell")

    async def stop(self) -> None:
        """Stop listening and ringing; what was not rung is found by polling."""
        for task in (self._listening, self._ringing):
            if task:
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)

    def ring(self, channels: set[str]) -> None:
        """Wake everybody who waits on these channels, in this and in other processes; never fails, never blocks."""
        self._to_ring |= channels
        if self._to_ring and (self._ringing is None or self._ringing.done()):
            self._ringing = asyncio.create_task(self._send_rings(), name="rings")

    async def wait(self, channel: str, seconds_max: float) -> None:
        """Return at the next ring of `channel`, or after `seconds_max` at the latest."""
        rung = asyncio.Event()
        self._waiting[channel].add(rung)
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds_max):
                    await rung.wait()
        finally:
            self._waiting[channel].discard(rung)

    def _heard(self, _conn: object, _pid: int, _channel: str, payload: object) -> None:
        for rung in self._waiting[str(payload)]:
            rung.set()

    async def _send_rings(self) -> None:
        while self._to_ring:
            channel = self._to_ring.pop()
            try:
                await self._send(channel)
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError):
                return  # the listeners poll

    async def _listen(self) -> None:
        attempt = 0
        while True:
            closed = asyncio.Event()
            try:
                conn = await asyncpg.connect(self._url, timeout=CONNECT_SECONDS_MAX)
                try:
                    conn.add_termination_listener(lambda *_, closed=closed: closed.set())
                    await conn.add_listener("spis", self._heard)
                    attempt = 0
                    await closed.wait()
                finally:
                    conn.terminate()
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError):
                log.warning("doorbell_waits_for_database")
            await asyncio.sleep(RECONNECT_SECONDS[min(attempt, len(RECONNECT_SECONDS) - 1)])
            attempt += 1
