"""Readers are killed, frozen, hung and cut off; every event still has its effect once, and in order."""

import asyncio
import random
import signal
from functools import partial
from typing import Any

import asyncpg
from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete

from deploy.house import House
from services.bus.heard import Heard
from services.contracts.envelope import Envelope
from services.contracts.failures import Unavailable
from services.storage.database import Database
from services.storage.work import Work
from tests.chassis.echo.listening import heard_all, listening, note, note_slowly
from tests.chassis.echo.processes import Family
from tests.chassis.echo.proxy import Wire
from tests.chassis.echo.room import FOLDER, ROOM, Echo
from tests.chassis.echo.topic import Topic, event, make_topic
from tests.chassis.echo.waiting import until

HUNG_SECONDS = 2
KEYS = ("a", "b", "c")
ONCE_SUSPECTED = (
    "INSERT INTO positions (topic, partition, claims, suspect_offset, suspect_attempts) VALUES ($1, 0, 2, 0, 1)"
)


def story(numbers: int, *, begin: int = 1) -> list[Envelope]:
    return [event(key, number) for number in range(begin, numbers + 1) for key in KEYS]


async def each_once_in_order(echo: Echo, numbers: int) -> None:
    effects = await echo.effects()
    for key in KEYS:
        assert [number for of, _, number in effects if of == key] == list(range(1, numbers + 1)), key
    assert await echo.aside() == []


async def effects_reach(echo: Echo, number: int) -> bool:
    return bool(await echo.value("SELECT count(*) >= $1 FROM effects", number))


async def test_readers_that_are_killed_at_random_leave_each_effect_once(
    echo: Echo, topic: Topic, processes: Family
) -> None:
    numbers, chance = 300, random.Random(11)
    *_, last = await topic.put(*story(numbers))
    for life in range(4):
        process = processes.listen(echo, topic, "note_slowly", group=f"{topic.group}-{life}")
        await until(partial(effects_reach, echo, len(await echo.effects()) + chance.randint(1, 100)))
        await asyncio.sleep(chance.random() / 10)
        process.kill()
    processes.listen(echo, topic, "note_slowly", group=f"{topic.group}-last")
    await heard_all(echo, topic, last)
    await each_once_in_order(echo, numbers)


async def test_an_event_that_kills_the_process_is_parked_within_three_restarts(
    echo: Echo, topic: Topic, processes: Family
) -> None:
    await topic.put(event("a", 1))
    process = processes.listen(echo, topic, "die_of_killer", group=f"{topic.group}-0")
    await until(partial(effects_reach, echo, 1))
    *_, last = await topic.put(event("b", 1), event("a", 2, id="killer"), event("a", 3), event("b", 2))
    await until(process.ended)
    for restart in range(1, 3):
        process = processes.listen(echo, topic, "die_of_killer", group=f"{topic.group}-{restart}")
        await until(process.ended)
        assert process.code == -signal.SIGKILL
    processes.listen(echo, topic, "die_of_killer", group=f"{topic.group}-3")
    await heard_all(echo, topic, last)
    assert sorted(await echo.effects()) == [("a", 1, 1), ("b", 1, 1), ("b", 1, 2)]
    assert await echo.aside() == [("a", 2, "killed or hung the process 3 times"), ("a", 3, None)]


async def test_a_handler_that_hangs_ends_its_process_and_its_event_is_parked(
    echo: Echo, topic: Topic, processes: Family
) -> None:
    await echo.rows(ONCE_SUSPECTED, topic.name)
    *_, last = await topic.put(event("a", 1, id="hanger"), event("b", 1))
    first = processes.listen(echo, topic, "hang_on_hanger", group=f"{topic.group}-1", hung_seconds=HUNG_SECONDS)
    await until(first.ended)
    assert "Timeout" in processes.log.read_text(), "it shows where it hung"
    processes.listen(echo, topic, "hang_on_hanger", group=f"{topic.group}-2", hung_seconds=HUNG_SECONDS)
    await heard_all(echo, topic, last)
    assert await echo.effects() == [("b", 1, 1)]
    assert await echo.aside() == [("a", 1, "killed or hung the process 3 times")]


async def test_a_reader_frozen_in_the_middle_of_its_transaction_is_passed_over_and_does_nothing_when_it_thaws(
    echo: Echo, topic: Topic, processes: Family
) -> None:
    *_, last = await topic.put(event("a", 1), event("b", 1, id="freezer"), *story(3, begin=2))
    frozen = processes.listen(echo, topic, "freeze_on_freezer", group=topic.group)
    await until(frozen.frozen)
    processes.listen(echo, topic, "note", group=topic.group)
    await heard_all(echo, topic, last, 40)
    frozen.send(signal.SIGCONT)
    (last,) = await topic.put(event("a", 4))
    await heard_all(echo, topic, last)
    effects = await echo.effects()
    assert [number for key, _, number in effects if key == "a"] == [1, 2, 3, 4]
    assert [number for key, _, number in effects if key == "b"] == [1, 2, 3]
    assert frozen.alive


async def test_a_reader_that_another_passed_over_leaves_nothing_of_its_batch(
    echo: Echo, topic: Topic, told: list[Any]
) -> None:
    passed_over = asyncio.Event()

    async def hear(work: Work, heard: Heard) -> None:
        await note(work, heard)
        if not passed_over.is_set():
            await echo.rows("UPDATE positions SET epoch = epoch + 1 WHERE topic = $1", topic.name)
            passed_over.set()

    *_, last = await topic.put(event("a", 1), event("a", 2))
    async with listening(echo, topic, hear):
        await heard_all(echo, topic, last)
    assert [line["event"] for line in told if line["event"] == "fenced"] == ["fenced"]
    assert await echo.effects() == [("a", 1, 1), ("a", 1, 2)]


async def test_members_that_come_and_go_share_the_partitions_and_repeat_nothing(house: House, echo: Echo) -> None:
    topic = await make_topic(house, partitions=4)
    numbers = 60
    keys = [f"key-{number}" for number in range(8)]

    async def produce() -> None:
        for number in range(1, numbers + 1):
            await topic.put(*(event(key, number) for key in keys))
            await asyncio.sleep(0.02)

    producing = asyncio.create_task(produce())
    other = await Database.open(ROOM, echo.url, FOLDER)
    async with listening(echo, topic, note_slowly, group=topic.group):
        await until(lambda: effects_reach(echo, 20))
        async with listening(echo, topic, note_slowly, group=topic.group, database=other):
            await until(lambda: echo.value("SELECT max(epoch) >= 2 FROM positions"))
            await until(lambda: effects_reach(echo, 200))
        await producing
        await until(lambda: effects_reach(echo, numbers * len(keys)))
    effects = await echo.effects()
    for key in keys:
        assert [number for of, _, number in effects if of == key] == list(range(1, numbers + 1)), key
    await other.close()
    await topic.close()


async def test_a_commit_whose_answer_is_lost_is_found_again_and_not_repeated(echo: Echo, topic: Topic) -> None:
    *_, last = await topic.put(*story(4))
    async with Wire(echo.url).open() as wire:
        database = await Database.open(ROOM, wire.url, FOLDER)
        wire.lose = 2
        async with listening(echo, topic, database=database):
            await heard_all(echo, topic, last)
            *_, last = await topic.put(*story(8, begin=5))
            await heard_all(echo, topic, last)
        await database.close()
    assert wire.lost == 2
    await each_once_in_order(echo, 8)


async def test_a_database_that_restarts_is_waited_for_and_nothing_is_parked(echo: Echo, topic: Topic) -> None:
    numbers = 120
    *_, last = await topic.put(*story(numbers))
    async with listening(echo, topic, note_slowly):
        await until(lambda: effects_reach(echo, 50))
        await echo.restart_database()

        async def heard() -> bool:
            try:
                return bool(await echo.database.read("position", topic.name, 0)) and await effects_reach(
                    echo, numbers * len(KEYS)
                )
            except (Unavailable, OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                return False

        await until(heard, 60)
    assert last == numbers * len(KEYS) - 1
    await each_once_in_order(echo, numbers)


async def test_a_position_outside_the_log_stops_that_partition_alone_and_calls_somebody(
    house: House, echo: Echo, told: list[Any]
) -> None:
    topic = await make_topic(house, partitions=2)
    await topic.put(event("a", 1), partition=0)
    await topic.put(event("b", 1), partition=1)
    await echo.rows("INSERT INTO positions (topic, partition, next_offset) VALUES ($1, 0, 7)", topic.name)
    async with listening(echo, topic) as listener:
        await until(lambda: effects_reach(echo, 1))
        turned = listener.turns[0]
        await topic.put(event("a", 2), partition=0)
        await topic.put(event("b", 2), partition=1)
        await until(lambda: effects_reach(echo, 2))
        await until(lambda: listener.turned_since(turned, 4))
    assert await echo.effects() == [("b", 1, 1), ("b", 1, 2)]
    calls = [line for line in told if line["event"] == "position_outside_log"]
    assert [(line["partition"], line["offset"]) for line in calls] == [(0, 7)], "it calls once"
    assert await echo.value("SELECT epoch FROM positions WHERE partition = 1") == 1, "the other is not disturbed"
    await topic.close()


async def test_a_log_that_loses_its_beginning_under_a_reader_is_noticed(
    house: House, echo: Echo, topic: Topic, told: list[Any]
) -> None:
    await topic.put(event("a", 1), event("a", 2), event("b", 1), event("b", 2))
    held = asyncio.Event()

    async def hear(work: Work, heard: Heard) -> None:
        if not held.is_set():
            held.set()
            await delete_records(house, topic, 3)
            raise Unavailable("invented")
        await note(work, heard)

    async def called() -> bool:
        return any(line["event"] == "position_outside_log" for line in told)

    async with listening(echo, topic, hear):
        await until(called)
    assert await echo.effects() == []


async def delete_records(house: House, topic: Topic, before: int) -> None:
    """Take the beginning of a topic away, as retention would."""
    admin = AIOKafkaAdminClient(bootstrap_servers=house.kafka)
    await admin.start()
    await admin.delete_records({TopicPartition(topic.name, 0): RecordsToDelete(before)})
    await admin.close()
