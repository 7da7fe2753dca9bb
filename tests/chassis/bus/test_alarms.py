"""What a room knows to be missing is an alarm for as long as it is missing, and not a moment longer."""

from datetime import timedelta
from typing import Any

from services.runtime.gauges import alarms_of
from services.storage.work import Work
from tests.chassis.echo.relaying import published, publishing
from tests.chassis.echo.room import Echo, resolved, stamp
from tests.chassis.echo.tally import MOMENT, TALLY, Add
from tests.chassis.echo.topic import Topic
from tests.chassis.echo.waiting import until

ASIDE = (
    'INSERT INTO set_aside (topic, partition, "offset", source, key, incarnation, sequence, headers, reason, since)'
    " VALUES ('invented', 0, $1, '/x', $2, 1, $1, '[]', $3, clock_timestamp() - $4::interval)"
)


async def add(echo: Echo, ref: str, name: str) -> None:
    await echo.database.transact(stamp(), lambda work: work.carry_out(TALLY, ref, Add(name, 1, ())))


async def take_away(echo: Echo, which: str) -> None:
    await echo.as_owner(f"SET spis.scope = 'house'; DELETE FROM stream_events WHERE {which}")


LONG, SHORT = timedelta(seconds=35), timedelta(seconds=1)


async def test_an_earlier_event_that_does_not_come_is_an_alarm_after_a_while(echo: Echo) -> None:
    await echo.rows(ASIDE, 2, "a", None, SHORT)
    assert await alarms_of(echo.database) == set()
    await echo.rows(ASIDE, 3, "b", None, LONG)
    assert await alarms_of(echo.database) == {"topic invented b before 1/3"}


async def test_a_parked_event_hides_no_gap_of_another_key_and_makes_none_of_its_own(echo: Echo) -> None:
    await echo.rows(ASIDE, 1, "a", "bug: invented", LONG)
    await echo.rows(ASIDE, 2, "a", None, LONG)
    assert await alarms_of(echo.database) == set(), "it waits for a person, which has a metric of its own"
    await echo.rows(ASIDE, 3, "b", None, LONG)
    assert await alarms_of(echo.database) == {"topic invented b before 1/3"}


async def test_a_number_that_was_drawn_and_is_nowhere_is_an_alarm_naming_its_key(echo: Echo) -> None:
    async def say(work: Work) -> None:
        work.say(resolved("desk-a"), fact="one")

    await echo.database.transact(stamp(), say)
    assert await alarms_of(echo.database) == set()
    await echo.rows("DELETE FROM outbox")
    assert await alarms_of(echo.database) == {"outbox spis.notifications.alerts.v1 desk-a 1/1"}


async def test_an_appointment_that_fails_again_and_again_is_an_alarm(echo: Echo) -> None:
    await echo.rows("INSERT INTO deadlines (kind, subject, due_at, failures) VALUES ('look', 'S-1', $1, 2)", MOMENT)
    assert await alarms_of(echo.database) == set()
    await echo.rows("UPDATE deadlines SET failures = 3")
    assert await alarms_of(echo.database) == {"deadlines look S-1"}


async def test_a_number_that_is_gone_from_between_others_is_an_alarm_and_the_later_ones_hide_nothing(
    echo: Echo, topic: Topic
) -> None:
    await echo.say(topic.name, ["a", "a", "b", "a"])
    await echo.rows("DELETE FROM outbox WHERE key = 'a' AND sequence = 2")
    assert await alarms_of(echo.database) == {f"outbox {topic.name} a 1/2"}
    async with publishing(echo, topic):
        await until(lambda: published(echo))
    await echo.rows("UPDATE outbox SET accepted_at = accepted_at - interval '2 hours'")
    assert await alarms_of(echo.database) == {f"outbox {topic.name} a 1/2"}, "what was found stays found"


async def test_what_is_marked_as_published_and_was_never_sent_is_an_alarm_until_it_is_published_again(
    echo: Echo, topic: Topic, told: list[Any]
) -> None:
    await echo.say(topic.name, ["a", "b", "a"], subject="A-7")
    await echo.rows("UPDATE outbox SET published_at = clock_timestamp() WHERE key = 'a' AND sequence = 1")
    async with publishing(echo, topic):
        await until(lambda: published(echo))
    for _ in range(2):
        assert await alarms_of(echo.database) == {f"outbox {topic.name} a 1/1"}
    lines = [(line["hop"], line["subject"]) for line in told if line["event"] == "loss_alarm"]
    assert lines == [("outbox", f"{topic.name} a 1/1")], "said once"
    await echo.database.read("republish", "a")
    assert await alarms_of(echo.database) == set()


async def test_an_event_that_is_gone_from_a_stream_is_an_alarm_naming_it_also_when_the_stream_goes_on(
    echo: Echo,
) -> None:
    for ref in ("T-1", "T-2", "T-3"):
        for name in ("one", "two"):
            await add(echo, ref, name)
    assert await alarms_of(echo.database) == set()
    await take_away(echo, "(stream, version) IN (('tally/T-1', 1), ('tally/T-2', 2))")
    await take_away(echo, "stream = 'tally/T-3'")
    await add(echo, "T-2", "in the place of what is gone")
    assert await alarms_of(echo.database) == {"stream tally/T-1", "stream tally/T-2", "stream tally/T-3"}


async def test_a_loss_that_somebody_settled_is_no_alarm_and_is_kept_with_its_reason(echo: Echo) -> None:
    await add(echo, "T-1", "one")
    await take_away(echo, "true")
    for _ in range(2):
        assert await alarms_of(echo.database) == {"stream tally/T-1"}
    assert await echo.database.read("settle_loss", "stream tally/T-9", "of another", "somebody") == []
    assert await echo.database.read("settle_loss", "stream tally/T-1", "put back by hand", "somebody")
    assert await alarms_of(echo.database) == set()
    assert await echo.value("SELECT reason FROM losses") == "put back by hand"
