"""What cannot be dealt with is parked with a reason; the rest of its key waits behind it, all other keys go on."""

from functools import partial
from typing import Any

import asyncpg
import pytest

from services.bus.heard import Heard
from services.bus.ordering import PARKED_KEYS_MAX
from services.contracts.failures import Malformed, Refused, Unavailable
from services.storage.work import Work
from tests.chassis.echo.listening import counting, heard_all, listening, note
from tests.chassis.echo.room import Echo
from tests.chassis.echo.topic import Topic, event
from tests.chassis.echo.waiting import until

UNCERTAIN = "INSERT INTO positions (topic, partition, claims) VALUES ($1, 0, 5)"


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        (
            {"data": b'{"alert": 1'},
            "malformed: ba.spis.notifications.alert.resolved.v1 breaks its contract at: the body",
        ),
        ({"data": b'{"alert": "A-1"}'}, "breaks its contract at: code, desk, resolved_at, unit"),
        ({"type": "ba.spis.somebody.else.v1"}, "malformed: unknown event type 'ba.spis.somebody.else.v1'"),
        ({"data": b"\xff\x00"}, "breaks its contract at: the body"),
    ],
    ids=["half a body", "fields missing", "unknown type", "no text at all"],
)
async def test_what_breaks_its_contract_is_parked_and_only_its_own_key_waits(
    echo: Echo, topic: Topic, broken: dict[str, Any], reason: str
) -> None:
    *_, last = await topic.put(event("a", 1), event("a", 2, **broken), event("b", 1), event("a", 3), event("b", 2))
    async with listening(echo, topic):
        await heard_all(echo, topic, last)
    assert await echo.effects() == [("a", 1, 1), ("b", 1, 1), ("b", 1, 2)]
    parked, held = await echo.aside()
    assert parked[:2] == ("a", 2)
    assert reason in str(parked[2])
    assert held == ("a", 3, None)


async def test_what_cannot_even_be_read_is_parked_by_its_place_and_takes_no_number(echo: Echo, topic: Topic) -> None:
    await topic.put_raw(None, b"{}")
    await topic.put_raw(b"a", b"{}", [("ce_specversion", b"1.0")])
    await topic.put_raw(b"a", b"{}", [("ce_specversion", b"\xff")])
    await topic.put_raw(b"a", None, [("ce_specversion", b"1.0")])
    await topic.put_raw(b"another key", b"{}", [])
    await topic.put_raw(b"\x00\xff", b"\x00\xff", [("ce_\x00", b"\x00\xff")])
    *_, last = await topic.put(event("a", 1))
    async with listening(echo, topic):
        await heard_all(echo, topic, last)
    assert await echo.effects() == [("a", 1, 1)]
    assert [(key, number, str(reason)[:10]) for key, number, reason in await echo.aside()] == [
        (None, None, "unreadable")
    ] * 6


async def test_a_handler_that_raises_is_tried_three_times_and_then_its_event_is_parked(
    echo: Echo, topic: Topic
) -> None:
    *_, last = await topic.put(event("a", 1), event("a", 2, id="bad"), event("b", 1), event("a", 3))
    hear, tries = counting(10**9, lambda: KeyError("invented"))
    async with listening(echo, topic, hear):
        await heard_all(echo, topic, last)
    assert await echo.effects() == [("a", 1, 1), ("b", 1, 1)]
    assert await echo.aside() == [("a", 2, "bug: KeyError after 3 attempts"), ("a", 3, None)]
    assert tries[0] == 3, "with the others, whose effects wait for its end"


async def test_a_fault_that_passes_parks_nothing(echo: Echo, topic: Topic) -> None:
    *_, last = await topic.put(event("a", 1), event("a", 2, id="bad"), event("a", 3))
    hear, _ = counting(2, lambda: KeyError("invented"))
    async with listening(echo, topic, hear):
        await heard_all(echo, topic, last)
    assert [number for _, _, number in await echo.effects()] == [1, 2, 3]
    assert await echo.aside() == []


async def test_a_fault_of_ours_in_the_database_is_parked_and_holds_nobody(echo: Echo, topic: Topic) -> None:
    async def hear(work: Work, heard: Heard) -> None:
        await note(work, heard)
        if heard.envelope.id == "bad":
            await work.fetch("nonsense", "a text", "and too many")

    async def clashes(work: Work, heard: Heard) -> None:
        await note(work, heard)
        work.change("be_picky", heard.envelope.id)

    *_, last = await topic.put(event("a", 1, id="bad"), event("b", 1))
    async with listening(echo, topic, hear):
        await heard_all(echo, topic, last)
    assert await echo.aside() == [("a", 1, "bug: InterfaceError after 3 attempts")]
    *_, last = await topic.put(event("c", 1, id="twice"), event("d", 1, id="twice"), event("e", 1))
    async with listening(echo, topic, clashes):
        await heard_all(echo, topic, last)
    assert ("d", 1, "bug: UniqueViolationError after 3 attempts") in await echo.aside()
    assert await echo.effects() == [("b", 1, 1), ("c", 1, 1), ("e", 1, 1)]


async def test_while_nothing_can_be_set_aside_the_partition_waits_and_nothing_is_passed_over(
    echo: Echo, topic: Topic, told: list[Any]
) -> None:
    await topic.put(event("a", 1, id="bad"), event("b", 1))
    hear, _ = counting(10**9, lambda: KeyError("invented"))
    await echo.as_owner("ALTER TABLE set_aside ADD CONSTRAINT nothing CHECK (reason IS NULL)")
    try:
        async with listening(echo, topic, hear) as listener:
            await until(partial(listener.turned_since, 0, 8))
            assert await echo.value("SELECT next_offset FROM positions WHERE topic = $1", topic.name) == 0
            failures = [line for line in told if line["event"] == "event_failed"]
            assert len(failures) < 60, "it waits between its tries"
            assert {type(line["exc_info"]).__name__ for line in failures} == {"KeyError", "CheckViolationError"}
            await echo.as_owner("ALTER TABLE set_aside DROP CONSTRAINT nothing")
            await heard_all(echo, topic, 1)
    finally:
        await echo.as_owner("ALTER TABLE set_aside DROP CONSTRAINT IF EXISTS nothing")
    assert await echo.aside() == [("a", 1, "bug: KeyError after 3 attempts")]
    assert await echo.effects() == [("b", 1, 1)]


async def test_what_the_rules_refuse_is_noted_and_the_key_goes_on(echo: Echo, topic: Topic, told: list[Any]) -> None:
    *_, last = await topic.put(event("a", 1, id="bad"), event("a", 2))
    hear, tries = counting(10**9, lambda: Refused("invented", "no"))
    async with listening(echo, topic, hear):
        await heard_all(echo, topic, last)
    assert await echo.effects() == [("a", 1, 2)]
    assert await echo.aside() == []
    assert tries[0] == 1
    assert [line["code"] for line in told if line["event"] == "refused"] == ["invented"]


async def test_a_handler_may_find_that_an_event_breaks_its_contract_and_what_it_did_before_is_undone(
    echo: Echo, topic: Topic
) -> None:
    tries = 0

    async def hear(work: Work, heard: Heard) -> None:
        nonlocal tries
        await note(work, heard)
        if heard.envelope.id == "bad":
            tries += 1
            raise Malformed("a need nobody knows")

    *_, last = await topic.put(event("a", 1, id="bad"), event("b", 1))
    async with listening(echo, topic, hear):
        await heard_all(echo, topic, last)
    assert await echo.aside() == [("a", 1, "malformed: a need nobody knows")]
    assert await echo.effects() == [("b", 1, 1)]
    assert tries == 1, "the same again would change nothing"


@pytest.mark.parametrize(
    ("uncertain", "times"), [(False, 2), (True, 4)], ids=["after a quiet start", "after claims that led nowhere"]
)
async def test_a_world_that_is_not_ready_is_waited_for_and_never_counted_against_the_event(
    echo: Echo, topic: Topic, uncertain: bool, times: int
) -> None:
    if uncertain:
        await echo.rows(UNCERTAIN, topic.name)
    *_, last = await topic.put(event("a", 1), event("a", 2, id="bad"), event("a", 3))
    hear, tries = counting(times, lambda: Unavailable("invented"))
    async with listening(echo, topic, hear):
        await heard_all(echo, topic, last)
    assert [number for _, _, number in await echo.effects()] == [1, 2, 3]
    assert await echo.aside() == []
    assert tries[0] == times + 1


async def test_a_fault_after_uncertain_claims_keeps_its_own_reason(echo: Echo, topic: Topic) -> None:
    await echo.rows(UNCERTAIN, topic.name)
    *_, last = await topic.put(event("a", 1, id="bad"), event("b", 1))
    hear, _ = counting(10**9, lambda: KeyError("invented"))
    async with listening(echo, topic, hear):
        await heard_all(echo, topic, last)
    assert await echo.aside() == [("a", 1, "bug: KeyError after 3 attempts")]


async def test_when_too_much_is_parked_it_stops_and_calls_rather_than_parking_everything(
    echo: Echo, topic: Topic, told: list[Any]
) -> None:
    await echo.rows(
        'INSERT INTO set_aside (topic, partition, "offset", key, headers, reason)'
        " SELECT 'another', 0, n, 'K-' || n, '[]', 'invented' FROM generate_series(1, $1) n",
        PARKED_KEYS_MAX,
    )
    await topic.put(event("a", 1), event("b", 1, data=b"{}"), event("c", 1))

    async def called() -> bool:
        return any(line["event"] == "parking_full" for line in told)

    async with listening(echo, topic):
        await until(called)
        assert await echo.value("SELECT count(*) FROM set_aside WHERE topic = $1", topic.name) == 0
        await echo.rows("DELETE FROM set_aside WHERE topic = 'another'")
        await heard_all(echo, topic, 2)
    assert sorted(await echo.effects()) == [("a", 1, 1), ("c", 1, 1)]
    assert [key for key, _, _ in await echo.aside()] == ["b"]


async def test_an_event_that_says_a_text_no_database_can_hold_is_parked(echo: Echo, topic: Topic) -> None:
    async def hear(work: Work, heard: Heard) -> None:
        work.change("be_picky", heard.announcement.alert)

    zero = event("a", 1).data.replace(b'"A-1"', b'"A-\\u0000"')
    *_, last = await topic.put(event("a", 1, data=zero), event("b", 1))
    async with listening(echo, topic, hear):
        await heard_all(echo, topic, last)
    ((key, _, reason),) = await echo.aside()
    assert key == "a"
    assert reason == f"bug: {asyncpg.CharacterNotInRepertoireError.__name__} after 3 attempts"
