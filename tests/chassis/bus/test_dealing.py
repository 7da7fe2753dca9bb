"""Partitions are dealt out again while a reader is in the middle of something."""

import asyncio

from services.bus.heard import Heard
from services.bus.kafka import consumer
from services.storage.work import Work
from tests.chassis.echo.listening import listening, note
from tests.chassis.echo.room import Echo
from tests.chassis.echo.topic import Topic, event
from tests.chassis.echo.waiting import until

FIRST_IN_THE_GROUP = "a-reader"
"""Whoever's name sorts first is dealt the only partition."""


async def test_a_reader_whose_partition_goes_to_another_while_it_takes_from_it_goes_on(
    echo: Echo, topic: Topic
) -> None:
    taken, may_go_on = asyncio.Event(), asyncio.Event()

    async def hear(work: Work, heard: Heard) -> None:
        taken.set()
        await may_go_on.wait()
        await note(work, heard)

    await topic.put(event("a", 1))
    async with listening(echo, topic, hear, group=topic.group) as reader:
        await taken.wait()
        heir = consumer(topic.settings, FIRST_IN_THE_GROUP, topic.group)
        heir.subscribe([topic.name])
        await heir.start()
        try:

            async def inherited() -> bool:
                return bool(heir.assignment())

            await until(inherited)
            may_go_on.set()
            before = reader.turns[0]
            await until(lambda: reader.turned_since(before, 4))
        finally:
            await heir.stop()
    assert await echo.effects() == [("a", 1, 1)]
