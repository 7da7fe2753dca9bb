"""Numbers without gaps: every key counts 1, 2, 3 … in the order in which its commands were committed."""

import asyncio
import json
import random

import asyncpg

from services.storage.database import HOUSE
from services.storage.work import Work
from tests.chassis.echo.room import Echo, resolved, stamp
from tests.chassis.echo.waiting import until

COMMANDS = 50
DESKS = [f"desk-{number}" for number in range(6)]


async def test_fifty_commands_at_once_over_the_same_keys_leave_no_gap_and_never_wait_for_each_other(
    echo: Echo,
) -> None:
    chance = random.Random(7)
    tries = 0

    async def command(number: int) -> None:
        desks = chance.sample(DESKS, 4)
        if number % 2:
            desks.sort(reverse=True)

        async def action(work: Work) -> None:
            nonlocal tries
            tries += 1
            for nth, desk in enumerate([*desks, desks[0]]):
                work.say(resolved(desk, f"A-{number}"), fact=f"{number}/{nth}")

        await echo.database.transact(stamp(), action)

    await asyncio.gather(*(command(number) for number in range(COMMANDS)))
    assert tries == COMMANDS, "a deadlock would have been tried again"
    numbers: dict[str, list[int]] = {}
    for row in await echo.rows("SELECT key, sequence FROM outbox ORDER BY id"):
        numbers.setdefault(row["key"], []).append(row["sequence"])
    assert sum(map(len, numbers.values())) == COMMANDS * 5
    for key, in_order_of_id in numbers.items():
        assert in_order_of_id == list(range(1, len(in_order_of_id) + 1)), key
    drawn = {row["key"]: row["drawn"] for row in await echo.rows("SELECT key, drawn FROM counters")}
    assert drawn == {key: len(all_of_it) for key, all_of_it in numbers.items()}


async def test_a_later_row_of_a_key_never_comes_before_an_earlier_one_that_is_not_committed_yet(echo: Echo) -> None:
    first, second, third = [await asyncpg.connect(echo.url, server_settings={"spis.scope": HOUSE}) for _ in range(3)]
    slow = first.transaction()
    await slow.start()
    await first.execute("SELECT commit_work($1::jsonb)", said("shared", "own-1"))
    await second.execute("SELECT commit_work($1::jsonb)", said("own-2"))
    waiting = asyncio.create_task(third.execute("SELECT commit_work($1::jsonb)", said("own-3", "shared")))
    await until(
        lambda: echo.value(
            "SELECT count(*) FROM pg_stat_activity WHERE pid = $1 AND wait_event_type = 'Lock'", third.get_server_pid()
        )
    )
    assert await echo.value("SELECT array_agg(key) FROM outbox") == ["own-2"], "who shares no key waits for nobody"
    await slow.commit()
    await waiting
    rows = await echo.rows("SELECT key, sequence FROM outbox ORDER BY id")
    assert [tuple(row) for row in rows if row["key"] == "shared"] == [("shared", 1), ("shared", 2)]
    for conn in (first, second, third):
        await conn.close()


async def test_a_transaction_that_fails_at_its_end_gives_its_numbers_back(echo: Echo) -> None:
    conn = await asyncpg.connect(echo.url, server_settings={"spis.scope": HOUSE})
    undone = conn.transaction()
    await undone.start()
    await conn.execute("SELECT commit_work($1::jsonb)", said("desk"))
    await undone.rollback()
    await conn.execute("SELECT commit_work($1::jsonb)", said("desk"))
    assert await echo.value("SELECT array_agg(sequence) FROM outbox") == [1]
    await conn.close()


def said(*keys: str) -> str:
    """What a command gathers that announces something about each key."""
    text = {
        "type": "t",
        "subject": "s",
        "unit": "TOWN",
        "occurred_at": "2026-03-02T09:30:00Z",
        "recorded_at": "2026-03-02T09:30:00Z",
        "correlation_id": "c",
        "traceparent": None,
        "body": "{}",
    }
    announcements = [text | {"event_id": f"{'+'.join(keys)}/{key}", "topic": "invented", "key": key} for key in keys]
    return json.dumps({"events": [], "announcements": announcements, "deadlines": []})
