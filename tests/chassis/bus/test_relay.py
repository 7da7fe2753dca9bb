"""The relay carries the outbox to the topic in order, marks what was answered, and is one at a time."""

import asyncio
import signal
from typing import Any

import pytest

from services.bus.checkpoints import CHECKPOINT
from services.bus.relay import RelayStuck
from services.contracts.envelope import Envelope
from services.runtime.gauges import alarms_of
from tests.chassis.echo.listening import heard_all, listening
from tests.chassis.echo.processes import Family
from tests.chassis.echo.relaying import published, publishing
from tests.chassis.echo.room import Echo
from tests.chassis.echo.topic import Topic
from tests.chassis.echo.waiting import until

LONGER_THAN_A_LEASE = 5.5
COUNTED = "SELECT count FROM published_counts WHERE topic = $1"


async def said(topic: Topic) -> list[Envelope]:
    """The events on the topic, without the checkpoints among them."""
    return [event for event in await topic.events() if event.type != CHECKPOINT]


async def say_some(echo: Echo, topic: Topic, times: int) -> None:
    for _ in range(times):
        await echo.say(topic.name, ["a", "b", "a"])


async def heard_once(echo: Echo, topic: Topic) -> None:
    """A reader has each event of the outbox once, in order, whatever lies on the topic."""
    expected = {
        key: [row["sequence"] for row in await echo.rows("SELECT sequence FROM outbox WHERE key = $1 ORDER BY id", key)]
        for key in ("a", "b")
    }
    async with listening(echo, topic):
        await heard_all(echo, topic, (await topic.records())[-1].offset)
    effects = await echo.effects()
    assert {key: [number for of, _, number in effects if of == key] for key in ("a", "b")} == expected
    assert await echo.aside() == []
    assert await alarms_of(echo.database) == set()


async def test_rows_are_published_in_order_and_marked_with_their_place(echo: Echo, topic: Topic) -> None:
    await say_some(echo, topic, 20)
    async with publishing(echo, topic):
        await until(lambda: published(echo))
    rows = await echo.rows("SELECT event_id, key, sequence, kafka_offset FROM outbox ORDER BY id")
    events = await said(topic)
    assert [(event.id, event.key, event.sequence) for event in events] == [tuple(row)[:3] for row in rows]
    records = [record.offset for record in await topic.records()]
    assert [row["kafka_offset"] for row in rows] == records[: len(rows)]
    assert (await echo.rows(COUNTED, topic.name))[0]["count"] == len(rows) == 60
    assert await echo.value("SELECT published FROM published_keys WHERE key = 'a'") == 40
    await heard_once(echo, topic)


async def test_what_is_said_while_it_runs_goes_out_at_once(echo: Echo, topic: Topic) -> None:
    async with publishing(echo, topic):
        await until(lambda: echo.value("SELECT term > 0 FROM relay_lease"))
        await echo.say(topic.name, ["a"])
        await until(lambda: published(echo))
    assert [event.sequence for event in await said(topic)] == [1]


async def test_it_leaves_its_place_to_the_next_at_once_when_it_stops(echo: Echo, topic: Topic) -> None:
    for turn in range(3):
        async with publishing(echo, topic, holder=f"relay-{turn}"):
            await echo.say(topic.name, ["a"])
            await until(lambda: published(echo), 4.0)
    assert await echo.value("SELECT term FROM relay_lease") == 3


async def test_of_two_relays_one_publishes_and_the_other_waits(echo: Echo, topic: Topic) -> None:
    async with publishing(echo, topic, holder="one"):
        await until(lambda: echo.value("SELECT term > 0 FROM relay_lease"))
        async with publishing(echo, topic, holder="two"):
            await say_some(echo, topic, 10)
            await until(lambda: published(echo))
            assert await echo.value("SELECT holder FROM relay_lease") == "one"
    assert len(await said(topic)) == 30


async def test_a_relay_killed_between_sending_and_marking_leaves_each_event_once_to_the_readers(
    echo: Echo, topic: Topic, processes: Family
) -> None:
    await say_some(echo, topic, 10)
    dying = processes.relay(echo, topic, interrupted="killed before marking")
    await until(dying.ended)
    assert dying.code == -signal.SIGKILL
    assert len(await said(topic)) == 30
    assert not await published(echo)
    async with publishing(echo, topic):
        await say_some(echo, topic, 5)
        await until(lambda: published(echo))
    assert len(await said(topic)) == 30 + 45, "it did send them a second time"
    assert (await echo.rows(COUNTED, topic.name))[0]["count"] == 45
    await heard_once(echo, topic)


async def test_a_relay_frozen_past_its_lease_is_passed_over_and_what_it_repeats_is_dropped(
    echo: Echo, topic: Topic, processes: Family
) -> None:
    await say_some(echo, topic, 10)
    frozen = processes.relay(echo, topic, interrupted="frozen after reading")
    await until(frozen.frozen)
    async with publishing(echo, topic):
        await until(lambda: published(echo))
        await say_some(echo, topic, 5)
        await until(lambda: published(echo))
        frozen.send(signal.SIGCONT)
        await until(lambda: has(processes, "relay_passed_over"))
        assert await echo.value("SELECT holder FROM relay_lease") == "relay"
    assert len(await said(topic)) == 45 + 30, "on thawing it sent again what it had read"
    assert (await echo.rows(COUNTED, topic.name))[0]["count"] == 45, "and its marks were refused"
    await heard_once(echo, topic)


async def has(processes: Family, words: str) -> bool:
    return words in processes.log.read_text()


async def test_while_kafka_is_away_commands_go_on_and_the_relay_gives_up_and_drains_afterwards(
    echo: Echo, topic: Topic, told: list[Any]
) -> None:
    await echo.say(topic.name, ["a", "b", "a"])
    async with publishing(echo, topic, send_seconds_max=2.0) as running, listening(echo, topic) as listener:
        await until(lambda: effects_reach(echo, 3))
        await asyncio.to_thread(echo.house.stop, "kafka")
        await say_some(echo, topic, 4)
        with pytest.raises(RelayStuck):
            async with asyncio.timeout(20):
                await running
        turned = listener.turns[0]
        await say_some(echo, topic, 5)
        assert not await published(echo)
        await until(lambda: listener.turned_since(turned, 4))
        await asyncio.to_thread(echo.house.start, "kafka")
        await asyncio.to_thread(echo.house.wait_ready, 60.0, "kafka")
        async with publishing(echo, topic, holder="next"):
            await until(lambda: published(echo), 40)
            await until(lambda: effects_reach(echo, 30), 40)
    assert [number for key, _, number in await echo.effects() if key == "a"] == list(range(1, 21))


async def effects_reach(echo: Echo, number: int) -> bool:
    return bool(await echo.value("SELECT count(*) >= $1 FROM effects", number))


async def test_a_relay_waits_for_a_database_that_is_away(echo: Echo, topic: Topic) -> None:
    async with publishing(echo, topic):
        await echo.say(topic.name, ["a"])
        await until(lambda: published(echo))
        await echo.rows(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = current_user"
            " AND pid <> pg_backend_pid() AND datname = current_database()"
        )
        await echo.say(topic.name, ["a"])
        await until(lambda: published(echo))
    assert {event.sequence for event in await said(topic)} == {1, 2}


async def test_what_was_said_about_a_reference_can_be_published_again_and_counts_once(echo: Echo, topic: Topic) -> None:
    await echo.say(topic.name, ["a", "b"], subject="A-1")
    await echo.say(topic.name, ["a"], subject="A-2")
    async with publishing(echo, topic):
        await until(lambda: published(echo))
    assert len(await echo.database.read("republish", "A-1")) == 2
    async with publishing(echo, topic, holder="again"):
        await until(lambda: published(echo))
    assert [event.sequence for event in await said(topic)] == [1, 1, 2, 1, 1]
    assert (await echo.rows(COUNTED, topic.name))[0]["count"] == 3
    assert await echo.value("SELECT published FROM published_keys WHERE key = 'a'") == 2
    await heard_once(echo, topic)


async def test_a_row_that_vanishes_before_it_was_published_is_noticed(echo: Echo, topic: Topic) -> None:
    await say_some(echo, topic, 2)
    await echo.rows("DELETE FROM outbox WHERE key = 'a' AND sequence = 4")
    async with publishing(echo, topic):
        await until(lambda: published(echo))
    assert await alarms_of(echo.database) == {f"outbox {topic.name} a 1/4"}


async def test_nothing_is_called_lost_that_only_waits(echo: Echo, topic: Topic) -> None:
    await say_some(echo, topic, 2)
    assert await alarms_of(echo.database) == set()
    async with publishing(echo, topic):
        await until(lambda: published(echo))
    assert await alarms_of(echo.database) == set()


async def test_a_repeat_at_the_end_of_the_log_of_rows_pruned_long_ago_stops_nobody(echo: Echo, topic: Topic) -> None:
    await echo.say(topic.name, ["a", "b"])
    async with publishing(echo, topic):
        await until(lambda: published(echo))
    await topic.put(*await said(topic))
    await echo.rows("DELETE FROM outbox")
    await echo.say(topic.name, ["a"])
    async with publishing(echo, topic, holder="months later"):
        await until(lambda: published(echo))
    assert [event.sequence for event in await said(topic)] == [1, 1, 1, 1, 2]


async def test_two_relays_that_both_look_behind_for_long_do_not_keep_each_other_from_publishing(
    echo: Echo, topic: Topic
) -> None:
    async def looks_for_long(known: object) -> list[Envelope]:
        await asyncio.sleep(LONGER_THAN_A_LEASE)
        return []

    await echo.say(topic.name, ["a"])
    async with publishing(echo, topic, holder="one", tail=looks_for_long):
        await until(lambda: echo.value("SELECT term > 0 FROM relay_lease"))
        async with publishing(echo, topic, holder="two", tail=looks_for_long):
            await until(lambda: published(echo), LONGER_THAN_A_LEASE + 3)
            assert await echo.value("SELECT holder || term FROM relay_lease") == "one1"
