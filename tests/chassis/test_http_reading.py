"""What may be seen is seen, page by page, and every opening of a name leaves its entry first."""

from typing import Annotated, Any

import httpx2
import pytest
from fastapi import APIRouter, Depends
from structlog.testing import capture_logs

from services.http.app import create_app
from services.http.calls import Call
from services.http.permits import query
from services.security.rights import Record
from tests.chassis.doors import serving
from tests.chassis.invented.door import NOW, TREE, Door, StoodClock
from tests.chassis.invented.room import RIGHTS


async def test_a_name_is_shown_to_who_may_and_the_reading_is_kept(door: Door) -> None:
    written = await door.write(name="Izmišljena Osoba")
    ref = written.json()["note"]
    with capture_logs() as lines:
        answer = await door.get(f"/notes/{ref}")
    assert answer.json() == {"note": ref, "unit": "TOWN", "code": "quiet", "name": "Izmišljena Osoba"}
    assert [line["status"] for line in lines if line["event"] == "answered"] == [200]
    (entry,) = await door.database.read("accesses", ref)
    assert (entry["account"], entry["action"], entry["unit"]) == ("caseworker@TOWN", "open name", "TOWN")
    assert entry["at"] == NOW
    assert entry["correlation_id"] == answer.headers["x-correlation-id"]


async def test_another_s_record_and_a_missing_one_look_the_same(door: Door) -> None:
    ref = (await door.write()).json()["note"]
    others = await door.get(f"/notes/{ref}", "caseworker@VILLAGE")
    nobodys = await door.get("/notes/N-none", "caseworker@VILLAGE")
    assert others.status_code == nobodys.status_code == 404
    strip = ("correlation_id",)
    assert {k: v for k, v in others.json().items() if k not in strip} == {
        k: v for k, v in nobodys.json().items() if k not in strip
    }
    assert await door.database.read("accesses", ref) == []


async def test_pages_follow_one_another_without_gap_or_repeat_while_rows_are_added(door: Door) -> None:
    code = "paged"
    wanted = [(await door.write(code=code)).json()["note"] for _ in range(5)]
    seen: list[str] = []
    page = (await door.get("/notes", code=code, limit=2)).json()
    while True:
        seen += [item["note"] for item in page["items"]]
        if page["next"] is None:
            break
        if len(wanted) == 5:
            wanted.append((await door.write(code=code)).json()["note"])
        page = (await door.get("/notes", code=code, limit=2, after=page["next"])).json()
    assert sorted(seen) == sorted(wanted)
    assert len(seen) == len(set(seen))


async def test_the_link_leads_to_the_next_page(door: Door) -> None:
    for _ in range(2):
        await door.write(code="linked")
    first = await door.get("/notes", code="linked", limit=1)
    target, _, relation = first.headers["link"].partition(">; ")
    assert relation == 'rel="next"'
    headers = {"Authorization": f"Bearer {door.token()}"}
    second = await door.client.get(target.removeprefix("<"), headers=headers)
    assert [item["note"] for item in second.json()["items"]] != [item["note"] for item in first.json()["items"]]
    assert "link" not in second.headers


async def test_a_cursor_of_another_list_or_of_nobody_is_refused(door: Door) -> None:
    for _ in range(2):
        await door.write(code="cursor")
    cursor = (await door.get("/notes", code="cursor", limit=1)).json()["next"]
    for after, code in ((cursor, "other"), (cursor[:-2] + "AA", "cursor"), ("Osoba", "cursor"), ("ž", "cursor")):
        answer = await door.get("/notes", code=code, limit=1, after=after)
        assert (answer.status_code, answer.json()["code"]) == (400, "cursor_unknown")


async def test_a_list_shows_what_lies_below_and_nothing_beside(door: Door) -> None:
    await door.write(code="reach")
    await door.write("caseworker@VILLAGE", unit="VILLAGE", code="reach")

    async def units(account: str) -> set[str]:
        return {item["unit"] for item in (await door.get("/notes", account, code="reach")).json()["items"]}

    assert await units("caseworker@TOWN") == {"TOWN"}
    assert await units("coordinator@HILL") == {"TOWN", "VILLAGE"}


async def test_health_readiness_and_metrics_answer_without_a_token(door: Door) -> None:
    assert (await door.client.get("/invented/healthz")).json() == {"status": "ok"}
    assert (await door.client.get("/invented/readyz")).json() == {"status": "ok"}
    metrics = (await door.client.get("/invented/metrics")).text
    assert 'spis_http_requests_total{method="GET",room="invented",route="/invented/healthz",status="200"}' in metrics


async def test_an_endpoint_that_forgets_to_ask_sends_nothing(door: Door) -> None:
    router = APIRouter(prefix="/invented/v1")

    @router.get("/forgetful")
    async def forgetful(call: Annotated[Call, Depends(query("note.see"))], ask: bool = False) -> dict[str, Any]:
        if ask:
            call.allow(Record("TOWN"))
        return {"told": "everything"}

    reception = door.app.state.reception
    app = create_app(
        room="invented", router=router, database=door.database, verifier=reception.verifier, rights=RIGHTS, tree=TREE,
        clock=StoodClock(), secret=door.secret,
    )  # fmt: skip
    headers = {"Authorization": f"Bearer {door.token()}"}
    async with serving(app) as origin, httpx2.AsyncClient(base_url=origin, headers=headers) as client:
        assert (await client.get("/invented/v1/forgetful?ask=true")).json() == {"told": "everything"}
        with capture_logs():
            answer = await client.get("/invented/v1/forgetful")
    assert answer.status_code == 500
    assert "everything" not in answer.text


@pytest.mark.parametrize("path", ["/notes", "/notes/{ref}", "/notes/stream"])
async def test_the_contract_names_every_refusal(door: Door, path: str) -> None:
    document = (await door.client.get("/invented/openapi.json")).json()
    for operation in document["paths"][f"/invented/v1{path}"].values():
        assert operation["responses"].keys() >= {"4XX", "503"}
        assert operation["responses"]["4XX"]["content"].keys() == {"application/problem+json"}
        assert operation["security"] == [{"HTTPBearer": []}]


async def test_while_the_database_is_away_it_says_so_and_afterwards_goes_on(door: Door) -> None:
    door.passage.close()
    try:
        for answer in (await door.get("/notes"), await door.write(key="sent-while-away")):
            assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
            assert answer.headers["retry-after"]
        assert (await door.client.get("/invented/readyz")).status_code == 503
        assert (await door.client.get("/invented/healthz")).status_code == 200
    finally:
        door.passage.standing = True
    assert (await door.write(key="sent-while-away")).status_code == 201
    assert (await door.client.get("/invented/readyz")).status_code == 200
