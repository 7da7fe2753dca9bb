"""What one transaction leaves behind goes as one script: every value arrives as it is, and nothing else."""

import asyncio
from datetime import UTC, date, datetime
from typing import Any

import asyncpg
import pytest

from services.storage.database import NOBODY, Database, opening
from services.storage.script import Connection
from services.storage.work import Work
from tests.chassis.echo.room import FOLDER, ROOM, Echo, stamp
from tests.chassis.echo.tally import MOMENT

TEXTS = (
    "",
    "'; DROP TABLE outbox; --",
    "''",
    "\\'; SELECT 1; --",
    '"{}",\\,NULL',
    "$$ $1 :name %s \x01\t\r\n",
    "Ђорђе Čolić 🙂",
    "NULL",
)
VALUES = [
    *((text, "text") for text in TEXTS),
    (None, "text"),
    (list(TEXTS), "text[]"),
    ([None, "NULL", ""], "text[]"),
    ([], "text[]"),
    (b"\x00\\'\xff", "bytea"),
    ([b"\x00\"\\'", b""], "bytea[]"),
    (True, "boolean"),
    (-(2**63), "bigint"),
    ([3, -4], "integer[]"),
    (0.1, "float8"),
    (date(2026, 2, 28), "date"),
    (datetime(2026, 2, 28, 23, 59, 59, 999999, UTC), "timestamptz"),
    ('{"a": "\'\\""}', "jsonb"),
]


@pytest.mark.parametrize(("value", "kind"), VALUES, ids=repr)
async def test_a_value_arrives_as_it_would_by_itself(echo: Echo, value: Any, kind: str) -> None:
    keep = f"INSERT INTO kept VALUES ($1::{kind})"
    conn = await asyncpg.connect(echo.url, connection_class=Connection)
    try:
        await conn.execute(f"CREATE TEMP TABLE kept (value {kind})")
        await conn.execute(await conn.script({"keep": keep}, [("keep", [value])]))
        await conn.execute(keep, value)
        kept = await conn.fetch("SELECT value FROM kept")
    finally:
        await conn.close()
    assert [row["value"] for row in kept] == [value, value]


async def test_a_text_that_no_database_keeps_ends_no_script_early(echo: Echo) -> None:
    async def say(work: Work) -> None:
        work.change("list_desk", "desk", "one\x00', 'two'); DELETE FROM outbox; --", "review")

    with pytest.raises(asyncpg.CharacterNotInRepertoireError):
        await echo.database.transact(stamp(), say)
    assert await echo.value("SELECT count(*) FROM directory_desks") == 0


async def test_the_server_logs_what_went_wrong_and_not_with_what(echo: Echo) -> None:
    log = echo.house.log("postgres")
    before = log.stat().st_size

    async def say(work: Work) -> None:
        work.change("list_desk", "kanarinka", "institution", "review")
        work.change("list_account", "kanarinka", "institution", "TOWN", [], [], "kanarinka is no boolean", MOMENT)

    with pytest.raises(asyncpg.InvalidTextRepresentationError):
        await echo.database.transact(stamp(), say)
    noted = log.read_bytes()[before:].decode()
    assert "invalid input syntax for type boolean" in noted
    assert "STATEMENT" not in noted


SESSION = """
SELECT current_setting('spis.scope') AS scope, nullif(current_setting('spis.account', true), '') AS account,
    nullif(current_setting('spis.reach', true), '') AS reach, pg_current_xact_id_if_assigned()::text AS writing,
    (SELECT count(*) FROM pg_locks WHERE pid = pg_backend_pid() AND locktype = 'advisory') AS locks,
    pg_backend_pid() AS process, (SELECT count(*) FROM pg_cursors) AS cursors,
    (SELECT count(*) FROM pg_listening_channels()) AS channels"""


async def session(database: Database) -> tuple[Any, ...]:
    """What one of a pool's connections carries from one request to the next."""
    (row,) = await database.pool.fetch(SESSION)
    return tuple(row)


class Ended(Exception):
    """How a request ends badly."""


@pytest.mark.parametrize("end", ["kept", "refused", "broken off", "a fault of the statement"])
async def test_nothing_of_a_request_is_left_on_its_connection(echo: Echo, end: str) -> None:
    database = await Database.open(ROOM, echo.url, FOLDER, connections_max=1, scope=NOBODY)
    caller = database.seen_by(opening("somebody@TOWN", {"see": {"unit": ["TOWN"]}}))
    try:
        clean = await session(database)

        async def action(work: Work) -> None:
            await work.fetch("recall_reply", "somebody@TOWN", "a-key-of-theirs")
            assert (await work.conn.fetchrow(SESSION))["account"] == "somebody@TOWN"
            work.change("list_desk", "desk", "institution", "review")
            if end == "refused":
                raise Ended
            if end == "broken off":
                await work.conn.execute("SELECT pg_sleep(60)")
            if end == "a fault of the statement":
                work.change("list_account", "somebody", "institution", "TOWN", [], [], "neither", None)

        try:
            async with asyncio.timeout(1.0):
                await caller.transact(stamp(), action)
        except (Ended, TimeoutError, asyncpg.DataError):
            assert end != "kept"
        assert await session(database) == clean
        assert clean[0] == NOBODY
    finally:
        await database.close()
