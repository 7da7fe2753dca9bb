"""The doorbell wakes whoever waits, at once; it carries nothing, and what it misses is found by asking again."""

import asyncio
import time

import asyncpg
import pytest

from services.contracts.failures import Unavailable
from services.storage.database import Database
from services.storage.work import Work
from tests.chassis.echo.room import FOLDER, ROOM, Echo, resolved, stamp
from tests.chassis.echo.waiting import until

SOON_SECONDS = 0.2
TRIES = 5
NEVER_SECONDS = 10.0


async def listening(echo: Echo, instead_of: int = 0) -> int:
    """The server's process that rings for this database, once there is another than before."""
    sql = "SELECT pid FROM pg_stat_activity WHERE query = 'LISTEN \"spis\"' AND datname = current_database()"
    found = await echo.value(f"{sql} AND pid <> $1", instead_of)
    return int(found or 0)


async def soonest(database: Database, other: Database) -> float:
    """The best of some tries: the machine may be busy, but not always."""
    return min([await seconds_until_woken(database, other) for _ in range(TRIES)])


async def seconds_until_woken(database: Database, other: Database, channel: str = "letters") -> float:
    waiting = asyncio.create_task(database.doorbell.wait(channel, NEVER_SECONDS))
    await asyncio.sleep(0)

    async def ring(work: Work) -> None:
        work.ring(channel)

    await other.transact(stamp(), ring)
    begun = time.monotonic()
    await waiting
    return time.monotonic() - begun


async def test_it_wakes_other_processes_within_200_ms_of_the_commit(echo: Echo) -> None:
    other = await Database.open(ROOM, echo.url, FOLDER)
    await until(lambda: listening(echo))
    assert await soonest(echo.database, other) < SOON_SECONDS
    await other.close()


async def test_every_announcement_rings_for_the_relay(echo: Echo) -> None:
    await until(lambda: listening(echo))
    waiting = asyncio.create_task(echo.database.doorbell.wait("outbox", NEVER_SECONDS))
    await asyncio.sleep(0)

    async def announce(work: Work) -> None:
        work.say(resolved("desk"), fact="one")

    await echo.database.transact(stamp(), announce)
    async with asyncio.timeout(5):
        await waiting


async def test_what_is_rolled_back_rings_for_nobody(echo: Echo) -> None:
    await until(lambda: listening(echo))

    async def ring_and_fail(work: Work) -> None:
        work.ring("letters")
        raise KeyError

    begun = time.monotonic()
    waiting = asyncio.create_task(echo.database.doorbell.wait("letters", 0.3))
    with pytest.raises(KeyError):
        await echo.database.transact(stamp(), ring_and_fail)
    await waiting
    assert time.monotonic() - begun >= 0.3


async def test_another_channel_does_not_wake(echo: Echo) -> None:
    await until(lambda: listening(echo))
    begun = time.monotonic()
    waiting = asyncio.create_task(echo.database.doorbell.wait("letters", 0.3))
    await seconds_until_woken(echo.database, echo.database, "something else")
    await waiting
    assert time.monotonic() - begun >= 0.3


async def test_it_wakes_again_after_its_connection_was_cut(echo: Echo) -> None:
    await until(lambda: listening(echo))
    cut = await listening(echo)
    other = await asyncpg.connect(echo.admin_url)
    await other.execute("SELECT pg_terminate_backend($1)", cut)
    await other.close()
    await until(lambda: listening(echo, instead_of=cut))
    assert await soonest(echo.database, echo.database) < SOON_SECONDS


async def test_it_wakes_again_after_the_database_was_restarted(echo: Echo) -> None:
    await until(lambda: listening(echo))
    await echo.restart_database()

    async def listens_again() -> bool:
        try:
            rows = await echo.database.read("figures_of_rows")
            return bool(rows) and bool(await listening(echo))
        except (Unavailable, OSError, asyncpg.PostgresError):
            return False

    await until(listens_again, 60)
    assert await soonest(echo.database, echo.database) < SOON_SECONDS
