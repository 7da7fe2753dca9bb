"""The invented room on a database of its own: what tests of storage and bus run their commands and events in."""

import asyncio
import json
import secrets
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import asyncpg

from deploy.house import House
from services.contracts.catalog import BY_EVENT, body
from services.contracts.notifications import AlertResolved
from services.storage.database import Database
from services.storage.migrate import migrate
from services.storage.stamp import Stamp
from services.storage.work import Work
from tests.chassis.echo.tally import MOMENT

ROOM = "notifications"
"""Whose announcements the invented room says: those of a room that exists, for the catalog knows no other."""
FOLDER = Path(__file__).parent
TEMPLATE = "echo"
NOBODY = """
SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'"""
NOTHING = """
DO $$
DECLARE each text;
BEGIN
    FOR each IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'migrations' LOOP
        EXECUTE format('DELETE FROM %I', each);
    END LOOP;
    INSERT INTO incarnation (value) VALUES (1);
    INSERT INTO relay_lease (holder, term, expires_at) VALUES ('nobody', 0, '-infinity');
END $$"""


def stamp(minutes: float = 0.0) -> Stamp:
    """Somebody, some minutes after the beginning."""
    return Stamp(MOMENT + timedelta(minutes=minutes), "invented", "11111111-1111-4111-8111-111111111111")


def resolved(desk: str, alert: str = "A-1") -> AlertResolved:
    """An announcement whose key is the desk."""
    return AlertResolved(alert, "invented", desk, "TOWN", MOMENT)


@dataclass
class Echo:
    """An open database of the invented room."""

    house: House
    url: str
    owner_url: str
    admin_url: str
    database: Database

    async def rows(self, sql: str, *arguments: object) -> list[Any]:
        """What stands in the tables."""
        return await self.database.pool.fetch(sql, *arguments)

    async def value(self, sql: str, *arguments: object) -> Any:
        """One value from the tables."""
        return await self.database.pool.fetchval(sql, *arguments)

    async def restart_database(self) -> None:
        """Stop the database server, cutting everybody off, and start it again."""
        await asyncio.to_thread(self.house.stop, "postgres")
        await asyncio.to_thread(self.house.start, "postgres")

    async def as_owner(self, sql: str) -> None:
        """Do what only the owner of the tables may."""
        conn = await asyncpg.connect(self.owner_url)
        try:
            await conn.execute(sql)
        finally:
            await conn.close()

    async def say(self, topic: str, keys: Sequence[str], *, subject: str = "A-1") -> None:
        """Announce something about each key on a topic of the test's own, in one transaction."""
        entry = BY_EVENT[AlertResolved]
        said = [
            {
                "event_id": secrets.token_hex(8),
                "topic": topic,
                "key": key,
                "type": entry.type,
                "subject": subject,
                "unit": "TOWN",
                "occurred_at": MOMENT.isoformat(),
                "recorded_at": MOMENT.isoformat(),
                "correlation_id": "11111111-1111-4111-8111-111111111111",
                "traceparent": None,
                "body": body(resolved(key, subject)).decode(),
            }
            for key in keys
        ]

        async def action(work: Work) -> None:
            gathered = json.dumps({"events": [], "announcements": said, "deadlines": []})
            await work.conn.execute("SELECT commit_work($1::jsonb)", gathered)
            work.ring("outbox")

        await self.database.transact(stamp(), action)

    async def effects(self) -> list[tuple[str, int, int]]:
        """Every effect so far, in order: key, incarnation, sequence."""
        rows = await self.rows("SELECT key, incarnation, sequence FROM effects ORDER BY place")
        return [(row["key"], row["incarnation"], row["sequence"]) for row in rows]

    async def aside(self) -> list[tuple[str | None, int | None, str | None]]:
        """What is held (no reason) or parked: key, sequence, reason."""
        rows = await self.rows('SELECT key, sequence, reason FROM set_aside ORDER BY partition, "offset"')
        return [(row["key"], row["sequence"], row["reason"]) for row in rows]


async def make_template(house: House) -> None:
    """Migrate a database once, from which every test gets a copy."""
    run_url, owner_url = await asyncio.to_thread(house.make_database, TEMPLATE)
    await migrate(owner_url, run_url, FOLDER)


async def copy_database(house: House, of: str, name: str) -> None:
    """A new database with everything another one holds; nobody may be in that one meanwhile."""
    await as_superuser(house, f'CREATE DATABASE "{name}" TEMPLATE "{of}" OWNER {TEMPLATE}_owner')


async def drop_database(house: House, name: str) -> None:
    """Throw a database away, whoever is still in it."""
    await as_superuser(house, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


async def as_superuser(house: House, sql: str) -> None:
    """Do what only the server's own user may."""
    conn = await asyncpg.connect(house.admin_url)
    try:
        await conn.execute(sql)
    finally:
        await conn.close()


@asynccontextmanager
async def open_echo(house: House, *, copied_from: str = TEMPLATE, keep: bool = False) -> AsyncIterator[Echo]:
    """The invented room on a fresh database, which is thrown away at the end unless it is to be copied."""
    name = f"echo_{secrets.token_hex(4)}"
    await copy_database(house, copied_from, name)
    async with reopen_echo(house, name) as echo:
        yield echo
    if not keep:
        await drop_database(house, name)


@asynccontextmanager
async def reopen_echo(house: House, name: str) -> AsyncIterator[Echo]:
    """The invented room on a database that is there."""
    run, owner, admin = (
        f"{url.rpartition('/')[0]}/{name}" for url in (house.url(TEMPLATE), house.owner_url(TEMPLATE), house.admin_url)
    )
    database = await Database.open(ROOM, run, FOLDER)
    database.doorbell.start()
    try:
        yield Echo(house, run, owner, admin, database)
    finally:
        await database.close()


async def empty(house: House, name: str) -> None:
    """Make a database as it was when it was new: nobody in it, and nothing."""
    conn = await asyncpg.connect(f"{house.admin_url.rpartition('/')[0]}/{name}")
    try:
        await conn.execute(NOBODY)
        await conn.execute(NOTHING)
    finally:
        await conn.close()
