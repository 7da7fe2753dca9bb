"""Nothing sleeps until a deadline: an appointment is a row, kept once, by whoever comes, also after a crash."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import asyncpg
import pytest

from services.runtime.gauges import alarms_of
from services.runtime.room import OnDue
from services.runtime.watchdog import Watchdog
from services.storage.work import Work
from tests.chassis.echo.room import Echo, stamp
from tests.chassis.echo.tally import MOMENT, TALLY, Add, Close
from tests.chassis.echo.waiting import until

APPOINTMENTS = 20
WAIT = "SELECT round(extract(epoch FROM not_before - clock_timestamp())) FROM deadlines"


async def appoint(echo: Echo, *subjects: str, minutes: int = 0) -> None:
    async def action(work: Work) -> None:
        for subject in subjects:
            work.set_deadline("look", subject, MOMENT + timedelta(minutes=minutes))

    await echo.database.transact(stamp(), action)


async def appointed(echo: Echo) -> list[str]:
    return [row["subject"] for row in await echo.rows("SELECT subject FROM deadlines ORDER BY subject")]


async def note(work: Work, subject: str) -> None:
    work.change("note_effect", "watchdog", subject, 1, 1, work.stamp.now.isoformat())


def watchdog(echo: Echo, on_due: Mapping[str, OnDue], minutes: float = 0) -> Watchdog:
    return Watchdog(echo.database, on_due, lambda: stamp(minutes))


async def noted(echo: Echo) -> list[str]:
    return [row["key"] for row in await echo.rows("SELECT key FROM effects ORDER BY place")]


async def test_an_appointment_is_kept_when_its_time_has_come_and_not_before(echo: Echo) -> None:
    await appoint(echo, "soon", minutes=5)
    await appoint(echo, "later", minutes=10)
    assert await watchdog(echo, {"look": note}, minutes=4.9).turn() == 0
    assert await watchdog(echo, {"look": note}, minutes=5).turn() == 1
    assert await noted(echo) == ["soon"]
    assert await appointed(echo) == ["later"]


async def test_what_an_appointment_leads_to_belongs_to_the_journey_that_made_it(echo: Echo) -> None:
    journeys: list[str] = []

    async def listen(work: Work, _: str) -> None:
        journeys.append(work.stamp.correlation_id)

    async def action(work: Work) -> None:
        work.set_deadline("look", "S-1", MOMENT)

    await echo.database.transact(replace(stamp(), correlation_id="the-first-request"), action)
    await watchdog(echo, {"look": listen}).turn()
    assert journeys == ["the-first-request"]


async def test_two_watchdogs_keep_each_appointment_once(echo: Echo) -> None:
    await appoint(echo, *(f"S-{number:02}" for number in range(APPOINTMENTS)))
    kept = await asyncio.gather(*(watchdog(echo, {"look": note}).turn() for _ in range(2)))
    assert sum(kept) == APPOINTMENTS
    assert sorted(await noted(echo)) == [f"S-{number:02}" for number in range(APPOINTMENTS)]
    assert await appointed(echo) == []


async def test_one_that_cannot_be_kept_waits_longer_each_time_and_the_others_are_kept(echo: Echo) -> None:
    async def fails_for_one(work: Work, subject: str) -> None:
        if subject == "S-1":
            raise KeyError(subject)
        await note(work, subject)

    await appoint(echo, "S-0", "S-1", "S-2")
    dog = watchdog(echo, {"look": fails_for_one})
    assert await dog.turn() == 3
    assert sorted(await noted(echo)) == ["S-0", "S-2"]
    assert await appointed(echo) == ["S-1"]
    assert await dog.turn() == 0, "it is not its turn yet"
    waits = []
    for _ in range(8):
        await echo.rows("UPDATE deadlines SET not_before = '-infinity'")
        await dog.turn()
        waits.append(
            await echo.value("SELECT round(extract(epoch FROM not_before - clock_timestamp())) FROM deadlines")
        )
    assert waits == [2, 4, 8, 16, 32, 60, 60, 60]
    assert await alarms_of(echo.database) == {"deadlines look S-1"}


async def test_one_that_failed_a_thousand_times_and_more_is_still_tried_again(echo: Echo) -> None:
    async def fails(work: Work, subject: str) -> None:
        raise KeyError(subject)

    await appoint(echo, "S-1")
    await echo.rows("UPDATE deadlines SET failures = 5000")
    assert await watchdog(echo, {"look": fails}).turn() == 1
    assert await echo.value("SELECT failures FROM deadlines") == 5001
    await echo.rows("UPDATE deadlines SET not_before = '-infinity'")
    await watchdog(echo, {"look": note}).turn()
    assert await noted(echo) == ["S-1"]


async def test_a_crash_between_taking_and_keeping_leaves_the_appointment_for_the_next(echo: Echo) -> None:
    async def dies(work: Work, subject: str) -> None:
        pid = await work.conn.fetchval("SELECT pg_backend_pid()")
        other = await asyncpg.connect(echo.admin_url)
        await other.execute("SELECT pg_terminate_backend($1, 5000)", pid)
        await other.close()

    await appoint(echo, "S-1")
    with pytest.raises(Exception, match="does not answer"):
        await watchdog(echo, {"look": dies}).turn()
    assert await appointed(echo) == ["S-1"]
    assert await watchdog(echo, {"look": note}).turn() == 1
    assert await noted(echo) == ["S-1"]


async def test_a_stream_is_looked_at_again_for_as_long_as_it_owes_something(echo: Echo) -> None:
    later = MOMENT + timedelta(minutes=5)

    async def looks(work: Work, subject: str) -> None:
        name = f"at {work.stamp.now:%H:%M}"
        await work.carry_out(TALLY, subject, Add(name, 1, (), work.stamp.now + timedelta(minutes=5)))

    await echo.database.transact(stamp(), lambda work: work.carry_out(TALLY, "T-1", Add("one", 1, (), later)))
    for minutes in (5, 10, 15):
        assert await watchdog(echo, {"tally": looks}, minutes).turn() == 1
    assert await echo.value("SELECT total FROM tallies") == 4
    assert await echo.value("SELECT due_at FROM deadlines") == MOMENT + timedelta(minutes=20)
    await echo.database.transact(stamp(), lambda work: work.carry_out(TALLY, "T-1", Close()))
    assert await appointed(echo) == []


async def test_a_look_that_decides_nothing_does_not_lose_the_appointment(echo: Echo) -> None:
    async def asks_for_what_is_there(work: Work, subject: str) -> None:
        await work.carry_out(TALLY, subject, Add("one", 1, (), MOMENT))

    later = MOMENT + timedelta(minutes=5)
    await echo.database.transact(stamp(), lambda work: work.carry_out(TALLY, "T-1", Add("one", 1, (), later)))
    await echo.rows("UPDATE deadlines SET due_at = $1", MOMENT)
    assert await watchdog(echo, {"tally": asks_for_what_is_there}).turn() == 1
    assert await echo.value("SELECT due_at FROM deadlines") == later


async def test_it_goes_on_by_itself_until_it_is_stopped(echo: Echo) -> None:
    stop = asyncio.Event()
    running = asyncio.create_task(watchdog(echo, {"look": note}).run(stop))
    await appoint(echo, "S-1")
    await until(lambda: noted(echo))
    await appoint(echo, "S-2")
    await until(lambda: len_is(echo, 2))
    stop.set()
    async with asyncio.timeout(5):
        await running


async def len_is(echo: Echo, number: int) -> bool:
    return len(await noted(echo)) == number
