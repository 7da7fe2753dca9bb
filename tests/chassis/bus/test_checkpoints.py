"""Checkpoints say how much a source has put on a partition; a reader that has fewer knows, and names the hop."""

from datetime import UTC, datetime
from typing import Any

import pytest

from services.bus.checkpoints import CHECKPOINT, Checkpoint, checkpoint_envelope
from services.contracts.envelope import Envelope
from services.runtime.gauges import alarms_of
from tests.chassis.echo.listening import heard_all, listening
from tests.chassis.echo.relaying import published, publishing
from tests.chassis.echo.room import ROOM, Echo
from tests.chassis.echo.topic import Topic, event
from tests.chassis.echo.waiting import until


def checkpoint(topic: Topic, count: int, *, term: int = 1, incarnation: int = 1) -> Envelope:
    said = Checkpoint(f"/{ROOM}", incarnation, term, count)
    return checkpoint_envelope(said, topic.name, 0, datetime.now(UTC))


async def hear(echo: Echo, topic: Topic, *events: Envelope) -> None:
    *_, last = await topic.put(*events)
    async with listening(echo, topic):
        await heard_all(echo, topic, last)


async def missing(echo: Echo) -> int:
    return int(await echo.value("SELECT coalesce(sum(missing), 0) FROM checkpoints_heard"))


async def test_behind_new_events_the_relay_says_how_many_there_were(echo: Echo, topic: Topic) -> None:
    await echo.say(topic.name, ["a", "b", "a"])
    async with publishing(echo, topic):
        await until(lambda: published(echo))
        await echo.say(topic.name, ["a"])
        await until(lambda: published(echo))
    events = await topic.events()
    assert [event.type == CHECKPOINT for event in events] == [False, False, False, True, False], "not twice a minute"
    assert events[3].data == b'{"term": 1, "count": 3}'
    async with publishing(echo, topic, holder="next"):
        await until(lambda: lies_at_end(topic, b'{"term": 2, "count": 4}'))
    async with listening(echo, topic):
        await heard_all(echo, topic, 5)
    assert await missing(echo) == 0


async def lies_at_end(topic: Topic, data: bytes) -> bool:
    return (await topic.events())[-1].data == data


async def test_an_event_that_never_reached_the_topic_is_noticed_and_its_hop_is_named(
    echo: Echo, topic: Topic, told: list[Any]
) -> None:
    await hear(echo, topic, event("a", 1), event("b", 1), checkpoint(topic, 2))
    assert await alarms_of(echo.database) == set()
    await hear(echo, topic, checkpoint(topic, 3))
    assert await missing(echo) == 1
    assert [(line["count"], line["hop"]) for line in told if line["event"] == "events_missing"] == [(1, "topic")]
    assert await alarms_of(echo.database) == {f"topic {topic.name}/0 from /{ROOM}"}
    await hear(echo, topic, event("a", 2), checkpoint(topic, 3))
    assert await alarms_of(echo.database) == set(), "what came late is missing no longer"


async def test_what_is_repeated_held_or_parked_counts_once(echo: Echo, topic: Topic) -> None:
    twice = [event("a", 1), event("a", 3), event("b", 1, data=b"{}"), event("b", 2)]
    await hear(echo, topic, *twice, *twice, checkpoint(topic, 4))
    assert await missing(echo) == 0
    await hear(echo, topic, checkpoint(topic, 5))
    assert await missing(echo) == 1


async def test_what_a_passed_over_relay_still_says_is_ignored(echo: Echo, topic: Topic, told: list[Any]) -> None:
    await hear(echo, topic, event("a", 1), checkpoint(topic, 1, term=5), checkpoint(topic, 7, term=4))
    assert await missing(echo) == 0
    assert not [line for line in told if line["event"] == "events_missing"]


async def test_after_a_restore_a_lower_term_is_believed_under_the_new_incarnation(echo: Echo, topic: Topic) -> None:
    await hear(echo, topic, event("a", 1), event("a", 2), checkpoint(topic, 2, term=9))
    await hear(echo, topic, event("a", 1, 2), checkpoint(topic, 1, term=3, incarnation=2))
    assert await missing(echo) == 0
    await hear(echo, topic, checkpoint(topic, 2, term=3, incarnation=2))
    assert await missing(echo) == 1


@pytest.mark.parametrize("data", [b"{}", b'{"term": null, "count": 1}', b"[]", b"\xff"])
async def test_a_checkpoint_that_cannot_be_read_stops_nothing(echo: Echo, topic: Topic, data: bytes) -> None:
    broken = checkpoint(topic, 1)
    await hear(echo, topic, event("a", 1), event("-", 1, type=CHECKPOINT, data=data), event("a", 2), broken)
    assert await echo.effects() == [("a", 1, 1), ("a", 1, 2)]
    assert await echo.aside() == []
