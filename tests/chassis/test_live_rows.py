"""Live counts on a real database: begun from the facts, set right by them, and a surge told once by whoever sees it."""

import secrets
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from prometheus_client import REGISTRY

from analytics.live.counting import Counting, StreamSilent
from analytics.live.watching import Watching
from analytics.reactions import reactions
from analytics.surge_files import load_surge_terms
from deploy.house import House
from services.bus.heard import Arrived, Heard
from services.contracts.catalog import REPORTS
from services.contracts.envelope import encode
from services.contracts.intake import ReportReceived
from services.storage.database import Database
from services.storage.migrate import migrate
from services.storage.stamp import Clock, Stamp
from services.storage.work import Work
from tests.core import alert_stories as story

FOLDER = story.FOLDER.parent / "analytics"
TERMS = load_surge_terms(story.FOLDER)
TOPIC = REPORTS.name
KEEP = reactions(story.POLICY)[ReportReceived]
ROWS = "SELECT starts, unit, what, need, count FROM live_counts WHERE count > 0 ORDER BY 1, 2, 3, 4"
SAID = "SELECT key, type, body FROM outbox"
POSITION = """INSERT INTO positions (topic, partition, epoch, next_offset) VALUES ($1, 0, 1, $2)
ON CONFLICT (topic, partition) DO UPDATE SET next_offset = excluded.next_offset"""


class Standing(Clock):
    """Domain time that stands still a quarter of an hour after the stories."""

    def now(self) -> datetime:
        """The same moment always."""
        return story.MONDAY + timedelta(minutes=15)


def received(number: int, at: datetime = story.MONDAY) -> Arrived:
    """The record of an invented report."""
    envelope = replace(story.enveloped(story.report_received(), number + 1, at), id=f"invented-{number}-{at:%d%H}")
    key, value, headers = encode(envelope)
    return Arrived(TOPIC, 0, number, key, value, tuple(headers))


async def kept(database: Database, *numbers: int, at: datetime = story.MONDAY) -> None:
    """Have reports be facts, as the worker keeps them."""

    async def batch(work: Work) -> None:
        for number in numbers:
            envelope = story.enveloped(story.report_received(), number + 1, at)
            told = replace(envelope, id=f"invented-{number}-{at:%d%H}")
            await KEEP(work, Heard(story.report_received(), told))

    await database.transact(Stamp(story.MONDAY, "system", "11111111-1111-4111-8111-111111111111"), batch)
    await database.pool.execute(POSITION, TOPIC, max(numbers, default=-1) + 1)


def counting(database: Database) -> Counting:
    """A process that counts, as it begins."""
    return Counting(database, Standing(), Watching(database, Standing(), TERMS))


async def counts(database: Database) -> list[int]:
    """The counts of the rows that people are shown."""
    return [row["count"] for row in await database.pool.fetch(ROWS)]


def figure(name: str, **labels: str) -> float:
    """A metric of this process."""
    return REGISTRY.get_sample_value(name, {"room": "analytics", **labels}) or 0.0


@pytest.fixture(scope="module")
async def opened(house: House) -> AsyncIterator[Database]:
    run_url, owner_url = house.make_database(f"live_{secrets.token_hex(4)}")
    await migrate(owner_url, run_url, FOLDER)
    database = await Database.open("analytics", run_url, FOLDER)
    yield database
    await database.close()


@pytest.fixture
async def database(opened: Database) -> Database:
    for table in ("facts", "live_counts", "surges", "positions", "outbox"):
        await opened.pool.execute(f"DELETE FROM {table}")
    return opened


async def test_it_begins_from_the_facts_whatever_rows_an_earlier_life_left(database: Database) -> None:
    await kept(database, 0, 1, 2)
    before = counting(database)
    await before.reconcile()
    before.hear(received(3))
    await before.turn()
    assert await counts(database) == [4]
    await counting(database).reconcile()
    assert await counts(database) == [3]


async def test_what_the_facts_hold_already_is_not_counted_twice(
    database: Database,
) -> None:
    await kept(database, 0, 1)
    process = counting(database)
    await process.reconcile()
    for number in (0, 1, 2, 2, 3):
        process.hear(received(number))
    await process.turn()
    assert await counts(database) == [4]
    await kept(database, 2, 3)
    await process.reconcile()
    assert await counts(database) == [4]
    assert figure("spis_live_drift") == 0


async def test_what_is_no_fact_is_drift_and_set_right(database: Database) -> None:
    process = counting(database)
    await kept(database, 0)
    await process.reconcile()
    for number in (1, 2):
        process.hear(received(number))
    await process.turn()
    await database.pool.execute(POSITION, TOPIC, 3)
    await process.reconcile()
    assert await counts(database) == [1]
    assert figure("spis_live_drift") == 2


async def test_a_record_that_nobody_can_read_is_counted_and_passed(database: Database) -> None:
    process, before = counting(database), figure("spis_live_skipped_total", topic=TOPIC)
    await process.reconcile()
    process.hear(Arrived(TOPIC, 0, 0, b"key", b"not an envelope", ()))
    process.hear(replace(received(1), value=b"{}"))
    process.hear(received(2))
    await process.turn()
    assert await counts(database) == [1]
    assert figure("spis_live_skipped_total", topic=TOPIC) == before + 2


async def test_a_stream_that_hears_nothing_while_facts_come_is_dead(database: Database) -> None:
    process = counting(database)
    await kept(database, 0)
    await process.reconcile()
    process.hear(received(1))
    for number in (1, 2, 3):
        await kept(database, number)
        await process.reconcile()
    await kept(database, 4)
    with pytest.raises(StreamSilent):
        await process.reconcile()


async def test_a_surge_is_told_once_by_whichever_process_sees_it(database: Database) -> None:
    first, second = counting(database), counting(database)
    for process in (first, second):
        await process.reconcile()
    for number in range(14):
        await kept(database, number)
        for process in (first, second):
            process.hear(received(number))
            if number > 8:
                await process.turn()
    await counting(database).reconcile()
    said: list[Any] = await database.pool.fetch(SAID)
    assert [(row["key"], row["type"]) for row in said] == [(story.UNIT, "ba.spis.analytics.surge.detected.v1")]
    assert '"count":10,"usual":0' in said[0]["body"]


async def test_a_surge_waits_until_the_facts_hold_it_and_is_looked_for_again_though_nothing_changes(
    database: Database,
) -> None:
    process = counting(database)
    await process.reconcile()
    for number in range(10):
        process.hear(received(number))
    await process.turn()
    assert not await database.pool.fetch(SAID)
    await kept(database, *range(10))
    await process.turn()
    assert len(await database.pool.fetch(SAID)) == 1


async def test_copies_of_what_the_facts_hold_already_are_no_surge(database: Database) -> None:
    await kept(database, *range(9))
    process = counting(database)
    await process.reconcile()
    for number in range(9):
        process.hear(replace(received(number), offset=9 + number))
    await process.turn()
    assert not await database.pool.fetch(SAID)
    await database.pool.execute(POSITION, TOPIC, 18)
    await process.reconcile()
    assert await counts(database) == [9]
    assert not await database.pool.fetch(SAID)


async def test_what_was_usual_before_is_no_surge(database: Database) -> None:
    for day in range(1, 3):
        await kept(database, *range(80), at=story.MONDAY - timedelta(days=day))
    process = counting(database)
    await process.reconcile()
    for number in range(80, 92):
        process.hear(received(number))
    await kept(database, *range(80, 92))
    await process.turn()
    assert (await counts(database))[-1] == 12
    assert not await database.pool.fetch(SAID)
