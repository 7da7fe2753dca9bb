"""One command, one transaction: facts, rows, announcements and the next date are kept together, or nothing is."""

import asyncio
from datetime import timedelta

import asyncpg
import pytest

from services.contracts.failures import Refused, Unavailable
from services.storage.database import CONFLICT_ATTEMPTS_MAX, Database
from services.storage.work import Work
from tests.chassis.echo.proxy import Wire
from tests.chassis.echo.room import FOLDER, ROOM, Echo, stamp
from tests.chassis.echo.tally import MOMENT, TALLY, Add, Close, State

LATER = MOMENT + timedelta(days=1)
EVERYTHING = ("stream_events", "outbox", "deadlines", "tallies", "counters")


def add(name: str, number: int = 1, *desks: str) -> Add:
    return Add(name, number, desks or ("desk",), LATER)


async def carry_out(echo: Echo, command: Add | Close, ref: str = "T-1") -> None:
    await echo.database.transact(stamp(), lambda work: work.carry_out(TALLY, ref, command))


async def how_many(echo: Echo) -> dict[str, int]:
    return {table: await echo.value(f"SELECT count(*) FROM {table}") for table in EVERYTHING}


async def test_a_command_leaves_facts_rows_announcements_and_a_date(echo: Echo) -> None:
    await carry_out(echo, add("first", 3, "desk-a", "desk-b"))
    assert await how_many(echo) == {"stream_events": 1, "outbox": 2, "deadlines": 1, "tallies": 1, "counters": 2}
    fact = (await echo.rows("SELECT * FROM stream_events"))[0]
    assert (fact["stream"], fact["version"], fact["type"], fact["actor"]) == ("tally/T-1", 1, "Added.v1", "invented")
    assert fact["recorded_at"] == MOMENT
    said = await echo.rows("SELECT key, sequence, incarnation, subject FROM outbox ORDER BY id")
    assert [tuple(row) for row in said] == [("desk-a", 1, 1, "T-1.first"), ("desk-b", 1, 1, "T-1.first")]
    assert [tuple(row) for row in await echo.rows("SELECT kind, subject, due_at FROM deadlines")] == [
        ("tally", "T-1", LATER)
    ]


async def test_a_later_command_builds_on_what_was_kept(echo: Echo) -> None:
    for number in (1, 2, 3):
        await carry_out(echo, add(f"n{number}", number))
    await carry_out(echo, Close())

    async def state(work: Work) -> State:
        return await work.state(TALLY, "T-1")

    assert await echo.database.transact(stamp(), state) == State(6, frozenset({"n1", "n2", "n3"}), closed=True)
    assert await echo.value("SELECT total FROM tallies WHERE ref = 'T-1'") == 6
    assert await echo.value("SELECT count(*) FROM deadlines") == 0, "a closed tally owes nothing"


async def test_what_the_rules_refuse_leaves_nothing(echo: Echo) -> None:
    await carry_out(echo, Close(), "closed")
    before = await how_many(echo)

    async def both(work: Work) -> None:
        await work.carry_out(TALLY, "open", add("one"))
        await work.carry_out(TALLY, "closed", add("two"))

    with pytest.raises(Refused, match="closed"):
        await echo.database.transact(stamp(), both)
    assert await how_many(echo) == before


@pytest.mark.parametrize("written", [False, True], ids=["before anything is written", "after rows were written"])
async def test_a_connection_that_is_cut_in_the_middle_leaves_nothing(echo: Echo, written: bool) -> None:
    async def cut(work: Work) -> None:
        await work.carry_out(TALLY, "T-1", add("one"))
        if written:
            await work.flush_changes()
        pid = await work.conn.fetchval("SELECT pg_backend_pid()")
        other = await asyncpg.connect(echo.admin_url)
        await other.execute("SELECT pg_terminate_backend($1, 5000)", pid)
        await other.close()

    with pytest.raises(Unavailable):
        await echo.database.transact(stamp(), cut)
    assert set((await how_many(echo)).values()) == {0}
    await carry_out(echo, add("one"))
    assert await echo.value("SELECT count(*) FROM stream_events") == 1, "the next command finds a new connection"


async def test_two_commands_at_once_are_both_decided_on_the_newest_state(echo: Echo) -> None:
    both_have_read = asyncio.Barrier(2)
    tries = 0

    async def at_once(name: str) -> None:
        first = True

        async def action(work: Work) -> None:
            nonlocal first, tries
            tries += 1
            await work.state(TALLY, "T-1")
            if first:
                first = False
                await both_have_read.wait()
            await work.carry_out(TALLY, "T-1", add(name))

        await echo.database.transact(stamp(), action)

    await asyncio.gather(at_once("one"), at_once("two"))
    assert tries == 3, "the one that came second is decided again"
    assert await echo.value("SELECT array_agg(version ORDER BY version) FROM stream_events") == [1, 2]
    assert await echo.value("SELECT total FROM tallies") == 2
    assert await echo.value("SELECT array_agg(sequence ORDER BY id) FROM outbox") == [1, 2]


@pytest.mark.parametrize(("others", "kept"), [(CONFLICT_ATTEMPTS_MAX - 1, True), (CONFLICT_ATTEMPTS_MAX, False)])
async def test_who_loses_to_others_has_many_turns_and_is_then_told_that_it_is_busy(
    echo: Echo, others: int, kept: bool
) -> None:
    """Each turn lost is another's command that was kept, so the whole goes on; three in a row do get lost."""
    turns = 0

    async def slow(work: Work) -> None:
        nonlocal turns
        await work.carry_out(TALLY, "T-1", add("slow"))
        turns += 1
        if turns <= others:
            await carry_out(echo, add(f"other {turns}"))

    if kept:
        await echo.database.transact(stamp(), slow)
    else:
        with pytest.raises(Unavailable):
            await echo.database.transact(stamp(), slow)
    assert turns >= 8, "enough that in no test and no house a command has lost them all"
    assert await echo.value("SELECT changes FROM tallies") == others + kept


async def test_of_two_that_exclude_each_other_the_second_is_refused(echo: Echo) -> None:
    both_have_read = asyncio.Barrier(2)

    async def at_once(command: Add | Close) -> str:
        first = True

        async def action(work: Work) -> str:
            nonlocal first
            state = await work.state(TALLY, "T-1")
            if first:
                first = False
                await both_have_read.wait()
            await work.carry_out(TALLY, "T-1", command)
            return "after a number" if state.names else "first"

        try:
            return await echo.database.transact(stamp(), action)
        except Refused as refused:
            return refused.code

    added, closed = await asyncio.gather(at_once(add("one")), at_once(Close()))
    kept = await echo.value("SELECT array_agg(type ORDER BY version) FROM stream_events")
    assert (added, closed, kept) in [
        ("first", "after a number", ["Added.v1", "Closed.v1"]),
        ("closed", "first", ["Closed.v1"]),
    ]


async def test_the_same_command_after_a_lost_answer_adds_nothing(echo: Echo) -> None:
    async with Wire(echo.url).open() as wire:
        database = await Database.open(ROOM, wire.url, FOLDER)
        wire.lose = 1
        with pytest.raises(Unavailable):
            await database.transact(stamp(), lambda work: work.carry_out(TALLY, "T-1", add("one")))
        assert wire.lost == 1
        kept = await how_many(echo)
        assert kept["stream_events"] == 1, "the commit was kept, only its answer was lost"
        events = await database.transact(stamp(), lambda work: work.carry_out(TALLY, "T-1", add("one")))
        assert events == []
        assert await how_many(echo) == kept
        await database.close()


async def test_the_same_fact_has_the_same_id_and_another_has_another(echo: Echo) -> None:
    await carry_out(echo, add("one", 1, "a", "b"))
    ids = await echo.value("SELECT array_agg(event_id ORDER BY id) FROM outbox")
    await echo.as_owner("DELETE FROM stream_events; DELETE FROM outbox; DELETE FROM counters")
    await carry_out(echo, add("one", 1, "a", "b"))
    assert await echo.value("SELECT array_agg(event_id ORDER BY id) FROM outbox") == ids
    assert len(set(ids)) == 2


@pytest.mark.parametrize("arguments", [(), (1, 2), ("a text",)], ids=["too few", "too many", "of another type"])
async def test_a_fault_of_ours_is_never_taken_for_a_database_that_is_away(
    echo: Echo, arguments: tuple[object, ...]
) -> None:
    async def action(work: Work) -> None:
        await work.fetch("nonsense", *arguments)

    for asked in (lambda: echo.database.transact(stamp(), action), lambda: echo.database.read("nonsense", *arguments)):
        with pytest.raises((asyncpg.InterfaceError, asyncpg.DataError)):
            await asked()
    assert (await echo.database.read("nonsense", 1))[0]["number"] == 1


async def test_a_stranger_s_clash_is_told_and_not_tried_again(echo: Echo) -> None:
    tries = 0

    async def action(work: Work) -> None:
        nonlocal tries
        tries += 1
        work.change("be_picky", "key")
        work.change("be_picky", "key")

    with pytest.raises(asyncpg.UniqueViolationError):
        await echo.database.transact(stamp(), action)
    assert tries == 1
