"""Whoever tries one reference after another is stopped, whoever asks too fast is slowed, and nobody else notices."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from fastapi import APIRouter

from deploy.house import House
from services.contracts.faults import SettingMissing
from services.contracts.limits import USUAL, Limit, Limits
from services.http.app import create_app
from services.security.identity import Verifier
from services.storage.database import Database
from tests.chassis.doors import serving
from tests.chassis.invented.door import ISSUER, TREE, Door, StoodClock, open_door
from tests.chassis.invented.room import FOLDER, RIGHTS, router_of

NARROW = Limits(misses=Limit(5, 36_000), stop=Limit(1, 36_000), strangers=Limit(5, 36_000), reports=Limit(4, 36_000))
WALKER, COLLEAGUE = "caseworker@TOWN", "caseworker@VILLAGE"


@pytest.fixture(scope="module")
async def opened(house: House, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Door]:
    """The invented room with narrow limits, on a database of its own."""
    async with open_door(house, tmp_path_factory.mktemp("pace"), NARROW) as door:
        yield door


@pytest.fixture
async def paced(opened: Door) -> Door:
    """That room, where nobody asked for anything yet."""
    for table in ("paces", "walks", "deadlines", "outbox", "idempotency", "notes"):
        await opened.database.pool.execute(f"DELETE FROM {table}")
    return opened


def entrance() -> APIRouter:
    """What anybody may ask of it."""
    addresses = APIRouter(prefix="/sign-in")
    addresses.add_api_route("", lambda: "come in", methods=["GET"], response_model=None)
    return addresses


@contextlib.asynccontextmanager
async def second_process(door: Door) -> AsyncIterator[httpx2.AsyncClient]:
    """The same room once more, with nothing shared but the database."""
    database = await Database.open("invented", door.passage.url, FOLDER)
    issuer = door.app.state.reception.verifier._jwks
    app = create_app(
        room="invented",
        router=router_of(database, door.held),
        database=database,
        verifier=Verifier(issuer=ISSUER, jwks=issuer, audience="spis"),
        rights=RIGHTS,
        tree=TREE,
        clock=StoodClock(),
        secret=door.secret,
        limits=NARROW,
        entrance=entrance(),
    )
    try:
        async with serving(app) as origin, httpx2.AsyncClient(base_url=origin) as client:
            yield client
    finally:
        await database.close()


def said(answer: httpx2.Response) -> tuple[int, str]:
    """The status of an answer, and which refusal it is."""
    return answer.status_code, answer.json()["code"] if answer.status_code >= 400 else ""


async def asked(door: Door, account: str, *refs: str) -> list[tuple[int, str]]:
    """What an account is told of references, one after another."""
    return [said(await door.get(f"/notes/{ref}", account)) for ref in refs]


async def kept(door: Door, statement: str) -> list[Any]:
    """Rows of the room's database."""
    return list(await door.database.pool.fetch(statement))


async def test_who_walks_through_references_is_stopped_even_before_what_is_theirs(paced: Door) -> None:
    own = (await paced.write(WALKER)).json()["note"]
    tries = await asked(paced, WALKER, *(f"N-{place}" for place in range(100, 105)))
    assert tries == [(404, "record_unknown")] * 5
    beyond = await paced.get("/notes/N-105", WALKER)
    assert said(beyond) == (429, "walk_stopped")
    assert beyond.headers["retry-after"] == "36000"
    again = await paced.get(f"/notes/{own}", WALKER)
    assert said(again) == (429, "walk_stopped"), "what is there and theirs looks like what is not"
    assert 35_900 < int(again.headers["retry-after"]) <= 36_000
    assert beyond.json().keys() == again.json().keys()


async def test_who_is_stopped_may_still_report_and_list_and_colleagues_notice_nothing(paced: Door) -> None:
    own = (await paced.write(COLLEAGUE, unit="VILLAGE")).json()["note"]
    await asked(paced, WALKER, *(f"N-{place}" for place in range(100, 106)))
    assert (await paced.write(WALKER)).status_code == 201
    assert (await paced.get("/notes", WALKER)).status_code == 200
    assert await asked(paced, COLLEAGUE, own) == [(200, "")]


async def test_a_walk_is_kept_once_with_who_it_was_and_announced_by_an_appointment(paced: Door) -> None:
    answers = await asyncio.gather(*(paced.get(f"/notes/N-{place}", WALKER) for place in range(100, 130)))
    assert sorted(map(said, answers)) == [(404, "record_unknown")] * 5 + [(429, "walk_stopped")] * 25
    (walk,) = await kept(paced, "SELECT * FROM walks")
    assert (walk["account"], walk["institution"], walk["unit"], walk["roles"], walk["tries"]) == (
        *(WALKER, "TOWN.csw", "TOWN", ["caseworker"]),
        5,
    )
    (due,) = await kept(paced, "SELECT kind, subject, correlation_id FROM deadlines")
    assert (due["kind"], due["subject"]) == ("walk", walk["walk"])
    assert WALKER not in walk["walk"]


async def test_trying_places_that_are_not_one_s_own_counts_too(paced: Door) -> None:
    for _ in range(3):
        assert said(await paced.write(WALKER, unit="VILLAGE")) == (403, "not_yours")
    tries = await asked(paced, WALKER, "N-1", "N-2", "N-3")
    assert tries == [(404, "record_unknown")] * 2 + [(429, "walk_stopped")]


async def test_what_is_shown_is_never_counted(paced: Door) -> None:
    own = (await paced.write(WALKER)).json()["note"]
    assert await asked(paced, WALKER, *[own] * 20) == [(200, "")] * 20
    assert [row["kind"] for row in await kept(paced, "SELECT kind FROM paces")] == ["reports"]


async def test_every_process_of_a_room_counts_together(paced: Door) -> None:
    async with second_process(paced) as other:
        headers = paced.headers(WALKER)
        await asked(paced, WALKER, "N-1", "N-2", "N-3")
        there = [said(await other.get(f"/invented/v1/notes/N-{place}", headers=headers)) for place in (4, 5, 6)]
        assert there == [(404, "record_unknown")] * 2 + [(429, "walk_stopped")]
        assert await asked(paced, WALKER, "N-7") == [(429, "walk_stopped")]


async def test_reports_beyond_an_account_s_pace_wait_and_another_s_do_not(paced: Door) -> None:
    assert [(await paced.write(WALKER)).status_code for _ in range(4)] == [201] * 4
    late = await paced.write(WALKER)
    assert said(late) == (429, "too_fast")
    assert late.headers["retry-after"] == "9000"
    assert (await paced.write(COLLEAGUE, unit="VILLAGE")).status_code == 201
    assert await paced.count() == 5


async def test_what_is_spent_comes_back_with_time(house: House, tmp_path: Path) -> None:
    quick = Limits(misses=Limit(2, 1), stop=Limit(1, 1), reports=Limit(20, 1))
    async with open_door(house, tmp_path, quick) as door:
        refused = [await door.write(WALKER) for _ in range(40)]
        assert {answer.status_code for answer in refused} <= {201, 429}
        async with asyncio.timeout(10):
            while (await door.write(WALKER)).status_code == 429:
                pass
        await asked(door, WALKER, "N-x", "N-x", "N-x", "N-x")
        async with asyncio.timeout(10):
            while (await door.get("/notes/N-x", WALKER)).status_code == 429:
                pass


async def test_an_address_that_shows_no_token_or_a_bad_one_is_slowed_and_tokens_are_not(paced: Door) -> None:
    bad = [await paced.client.get("/invented/v1/notes"), await paced.client.get("/invented/openapi.json")]
    for authorization in ("Bearer x", "Basic YTpi", "Bearer e30.e30.e30", "Bearer x"):
        bad.append(await paced.client.get("/invented/v1/notes", headers={"Authorization": authorization}))
    assert [answer.status_code for answer in bad] == [401, 200, 401, 401, 401, 429]
    assert said(bad[-1]) == (429, "too_fast")
    assert (await paced.get("/notes", WALKER)).status_code == 200
    (row,) = await kept(paced, "SELECT caller FROM paces WHERE kind = 'strangers'")
    assert "127.0.0.1" not in row["caller"]


async def test_signing_in_is_counted_with_everything_else_that_an_address_asks(paced: Door) -> None:
    async with second_process(paced) as other:
        asked = [(await other.get("/sign-in")).status_code for _ in range(4)]
        assert [*asked, (await paced.client.get("/invented/v1/notes")).status_code] == [200] * 4 + [401]
        assert said(await other.get("/sign-in")) == (429, "too_fast")


async def test_the_address_is_the_one_that_the_gateway_names(paced: Door) -> None:
    for _ in range(5):
        await paced.client.get("/invented/v1/notes", headers={"X-Forwarded-For": "192.0.2.7"})
    stranger = await paced.client.get("/invented/v1/notes", headers={"X-Forwarded-For": "192.0.2.7"})
    assert said(stranger) == (429, "too_fast")
    assert (await paced.client.get("/invented/v1/notes", headers={"X-Forwarded-For": "192.0.2.8"})).status_code == 401


async def test_a_caller_with_a_whole_network_is_one_caller(paced: Door) -> None:
    answers = [
        await paced.client.get("/invented/v1/notes", headers={"X-Forwarded-For": f"2001:db8:1:2::{place}"})
        for place in range(6)
    ]
    assert [answer.status_code for answer in answers] == [401] * 5 + [429]


async def test_nothing_is_shown_that_could_not_be_counted(paced: Door) -> None:
    async with _without_counting(paced):
        assert said(await paced.get("/notes/N-1", WALKER)) == (503, "unavailable")
        assert (await paced.client.get("/invented/v1/notes")).status_code == 401
    assert await asked(paced, WALKER, "N-1") == [(404, "record_unknown")]


@contextlib.asynccontextmanager
async def _without_counting(door: Door) -> AsyncIterator[None]:
    statements = dict(door.database.statements)
    gone = {name: f"{statements[name]} FROM pg_terminate_backend(pg_backend_pid())" for name in ("spend", "count_miss")}
    door.database.statements = statements | gone
    try:
        yield
    finally:
        door.database.statements = statements


def test_limits_are_read_from_one_text_and_a_mistake_in_it_is_named() -> None:
    assert Limits.from_text("") == USUAL
    assert Limits.from_text(" misses=7/60  reports=8/9 ") == Limits(misses=Limit(7, 60), reports=Limit(8, 9))
    for wrong in ("misses", "misses=", "misses=7", "misses=0/60", "misses=7/0", "misses=-1/9", "odd=1/2", "misses=a/b"):
        with pytest.raises(SettingMissing, match="SPIS_PACE"):
            Limits.from_text(wrong)


def test_fifty_tries_are_never_reached_and_urgent_reports_are_never_slowed() -> None:
    assert USUAL.misses.number < 50
    assert USUAL.reports.number * 60 / USUAL.reports.seconds >= 120
