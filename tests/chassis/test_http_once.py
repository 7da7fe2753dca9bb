"""A command happens once for its key, however often and however fast it comes."""

import asyncio
import json
from collections.abc import AsyncIterator

import pytest

from services.http.calls import AGAIN
from tests.chassis.invented.door import Door


@pytest.fixture(autouse=True)
async def let_go(door: Door) -> AsyncIterator[None]:
    yield
    door.held.go_on.set()


async def test_the_same_request_again_gets_the_same_answer_byte_for_byte(door: Door) -> None:
    before = await door.count()
    first = await door.write(key="the-same-key", name="Izmišljena Osoba")
    again = await door.write(key="the-same-key", name="Izmišljena Osoba")
    assert first.status_code == again.status_code == 201, first.text
    assert first.content == again.content
    ours = ("content-type", "location", "content-length", "cache-control")
    assert {name: first.headers.get(name) for name in ours} == {name: again.headers.get(name) for name in ours}
    assert [name in answer.headers for answer in (first, again) for name in AGAIN] == [False, True]
    assert first.headers["location"] == f"/invented/v1/notes/{first.json()['note']}"
    assert await door.count() == before + 1


async def test_the_same_key_with_another_body_is_refused_and_changes_nothing(door: Door) -> None:
    await door.write(key="one-key-two-bodies", code="first")
    before = await door.count()
    other = await door.write(key="one-key-two-bodies", code="second")
    assert (other.status_code, other.json()["code"]) == (422, "key_reused")
    assert await door.count() == before


async def test_two_accounts_may_use_the_same_key(door: Door) -> None:
    one = await door.write(key="everybody-s-key")
    two = await door.write("caseworker@VILLAGE", key="everybody-s-key", unit="VILLAGE")
    assert (one.status_code, two.status_code) == (201, 201)
    assert one.json()["note"] != two.json()["note"]


async def test_while_the_first_still_runs_the_second_is_told_to_wait(door: Door) -> None:
    door.held.go_on.clear()
    door.held.begun.clear()
    first = asyncio.create_task(door.write(key="slow-request"))
    await door.held.begun.wait()
    second = await door.write(key="slow-request")
    assert (second.status_code, second.json()["code"]) == (409, "still_running")
    assert second.headers["retry-after"] == "1"
    door.held.go_on.set()
    answer = await first
    assert answer.status_code == 201
    assert (await door.write(key="slow-request")).content == answer.content


async def test_a_request_that_its_own_first_sending_made_impossible_gets_the_first_answer(door: Door) -> None:
    first = await door.write(key="overtaken")
    kept = await door.database.pool.fetchrow("DELETE FROM idempotency WHERE key = 'overtaken' RETURNING *")
    assert kept is not None
    door.held.go_on.clear()
    door.held.begun.clear()
    again = asyncio.create_task(door.write(key="overtaken"))
    await door.held.begun.wait()
    # It looked before the first was kept, and decides after what the first did.
    columns = ", ".join(kept.keys())
    values = ", ".join(f"${place + 1}" for place in range(len(kept)))
    await door.database.pool.execute(f"INSERT INTO idempotency ({columns}) VALUES ({values})", *kept.values())
    door.held.refuses = True
    door.held.go_on.set()
    answer = await again
    door.held.refuses = False
    assert (answer.status_code, answer.content) == (201, first.content)


async def test_a_crowd_with_one_key_leaves_one_note(door: Door) -> None:
    before = await door.count()
    answers = await asyncio.gather(*(door.write(key="a-crowd-s-key") for _ in range(24)))
    assert {answer.status_code for answer in answers} <= {201, 409}
    assert len({answer.content for answer in answers if answer.status_code == 201}) == 1
    assert await door.count() == before + 1


@pytest.mark.parametrize(
    ("trouble", "status", "code"),
    [("refused", 409, "already_written"), ("malformed", 400, "malformed"), ("unavailable", 503, "unavailable")],
)
async def test_a_failure_is_not_kept_so_the_key_may_come_again(
    door: Door, trouble: str, status: int, code: str
) -> None:
    before = await door.count()
    key = f"fails-first-{trouble}"
    failed = await door.write(key=key, trouble=trouble, code="Osoba-4711")
    assert (failed.status_code, failed.json()["code"]) == (status, code)
    assert "Osoba" not in failed.text
    assert await door.count() == before
    assert (await door.write(key=key)).status_code == 201


async def test_names_are_nowhere_in_what_is_kept_of_the_answer(door: Door) -> None:
    await door.write(key="a-name-is-sealed", name="Izmišljena Bezbrojka")
    tables = ("idempotency", "vault", "notes", "access_log", "outbox", "stream_events")
    for table in tables:
        rows = await door.database.pool.fetch(f"SELECT row_to_json(t)::text AS row FROM {table} t")
        assert not any("Bezbrojka" in row["row"] for row in rows)
        assert not any(b"Bezbrojka".hex() in row["row"] for row in rows)


async def test_a_command_without_a_key_or_with_an_odd_one_is_told_so(door: Door) -> None:
    headers = door.headers()
    del headers["Idempotency-Key"]
    body = json.dumps({"unit": "TOWN", "code": "quiet"}).encode()
    headers["Content-Type"] = "application/json"
    answer = await door.client.post("/invented/v1/notes", content=body, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (400, "idempotency_key_missing")
    for odd in ("short", "a" * 129, "with space in", "caf\u00e9-caf\u00e9"):
        odd_headers = {name.encode(): value.encode() for name, value in headers.items()}
        odd_headers[b"Idempotency-Key"] = odd.encode()
        answer = await door.client.post("/invented/v1/notes", content=body, headers=odd_headers)
        assert (answer.status_code, answer.json()["code"]) == (400, "idempotency_key_malformed")
