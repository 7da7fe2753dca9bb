"""Every event of a key has its effect once and in order, whatever arrives twice, late or not at all."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from services.bus.batch import Claim, keep_batch
from services.bus.heard import Arrived, Foreseeing, Heard
from services.contracts.catalog import parse
from services.contracts.envelope import encode
from services.storage.stamp import Stamp
from services.storage.work import Work
from tests.chassis.echo.listening import heard_all, listening
from tests.chassis.echo.room import Echo
from tests.chassis.echo.topic import Topic, event

MARK = "SELECT incarnation, last FROM heard WHERE key = $1"


async def mark(echo: Echo, key: str) -> tuple[int, int]:
    return tuple((await echo.rows(MARK, key))[0])


async def test_events_have_their_effects_in_order_and_the_position_moves_with_them(echo: Echo, topic: Topic) -> None:
    *_, last = await topic.put(*(event(key, number) for number in range(1, 31) for key in ("a", "b")))
    async with listening(echo, topic):
        await heard_all(echo, topic, last)
    effects = await echo.effects()
    assert [number for key, _, number in effects if key == "a"] == list(range(1, 31))
    assert len(effects) == 60
    assert await mark(echo, "b") == (1, 30)


async def test_repeats_are_dropped(echo: Echo, topic: Topic) -> None:
    events = [event("a", number) for number in (1, 2, 1, 2, 3, 1, 3, 4)]
    *_, last = await topic.put(*events)
    async with listening(echo, topic):
        await heard_all(echo, topic, last)
        last = (await topic.put(*events))[-1]
        await heard_all(echo, topic, last)
    assert await echo.effects() == [("a", 1, number) for number in (1, 2, 3, 4)]
    assert await echo.aside() == []


async def test_what_is_released_is_dealt_with_as_itself_and_not_as_what_was_foreseen(echo: Echo, topic: Topic) -> None:
    heard: list[Any] = []

    async def react(_: Work, it: Heard) -> None:
        heard.append((it.envelope.sequence, it.announcement))

    async def foresee(_: Work, coming: Sequence[Any]) -> None:
        assert len(coming) == 1

    events = {number: event("a", number, data=event(f"said {number}", 1).data) for number in (1, 2)}
    (row,) = await echo.database.read("claim_partition", topic.name, 0)
    claim = Claim(topic.name, 0, row["epoch"], 0, doubtful=False)
    for offset, number in enumerate((2, 1)):
        key, value, headers = encode(events[number])
        arrived = Arrived(topic.name, 0, offset, key, value, tuple(headers))
        stamp = Stamp(datetime.now(UTC), "system", "journey")
        claim = await keep_batch(echo.database, stamp, claim, [arrived], Foreseeing(react, foresee), {})
    assert heard == [(number, parse(events[number])) for number in (1, 2)]


async def test_what_comes_too_early_is_held_and_released_in_order_when_the_missing_one_arrives(
    echo: Echo, topic: Topic
) -> None:
    (last,) = (await topic.put(event("a", 1), event("a", 4), event("b", 1), event("a", 3), event("a", 4)))[-1:]
    async with listening(echo, topic):
        await heard_all(echo, topic, last)
        assert await echo.effects() == [("a", 1, 1), ("b", 1, 1)], "another key waits for nothing"
        assert [(key, number) for key, number, _ in await echo.aside()] == [("a", 4), ("a", 3)]
        (last,) = await topic.put(event("a", 2))
        await heard_all(echo, topic, last)
    assert await echo.effects() == [("a", 1, 1), ("b", 1, 1), ("a", 1, 2), ("a", 1, 3), ("a", 1, 4)]
    assert await echo.aside() == []
    assert await mark(echo, "a") == (1, 4)


async def test_a_restored_source_begins_again_and_is_believed(echo: Echo, topic: Topic) -> None:
    said = [event("a", 1), event("a", 2), event("a", 1, 2), event("a", 2, 2), event("a", 3), event("a", 1, 4)]
    *_, last = await topic.put(*said)
    async with listening(echo, topic):
        await heard_all(echo, topic, last)
    assert await echo.effects() == [("a", 1, 1), ("a", 1, 2), ("a", 2, 1), ("a", 2, 2), ("a", 4, 1)]
    assert await echo.aside() == [], "what the old incarnation still said is dropped"


async def test_what_a_restored_source_begins_waits_for_what_it_had_said_before(echo: Echo, topic: Topic) -> None:
    said = [event("a", 1), event("a", 3), event("a", 1, 2), event("a", 2, 2)]
    *_, last = await topic.put(*said)
    async with listening(echo, topic):
        await heard_all(echo, topic, last)
        assert await echo.effects() == [("a", 1, 1)]
        (last,) = await topic.put(event("a", 2))
        await heard_all(echo, topic, last)
    assert await echo.effects() == [("a", 1, 1), ("a", 1, 2), ("a", 1, 3), ("a", 2, 1), ("a", 2, 2)]
    assert await echo.aside() == []


@pytest.mark.parametrize("held", [False, True], ids=["applied", "held"])
async def test_two_events_with_one_number_call_somebody(echo: Echo, topic: Topic, told: list[Any], held: bool) -> None:
    number = 2 if held else 1
    *_, last = await topic.put(event("a", number), event("a", number, id="another"))
    async with listening(echo, topic):
        await heard_all(echo, topic, last)
    assert [line["event_id"] for line in told if line["event"] == "two_events_with_one_number"] == ["another"]
    assert len(await echo.effects()) + len(await echo.aside()) == 1


async def test_the_same_number_of_another_source_is_another_event(echo: Echo, topic: Topic) -> None:
    *_, last = await topic.put(event("a", 1), event("a", 1, source="/intake", id="theirs"), event("a", 2))
    async with listening(echo, topic):
        await heard_all(echo, topic, last)
    assert await echo.effects() == [("a", 1, 1), ("a", 1, 1), ("a", 1, 2)]
