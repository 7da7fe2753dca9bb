"""Brings a room's schema up to date as the owner role, before any process of the room starts; the run role only checks.

Files are numbered, applied once each in a transaction of their own, and never edited afterwards.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

import asyncpg

from services.storage.database import HOUSE

CHASSIS = Path(__file__).parent / "schema"
APPEND_ONLY = ("stream_events", "access_log", "given_up")

MIGRATIONS_TABLE = """
CREATE TABLE IF NOT EXISTS migrations (
    name text PRIMARY KEY,
    checksum text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT clock_timestamp()
)"""


class SchemaUnknown(Exception):
    """The database's schema is not one this code can run on; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Migration:
    """One file of SQL; `name` tells the chassis's files from the room's."""

    name: str
    sql: str

    @property
    def checksum(self) -> str:
        """What the file was when it was applied."""
        return hashlib.sha256(self.sql.encode()).hexdigest()


def migrations_of(room_folder: Path, *, chassis: bool = True) -> list[Migration]:
    """Every file a room needs, in order: the chassis's first, unless the database is not one that a room works in."""
    folders = ({"chassis": CHASSIS} if chassis else {}) | {"room": room_folder / "schema"}
    files = [(owner, path) for owner, folder in folders.items() for path in sorted(folder.glob("*.sql"))]
    return [Migration(f"{owner}/{path.name}", path.read_text(encoding="utf-8")) for owner, path in files]


async def migrate(owner_url: str, run_url: str, room_folder: Path, *, chassis: bool = True) -> list[str]:
    """Apply what is missing and grant the run role its rights; gives the names of what was applied."""
    applied: list[str] = []
    run_role = unquote(urlsplit(run_url).username or "")
    # The owner's rows are behind the wall too, and a migration may have to move all of them.
    conn = await asyncpg.connect(owner_url, timeout=10.0, server_settings={"spis.scope": HOUSE})
    try:
        await conn.execute("SET lock_timeout = '5s'")
        await conn.execute("SELECT pg_advisory_lock(hashtextextended('migrate', 0))")
        await conn.execute(MIGRATIONS_TABLE)
        known = {row["name"]: row["checksum"] for row in await conn.fetch("SELECT name, checksum FROM migrations")}
        for migration in migrations_of(room_folder, chassis=chassis):
            if migration.name in known:
                _unchanged(migration, known[migration.name])
                continue
            async with conn.transaction():
                await _apply(conn, migration)
                await _grant(conn, run_role, APPEND_ONLY if chassis else ())
            applied.append(migration.name)
        async with conn.transaction():
            await _grant(conn, run_role, APPEND_ONLY if chassis else ())
    finally:
        await conn.close()
    return applied


async def check_schema(pool: asyncpg.Pool, room_folder: Path, *, chassis: bool = True) -> None:
    """Refuse a schema that lacks a file or had one changed; newer files are another version's, and fine."""
    try:
        known = {row["name"]: row["checksum"] for row in await pool.fetch("SELECT name, checksum FROM migrations")}
    except (asyncpg.UndefinedTableError, asyncpg.InsufficientPrivilegeError):
        known = {}
    for migration in migrations_of(room_folder, chassis=chassis):
        if migration.name not in known:
            raise SchemaUnknown(f"{migration.name} was not applied: run the migrate step of this room first")
        _unchanged(migration, known[migration.name])


async def _apply(conn: asyncpg.Connection, migration: Migration) -> None:
    try:
        await conn.execute(migration.sql)
    except asyncpg.RaiseError as error:
        raise SchemaUnknown(f"{migration.name} refuses this database: {error.args[0]}") from error
    await conn.execute("INSERT INTO migrations (name, checksum) VALUES ($1, $2)", migration.name, migration.checksum)


def _unchanged(migration: Migration, checksum: str) -> None:
    if migration.checksum != checksum:
        raise SchemaUnknown(f"{migration.name} was changed after it was applied: restore it, and add a new file")


async def _grant(conn: asyncpg.Connection, run_role: str, append_only: Iterable[str]) -> None:
    # In the transaction that makes a table: the run role must not change facts even for a moment.
    role = '"' + run_role.replace('"', '""') + '"'
    await conn.execute(f"GRANT USAGE ON SCHEMA public TO {role}")
    await conn.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role}")
    await conn.execute(f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {role}")
    await conn.execute(f"GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO {role}")
    await conn.execute(f"REVOKE INSERT, UPDATE, DELETE ON migrations FROM {role}")
    marked = await conn.fetch("SELECT relname FROM pg_class WHERE obj_description(oid, 'pg_class') = 'append-only'")
    for table in [*append_only, *(row["relname"] for row in marked)]:
        await conn.execute(f"REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM {role}")
