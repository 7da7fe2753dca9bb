"""What a room knows to be missing is an alarm for as long as it is missing, and not a moment longer."""

from datetime import timedelta

from services.runtime.gauges import HELD_SECONDS_MAX, alarms_of
from services.storage.work import Work
from tests.chassis.echo.room import Echo, resolved, stamp
from tests.chassis.echo.tally import MOMENT

ASIDE = (
    'INSERT INTO set_aside (topic, partition, "offset", source, key, incarnation, sequence, headers, reason, since)'
    " VALUES ('invented', 0, $1, '/x', $2, 1, $1, '[]', $3, clock_timestamp() - $4::interval)"
)
LONG, SHORT = timedelta(seconds=HELD_SECONDS_MAX + 5), timedelta(seconds=1)


async def test_an_earlier_event_that_does_not_come_is_an_alarm_after_a_while(echo: Echo) -> None:
    await echo.rows(ASIDE, 2, "a", None, SHORT)
    assert await alarms_of(echo.database) == set()
    await echo.rows(ASIDE, 3, "b", None, LONG)
    assert await alarms_of(echo.database) == {"topic an earlier event does not come"}


async def test_a_parked_event_hides_no_gap_of_another_key_and_makes_none_of_its_own(echo: Echo) -> None:
    await echo.rows(ASIDE, 1, "a", "bug: invented", LONG)
    await echo.rows(ASIDE, 2, "a", None, LONG)
    assert await alarms_of(echo.database) == set(), "it waits for a person, which has a metric of its own"
    await echo.rows(ASIDE, 3, "b", None, LONG)
    assert await alarms_of(echo.database) == {"topic an earlier event does not come"}


async def test_a_number_that_was_drawn_and_is_nowhere_is_an_alarm_naming_its_key(echo: Echo) -> None:
    async def say(work: Work) -> None:
        work.say(resolved("desk-a"), fact="one")

    await echo.database.transact(stamp(), say)
    assert await alarms_of(echo.database) == set()
    await echo.rows("DELETE FROM outbox")
    assert await alarms_of(echo.database) == {"outbox spis.notifications.alerts.v1 desk-a"}


async def test_appointments_that_fail_again_and_again_are_an_alarm(echo: Echo) -> None:
    await echo.rows("INSERT INTO deadlines (kind, subject, due_at, failures) VALUES ('look', 'S-1', $1, 2)", MOMENT)
    assert await alarms_of(echo.database) == set()
    await echo.rows("UPDATE deadlines SET failures = 3")
    assert await alarms_of(echo.database) == {"deadlines appointments fail again and again"}
