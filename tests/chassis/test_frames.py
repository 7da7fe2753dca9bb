"""The letterbox of alerts: whoever has read a number has seen every number before it."""

import asyncio
import json
import random
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from deploy.house import House
from notifications.alert import Raised
from notifications.watch import bell_of, record
from services.contracts.codes import RiskBand
from services.runtime.gauges import alarms_of
from services.storage.work import Work
from tests.chassis.inbox import Inbox, emptied, open_inbox
from tests.core import alert_stories as story

FRAME = json.dumps(
    [{"desk": story.CASELOAD, "alert": "A-1", "kind": "raised", "payload": {}, "at": story.MONDAY.isoformat()}]
)
WRITERS = 40


@pytest.fixture(scope="module")
async def opened(house: House, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Inbox]:
    async with open_inbox(house, tmp_path_factory.mktemp("frames")) as inbox:
        yield inbox


@pytest.fixture
async def inbox(opened: Inbox) -> Inbox:
    await emptied(opened)
    return opened


async def numbers(inbox: Inbox) -> list[int]:
    return [row["number"] for row in await inbox.rows("SELECT number FROM frames ORDER BY number")]


async def test_a_number_is_drawn_only_when_every_lower_one_can_be_seen(inbox: Inbox) -> None:
    insert, pool = inbox.database.statements["insert_frames"], inbox.database.pool
    async with pool.acquire() as slow, pool.acquire() as fast:
        slow_work, fast_work = slow.transaction(), fast.transaction()
        await slow_work.start()
        await slow.execute(insert, FRAME)
        await fast_work.start()
        overtaking = asyncio.create_task(fast.execute(insert, FRAME))
        done, _ = await asyncio.wait([overtaking], timeout=0.3)
        assert not done, "the second must wait: its number would be seen before the first one's"
        assert await numbers(inbox) == []
        await slow_work.commit()
        await overtaking
        assert await numbers(inbox) == [1]
        await fast_work.commit()
    assert await numbers(inbox) == [1, 2]


async def test_what_one_desk_is_told_wakes_nobody_at_another(inbox: Inbox) -> None:
    wait = inbox.database.doorbell.wait
    here, there = (asyncio.create_task(wait(bell_of(desk), 10)) for desk in (story.CLINIC_DESK, story.SCHOOL_DESK))
    await asyncio.sleep(0)  # both listen
    await inbox.hear(story.in_order(story.sent()))
    done, _ = await asyncio.wait([here, there], timeout=5, return_when=asyncio.FIRST_COMPLETED)
    there.cancel()
    assert done == {here}


async def test_a_transaction_that_fails_leaves_no_gap(inbox: Inbox) -> None:
    insert, pool = inbox.database.statements["insert_frames"], inbox.database.pool
    async with pool.acquire() as failing:
        work = failing.transaction()
        await work.start()
        await failing.execute(insert, FRAME)
        await work.rollback()
    await pool.execute(insert, FRAME)
    assert await numbers(inbox) == [1]


async def test_a_reader_that_only_asks_for_what_is_newer_misses_nothing(inbox: Inbox) -> None:
    chance = random.Random(20260309)
    climb, it = story.climb_of(story.cause()), story.cause()

    async def write(number: int) -> None:
        desk = f"{story.CLINIC}/desk{number}"
        pauses = chance.random() / 20, chance.random() / 20

        async def raise_two(work: Work) -> None:
            await asyncio.sleep(pauses[0])
            for step in (1, 2):
                await record(work, Raised(climb.alert(it, desk, step, story.MONDAY)))
            await asyncio.sleep(pauses[1])

        await inbox.database.transact(inbox.stamp(), raise_two)

    desks = [f"{story.CLINIC}/desk{number}" for number in range(WRITERS)]
    seen: list[int] = []
    writing = asyncio.gather(*(write(number) for number in range(WRITERS)))
    while len(seen) < 2 * WRITERS:
        for row in await inbox.database.read("frames_after", seen[-1] if seen else 0, desks, 7):
            seen.append(row["number"])
        if writing.done():
            await writing
    assert seen == list(range(1, 2 * WRITERS + 1))


async def test_a_frame_is_kept_with_its_alert_or_not_at_all(inbox: Inbox) -> None:
    climb, it = story.climb_of(story.cause()), story.cause()

    async def break_off(work: Work) -> None:
        await record(work, Raised(climb.alert(it, story.CLINIC_DESK, 1, story.MONDAY)))
        await work.finish()
        raise LookupError("the process ends here")

    with pytest.raises(LookupError):
        await inbox.database.transact(inbox.stamp(), break_off)
    assert await inbox.alerts() == []
    assert await numbers(inbox) == []
    assert await inbox.rows("SELECT FROM outbox") == []


async def test_after_a_restore_a_screen_that_had_heard_more_hears_what_is_new(inbox: Inbox) -> None:
    insert = inbox.database.statements["insert_frames"]
    await inbox.database.pool.execute(insert, FRAME)
    heard_before = 5_000
    await inbox.database.read("raise_incarnation", [], [], [], [], [])
    await inbox.database.pool.execute(insert, FRAME)
    rows = await inbox.database.read("frames_after", heard_before, [story.CASELOAD], 10)
    (number,) = (row["number"] for row in rows)
    assert number == 2_000_000_000_001
    assert float(number) == number


async def test_an_alert_or_a_frame_that_is_gone_is_an_alarm_naming_it_and_what_never_was_is_none(inbox: Inbox) -> None:
    for case in ("C-22222-22222-2", "C-33333-33333-3"):
        opened = replace(story.case_opened(RiskBand.CRITICAL), case=case)
        await inbox.hear([(opened, story.enveloped(opened, len(await numbers(inbox)) + 1, story.MONDAY))])
    await inbox.database.pool.execute("UPDATE frame_counter SET last = 2000000000000")
    await inbox.hear(story.in_order(story.report_received()))
    assert await alarms_of(inbox.database) == set(), "another incarnation begins at a number of its own"
    alert, frame = (await inbox.rows("SELECT alert, number FROM frames ORDER BY number"))[1]
    await inbox.rows("DELETE FROM alerts WHERE ref = $1", alert)
    await inbox.rows("DELETE FROM frames WHERE number = $1", (await numbers(inbox))[2])
    for _ in range(2):
        assert await alarms_of(inbox.database) == {f"alert {alert}", f"frame {frame + 1}"}
