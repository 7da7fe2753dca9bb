"""A person looks at what is parked, tries it again, or gives it up; order is kept all the same."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from services.bus.heard import Heard, Reaction
from services.bus.parking import drop, parking_lot, replay
from services.contracts.envelope import Envelope
from services.contracts.failures import Refused
from services.storage.work import Work
from tests.chassis.echo.listening import heard_all, listening, note
from tests.chassis.echo.room import Echo, open_echo, stamp
from tests.chassis.echo.topic import Topic, event

EVERYTHING = {
    "effects": "SELECT key, incarnation, sequence, event_id FROM effects ORDER BY key, place",
    "heard": "SELECT source, key, incarnation, last, last_id FROM heard ORDER BY source, key",
    "heard_counts": "SELECT source, partition, incarnation, count FROM heard_counts ORDER BY 1, 2, 3",
    "positions": "SELECT partition, next_offset FROM positions ORDER BY partition",
    "set_aside": 'SELECT "offset", key, sequence, reason FROM set_aside ORDER BY "offset"',
    "given_up": 'SELECT "offset", key, sequence, reason, given_up_by FROM given_up ORDER BY "offset"',
}
STORY = [event("a", 1), event("a", 2, id="bad"), event("b", 1), event("a", 3), event("a", 4), event("b", 2)]


async def fails_for_bad(work: Work, heard: Heard) -> None:
    if heard.envelope.id.startswith("bad"):
        raise KeyError("invented")
    await note(work, heard)


async def tables(echo: Echo) -> dict[str, Sequence[tuple[Any, ...]]]:
    return {name: [tuple(row) for row in await echo.rows(sql)] for name, sql in EVERYTHING.items()}


async def hear(echo: Echo, topic: Topic, events: Sequence[Envelope], reaction: Reaction = fails_for_bad) -> None:
    *_, last = await topic.put(*events)
    async with listening(echo, topic, reaction):
        await heard_all(echo, topic, last)


async def number_of(echo: Echo, key: str, sequence: int) -> int:
    return int(await echo.value("SELECT id FROM set_aside WHERE key = $1 AND sequence = $2", key, sequence))


async def test_a_replay_releases_what_waited_in_order_and_leaves_the_tables_of_a_run_without_the_fault(
    echo: Echo, topic: Topic
) -> None:
    await hear(echo, topic, STORY)
    assert await replay(echo.database, stamp(), note, await number_of(echo, "a", 2), dry_run=False) == 0
    async with open_echo(echo.house) as clean, listening(clean, topic):
        await heard_all(clean, topic, len(STORY) - 1)
        assert await tables(echo) == await tables(clean)


async def test_after_a_replay_the_key_goes_on(echo: Echo, topic: Topic) -> None:
    await hear(echo, topic, STORY)
    await replay(echo.database, stamp(), note, await number_of(echo, "a", 2), dry_run=False)
    await hear(echo, topic, [event("a", 5), event("a", 2, id="bad")])
    assert [number for key, _, number in await echo.effects() if key == "a"] == [1, 2, 3, 4, 5]


async def test_a_rehearsal_changes_nothing_and_says_what_a_replay_would(echo: Echo, topic: Topic) -> None:
    async def clashes_at_the_end(work: Work, heard: Heard) -> None:
        work.change("be_picky", "always the same")

    await hear(echo, topic, STORY)
    before, number = await tables(echo), await number_of(echo, "a", 2)
    assert await replay(echo.database, stamp(), note, number, dry_run=True) == 0
    for failing in (fails_for_bad, clashes_at_the_end):
        with pytest.raises(Refused, match=r"^still_failing"):
            await replay(echo.database, stamp(), failing, number, dry_run=True)
        with pytest.raises(Refused, match=r"^still_failing"):
            await replay(echo.database, stamp(), failing, number, dry_run=False)
    assert await tables(echo) == before


async def test_a_later_event_that_fails_is_parked_in_its_turn_and_undoes_nothing(echo: Echo, topic: Topic) -> None:
    broken = event("a", 5, data=b"{}")
    await hear(echo, topic, [*STORY[:4], event("a", 4, id="bad too"), broken, event("a", 6)])
    number = await number_of(echo, "a", 2)

    async def fails_later(work: Work, heard: Heard) -> None:
        await (fails_for_bad if heard.envelope.sequence > 3 else note)(work, heard)

    assert await replay(echo.database, stamp(), fails_later, number, dry_run=True) == 3
    assert await replay(echo.database, stamp(), fails_later, number, dry_run=False) == 3
    assert [number for key, _, number in await echo.effects() if key == "a"] == [1, 2, 3]
    assert await echo.aside() == [
        ("a", 4, "bug: KeyError after an earlier one was replayed"),
        ("a", 5, None),
        ("a", 6, None),
    ]
    assert await replay(echo.database, stamp(), note, await number_of(echo, "a", 4), dry_run=False) == 2
    parked = (await echo.aside())[0]
    assert parked[1] == 5
    assert str(parked[2]).startswith("malformed")


async def test_what_is_given_up_leaves_its_trace_and_its_key_goes_on(echo: Echo, topic: Topic) -> None:
    await hear(echo, topic, STORY)
    number = await number_of(echo, "a", 2)
    assert await drop(echo.database, stamp(), fails_for_bad, number, "it was invented") == 0
    assert [number for key, _, number in await echo.effects() if key == "a"] == [1, 3, 4]
    assert await echo.aside() == []
    assert (await tables(echo))["given_up"] == [(1, "a", 2, "it was invented", "invented")]
    await hear(echo, topic, [event("a", 5)])
    assert (await echo.effects())[-1] == ("a", 1, 5)


async def test_giving_up_goes_on_past_a_later_one_that_fails_too(echo: Echo, topic: Topic) -> None:
    await hear(echo, topic, [*STORY, event("a", 5, id="bad again"), event("a", 6)])
    await drop(echo.database, stamp(), fails_for_bad, await number_of(echo, "a", 2), "it was invented")
    assert [number for key, _, number in await echo.effects() if key == "a"] == [1, 3, 4]
    assert [(number, bool(reason)) for _, number, reason in await echo.aside()] == [(5, True), (6, False)]


async def test_what_cannot_be_read_can_only_be_given_up(echo: Echo, topic: Topic) -> None:
    await topic.put_raw(None, b"{}")
    await hear(echo, topic, [event("a", 1)])
    ((number,),) = [tuple(row) for row in await echo.rows("SELECT id FROM set_aside")]
    with pytest.raises(Refused, match=r"^unreadable"):
        await replay(echo.database, stamp(), note, number, dry_run=False)
    await drop(echo.database, stamp(), note, number, "nobody can read it")
    assert await echo.aside() == []
    assert (await tables(echo))["given_up"] == [(0, None, None, "nobody can read it", "invented")]


async def test_only_the_first_of_a_key_can_be_dealt_with_and_only_when_nothing_is_missing_before_it(
    echo: Echo, topic: Topic
) -> None:
    await hear(echo, topic, [*STORY, event("c", 2)])
    before = await tables(echo)
    for number, code in (
        (await number_of(echo, "a", 3), "not_the_first"),
        (await number_of(echo, "c", 2), "not_come"),
        (10**6, "not_parked"),
    ):
        with pytest.raises(Refused, match=f"^{code}"):
            await replay(echo.database, stamp(), note, number, dry_run=False)
        with pytest.raises(Refused, match=f"^{code}"):
            await drop(echo.database, stamp(), note, number, "it was invented")
    assert await tables(echo) == before


async def test_the_list_shows_the_oldest_first_with_what_waits_behind_it(echo: Echo, topic: Topic) -> None:
    await hear(echo, topic, STORY)
    shown = [(one["key"], one["sequence"], one["reason"]) for one in await parking_lot(echo.database)]
    assert shown == [("a", 2, "bug: KeyError after 3 attempts"), ("a", 3, None), ("a", 4, None)]


async def test_a_replay_and_an_arrival_at_the_same_time_leave_nobody_waiting(echo: Echo, topic: Topic) -> None:
    """Also for a key of which nothing was ever dealt with, where there is no row yet to meet at."""
    await hear(echo, topic, [event("a", 1, id="bad")])
    replaying, arrived = asyncio.Event(), asyncio.Event()

    async def slowly(work: Work, heard: Heard) -> None:
        replaying.set()
        async with asyncio.timeout(10):
            await arrived.wait()
        await note(work, heard)

    number = await number_of(echo, "a", 1)
    again = asyncio.create_task(replay(echo.database, stamp(), slowly, number, dry_run=False))
    await replaying.wait()
    (last,) = await topic.put(event("a", 2))
    blocked = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    async with listening(echo, topic):
        for _ in range(200):
            if await echo.value(blocked) or await echo.value("SELECT count(*) > 1 FROM set_aside"):
                break
            await asyncio.sleep(0.02)
        arrived.set()
        await again
        await heard_all(echo, topic, last)
    assert await echo.effects() == [("a", 1, 1), ("a", 1, 2)]
    assert await echo.aside() == []
