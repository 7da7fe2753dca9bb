"""A database restored to an earlier point: publishing stops, readers take what follows, nothing is told twice."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from typing import Any

import asyncpg
import pytest

from deploy.house import House
from services.bus.checkpoints import CHECKPOINT
from services.bus.kafka import KafkaSettings, producer
from services.bus.relay import LogAhead, Relay
from services.bus.tail import tail
from services.bus.topics import create_topics
from services.contracts.catalog import ALERTS
from services.contracts.notifications import AlertResolved
from services.runtime.gauges import alarms_of
from services.runtime.operations import restored
from services.storage.work import Work
from tests.chassis.echo.listening import listening
from tests.chassis.echo.relaying import published, publishing
from tests.chassis.echo.room import ROOM, Echo, copy_database, open_echo, stamp
from tests.chassis.echo.tally import MOMENT, TALLY, Add
from tests.chassis.echo.topic import Topic, let_go
from tests.chassis.echo.waiting import until

BACKUP = "restored_from"


async def add(echo: Echo, ref: str, name: str, *desks: str) -> None:
    await echo.database.transact(stamp(), lambda work: work.carry_out(TALLY, ref, Add(name, 1, desks)))


async def decide_again(echo: Echo, alert: str, desk: str) -> None:
    """Say what was said before, of a later moment and from another place of the stream."""
    said = AlertResolved(alert, "invented", desk, "TOWN", MOMENT + timedelta(hours=1))

    async def action(work: Work) -> None:
        work.say(said, fact=f"again/{alert}")

    await echo.database.transact(stamp(), action)


async def publish(echo: Echo, holder: str) -> None:
    """Publish everything that waits, as a worker would."""
    settings = KafkaSettings(servers=echo.house.kafka)
    client = producer(settings, holder)
    await client.start()
    stop = asyncio.Event()
    running = asyncio.create_task(Relay(client, echo.database, holder, partial(tail, settings, ROOM)).run(stop))

    async def done_or_refused() -> bool:
        return running.done() or await published(echo)

    try:
        await until(done_or_refused)
    finally:
        stop.set()
        await asyncio.gather(running, return_exceptions=True)
        await let_go(client)
    running.result()


async def everything_heard(reader: Echo, events: int) -> None:
    await until(lambda: reader.value("SELECT count(*) >= $1 FROM effects", events))


def numbers_of(effects: Sequence[tuple[str, int, int]], key: str) -> list[tuple[int, int]]:
    return [(incarnation, number) for of, incarnation, number in effects if of == key]


async def nothing_lost_and_nothing_twice(reader: Echo) -> None:
    effects = await reader.effects()
    assert numbers_of(effects, "desk-a") == [(1, 1), (1, 2), (1, 3), (2, 1), (2, 2)]
    assert numbers_of(effects, "desk-b") == [(1, 1), (2, 1)]
    assert numbers_of(effects, "desk-c") == [(1, 1), (2, 1)]
    ids = await reader.rows("SELECT event_id FROM effects")
    assert len({row["event_id"] for row in ids}) == len(ids) == 9
    assert await reader.aside() == []
    assert await alarms_of(reader.database) == set()


async def said_and_lost(template: House) -> None:
    """A copy is made, and afterwards more is said that only the topics keep."""
    async with open_echo(template, keep=True) as before:
        await add(before, "T-1", "one", "desk-a", "desk-b")
        await publish(before, "first")
        await add(before, "T-1", "published after the copy", "desk-a")
        await before.database.close()
        await copy_database(template, before.url.rpartition("/")[2], BACKUP)
    async with open_echo(template, copied_from=before.url.rpartition("/")[2]) as lost:
        await publish(lost, "second")
        await add(lost, "T-1", "lost with the database", "desk-a")
        await add(lost, "T-2", "lost too", "desk-c")
        await publish(lost, "second")


async def test_after_a_restore_publishing_waits_for_a_person_and_readers_go_on_with_nothing_twice(
    template: House, told: list[Any]
) -> None:
    settings = KafkaSettings(servers=template.kafka)
    await create_topics(settings)
    assert await create_topics(settings) == [], "asking twice creates nothing"
    alerts = Topic(ALERTS.name, ALERTS.partitions, settings, producer(settings, "test"))
    await alerts.producer.start()
    async with open_echo(template) as reader, listening(reader, alerts):
        await said_and_lost(template)
        await everything_heard(reader, 5)
        async with open_echo(template, copied_from=BACKUP) as back:
            await add(back, "T-1", "accepted before anybody noticed", "desk-a", "desk-b")
            await decide_again(back, "T-2.lost too", "desk-c")
            with pytest.raises(LogAhead, match=r"2 announcements .* run `./spis restored notifications`"):
                await publish(back, "third")
            assert await back.value("SELECT count(*) FROM outbox WHERE published_at IS NULL") == 4
            done = await restored(back.database, settings)
            assert done["incarnation"] == 2
            assert sorted(each["subject"] for each in done["said_after_the_point"]) == [
                "T-1.lost with the database",
                "T-2.lost too",
            ]
            await publish(back, "fourth")
            await decide_again(back, "T-1.lost with the database", "desk-a")
            await add(back, "T-3", "afterwards", "desk-a", "desk-c")
            await publish(back, "fifth")
            await everything_heard(reader, 9)
            assert await alarms_of(back.database) == set()
        await nothing_lost_and_nothing_twice(reader)
    assert not [line for line in told if line["event"] in ("two_events_with_one_number", "events_missing")]
    assert [record for record in await alerts.events() if record.type == CHECKPOINT]
    await alerts.close()


async def test_a_database_restored_under_a_living_relay_is_noticed(template: House, topic: Topic) -> None:
    async with open_echo(template, keep=True) as first:
        await first.say(topic.name, ["a"])
        async with publishing(first, topic):
            await until(lambda: published(first))
        name = first.url.rpartition("/")[2]
        await first.database.close()
    await copy_database(template, name, f"{name}_copy")
    async with open_echo(template, copied_from=f"{name}_copy") as living:
        there = living.url.rpartition("/")[2]
        async with publishing(living, topic) as running:
            await living.say(topic.name, ["a"])
            await until(lambda: published(living))
            await replace_database(template, there, f"{name}_copy")
            with pytest.raises(LogAhead):
                await running


async def replace_database(house: House, name: str, by: str) -> None:
    """Put a copy in the place of a database that is in use, as a restore does."""
    conn = await asyncpg.connect(house.admin_url)
    await conn.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
    while await conn.fetch("SELECT pg_terminate_backend(pid, 1000) FROM pg_stat_activity WHERE datname = $1", name):
        continue
    await conn.execute(f'ALTER DATABASE "{name}" RENAME TO "{name}_gone"')
    await conn.execute(f'ALTER DATABASE "{by}" RENAME TO "{name}"')
    await conn.close()
