"""A room's database: one pool a process, one transaction a command, and the doorbell beside it."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from copy import copy
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import asyncpg
from asyncpg import Record

from services.contracts.failures import Unavailable
from services.storage.away import CONFLICTS, unavailable_when_away
from services.storage.doorbell import Doorbell
from services.storage.queries import load_queries
from services.storage.script import Connection, quoted
from services.storage.stamp import Stamp
from services.storage.work import Work

T = TypeVar("T")

CONFLICT_ATTEMPTS_MAX = 10
STATEMENT_SECONDS_MAX = 10.0
ACQUIRE_SECONDS_MAX = 10.0
IDLE_TRANSACTION_MS_MAX = 6_000

STREAM_KEY = "stream_events_pkey"

HOUSE, NOBODY = "house", "nobody"
"""What a process sees of the rows about people by itself: a worker serves everybody, an API nobody until one asks."""


def opening(account: str, reach: Mapping[str, Mapping[str, Sequence[str]]]) -> str:
    """What begins a transaction of a caller: whose rows it is shown, by action and relation; forgotten when it ends."""
    told = {"scope": "caller", "account": account, "reach": json.dumps(reach)}
    return "BEGIN; SELECT " + ", ".join(f"set_config('spis.{name}', {quoted(it)}, true)" for name, it in told.items())


class Database:
    """Runs commands and reads of one room; `statements` are the room's and the chassis's named SQL."""

    def __init__(self, room: str, pool: asyncpg.Pool, doorbell: Doorbell, statements: Mapping[str, str]) -> None:
        self.room = room
        self.pool = pool
        self.doorbell = doorbell
        self.statements = statements
        self._name = f"{room}'s database"
        self._opening: str | None = None

    @classmethod
    async def open(cls, room: str, url: str, at: Path, *, connections_max: int = 16, scope: str = HOUSE) -> "Database":
        """Connect as the run role, with the statements of the chassis and of the room's folder, and what it may see."""
        pool = await _open_pool(url, connections_max, scope)
        files = [*sorted(Path(__file__).parent.glob("*.sql")), *sorted(at.glob("*.sql"))]

        send = partial(pool.execute, "SELECT pg_notify('spis', $1)")
        return cls(room, pool, Doorbell(url, send), load_queries(*files))

    def seen_by(self, caller: str) -> "Database":
        """The same database, each transaction begun with a caller's `opening`; what it has decided the house writes."""
        seen = copy(self)
        seen._opening = caller
        return seen

    async def close(self) -> None:
        """Let go of every connection, in bounded time."""
        await self.doorbell.stop()
        try:
            async with asyncio.timeout(3):
                await self.pool.close()
        except TimeoutError:
            self.pool.terminate()

    async def transact(self, stamp: Stamp, action: Callable[[Work], Awaitable[T]]) -> T:
        """Carry out `action` in one transaction: everything it gathers is kept together, or nothing is.

        A conflict with another transaction is tried again from the start; what is away, is `Unavailable`.
        """
        for _ in range(CONFLICT_ATTEMPTS_MAX):
            try:
                with unavailable_when_away(self._name):
                    async with self._transaction() as conn:
                        work = Work(conn, self.room, stamp, self.statements)
                        result = await action(work)
                        await work.finish("SET LOCAL spis.scope = 'house'" if self._opening else "", "COMMIT;")
            except (*CONFLICTS, asyncpg.UniqueViolationError) as error:
                if isinstance(error, asyncpg.UniqueViolationError) and error.constraint_name != STREAM_KEY:
                    raise
                continue
            self.doorbell.ring(work.rings)
            return result
        raise Unavailable("others keep changing the same record; try again")

    async def read(self, statement: str, *arguments: object) -> list[Record]:
        """Run a named read outside a command."""
        with unavailable_when_away(self._name):
            if not self._opening:
                async with self.pool.acquire(timeout=ACQUIRE_SECONDS_MAX) as conn:
                    return await conn.fetch(self.statements[statement], *arguments)
            async with self._transaction() as conn:
                rows: list[Record] = await conn.fetch(self.statements[statement], *arguments)
                await conn.execute("COMMIT")
                return rows

    async def read_row(self, statement: str, *arguments: object) -> Record | None:
        """Run a named read outside a command and give its first row."""
        rows = await self.read(statement, *arguments)
        return rows[0] if rows else None

    @asynccontextmanager
    async def _transaction(self) -> AsyncIterator[Any]:
        """A connection with a transaction begun; whoever asked for it commits, and whatever fails takes it back."""
        async with self.pool.acquire(timeout=ACQUIRE_SECONDS_MAX) as conn:
            await conn.execute(self._opening or "BEGIN")
            try:
                yield conn
            except BaseException:
                if not conn.is_closed():
                    await conn.execute("ROLLBACK")
                raise


async def _open_pool(url: str, connections_max: int, scope: str) -> asyncpg.Pool:
    with unavailable_when_away("the database"):
        return await asyncpg.create_pool(
            url,
            min_size=1,
            max_size=connections_max,
            connection_class=Connection,
            timeout=5.0,
            command_timeout=STATEMENT_SECONDS_MAX,
            server_settings={
                "application_name": "spis",
                "spis.scope": scope,
                "synchronous_commit": "on",
                "standard_conforming_strings": "on",
                "timezone": "UTC",
                # A process that freezes in the middle of a transaction must not keep its keys from whoever takes over.
                "idle_in_transaction_session_timeout": str(IDLE_TRANSACTION_MS_MAX),
            },
        )
