"""Whatever is sent, the answer is a problem that says what to do, repeats nothing of it, and changes nothing."""

import json
import logging
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest
import structlog
from structlog.testing import capture_logs

from deploy.house.issuer import ensure, mint
from services.http.gate import BODY_BYTES_MAX
from tests.chassis.invented.door import ISSUER, Door

CANARY = "Bezbrojka-Q"
NOTES = "/invented/v1/notes"
MEMBERS = {"type", "title", "status", "code", "detail", "correlation_id"}


def problem(answer: httpx2.Response, status: int, code: str) -> dict[str, Any]:
    """Check that an answer is this problem, whole and without the canary."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["cache-control"] == "no-store"
    body: dict[str, Any] = answer.json()
    assert body.keys() >= MEMBERS
    assert (body["status"], body["code"]) == (status, code), body
    assert body["correlation_id"] == answer.headers["x-correlation-id"]
    assert len(body["detail"]) > 10
    assert CANARY not in answer.text
    assert CANARY not in str(answer.headers)
    return body


@pytest.fixture(autouse=True)
async def nothing_happens(door: Door) -> Any:
    before = await door.count()
    yield
    assert await door.count() == before


async def post(door: Door, content: bytes, **headers: str) -> httpx2.Response:
    sent = door.headers() | {"Content-Type": "application/json"} | headers
    return await door.client.post(NOTES, content=content, headers=sent)


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [
        (b'{"unit": ', 400, "json_malformed"),
        (b'{"unit": "TOWN" "code": 1}', 400, "json_malformed"),
        (b"[" * 100_000, 400, "body_unreadable"),
        (b'{"unit": "\xff\xfe"}', 400, "body_unreadable"),
        (b"9" * 5_000, 400, "body_unreadable"),
        (b'{"unit": "TOWN", "code": "a\\u0000b"}', 400, "body_unreadable"),
        (b'{"unit": "TOWN", "code": "a\\ud800"}', 400, "body_unreadable"),
        (b'{"unit": "TOWN", "code": "a", "answers": {"\\udfff": 1}}', 400, "body_unreadable"),
        (b"", 422, "request_invalid"),
        (b"[]", 422, "request_invalid"),
        (b'"text"', 422, "request_invalid"),
        (b"null", 422, "request_invalid"),
        (b"{}", 422, "request_invalid"),
        (b'{"unit": 7, "code": "a"}', 422, "request_invalid"),
        (b'{"unit": "TOWN", "code": "a", "at": "9999-99-99"}', 422, "request_invalid"),
        (b'{"unit": "TOWN", "code": "a", "at": "2026-01-01T00:00:00"}', 422, "request_invalid"),
    ],
    ids=lambda value: str(value)[:40],
)
async def test_what_cannot_be_read_is_said_so(door: Door, content: bytes, status: int, code: str) -> None:
    problem(await post(door, content), status, code)


async def test_an_error_names_the_field_and_its_rule_and_never_what_was_sent(door: Door) -> None:
    body = {
        "unit": CANARY * 10,
        "code": CANARY * 10,
        "name": f"{CANARY}4711",
        "at": CANARY,
        "trouble": CANARY,
        "answers": {CANARY: CANARY},
        CANARY: CANARY,
    }
    errors = problem(await post(door, json.dumps(body).encode()), 422, "request_invalid")["errors"]
    assert {error["place"] for error in errors} == {
        "body.unit",
        "body.code",
        "body.name",
        "body.at",
        "body.trouble",
        "body.answers.…",
        "body.…",
    }
    says = {error["place"]: error["says"] for error in errors}
    assert says["body.unit"] == "String should have at most 40 characters"
    assert says["body.name"] == "This is not accepted here."


async def test_a_body_that_is_too_large_is_refused_whether_or_not_it_says_so(door: Door) -> None:
    large = json.dumps({"unit": "TOWN", "code": "a" * BODY_BYTES_MAX}).encode()
    problem(await post(door, large), 413, "body_too_large")

    async def parts() -> Any:
        for start in range(0, len(large), 50_000):
            yield large[start : start + 50_000]

    headers = door.headers() | {"Content-Type": "application/json"}
    problem(await door.client.post(NOTES, content=parts(), headers=headers), 413, "body_too_large")


@pytest.mark.parametrize("kind", ["text/plain", "application/xml", "multipart/form-data; boundary=x", "odd", ""])
async def test_a_body_that_is_not_json_is_refused(door: Door, kind: str) -> None:
    content = json.dumps({"unit": "TOWN", "code": CANARY}).encode()
    problem(await post(door, content, **{"Content-Type": kind}), 415, "content_type_unknown")


async def test_addresses_and_methods_that_do_not_exist(door: Door) -> None:
    problem(await door.client.get(f"/invented/v1/{CANARY}"), 404, "path_unknown")
    problem(await door.client.get(f"{NOTES}/"), 404, "path_unknown")
    answer = await door.client.delete(NOTES)
    problem(answer, 405, "method_not_allowed")
    assert set(answer.headers["allow"].replace(" ", "").split(",")) <= {"GET", "POST"}
    problem(await door.get(f"/notes/a%00{CANARY}"), 400, "address_malformed")
    problem(await door.client.get(f"{NOTES}?code=%00{CANARY}"), 400, "address_malformed")
    problem(await door.client.get(f"{NOTES}?code={'a' * 5_000}"), 414, "address_too_long")


async def test_without_a_valid_token_nothing_is_said_about_the_rest(door: Door, tmp_path: Path) -> None:
    ensure(tmp_path)
    cases = {
        "": "token_missing",
        "Basic YTpi": "token_missing",
        f"Bearer {CANARY}": "token_invalid",
        f"Bearer {mint(tmp_path, 'caseworker@TOWN', ISSUER, 'spis')}": "token_invalid",
        f"Bearer {door.token(age=timedelta(minutes=10))}": "token_expired",
    }
    for authorization, code in cases.items():
        for headers in ({}, {"Idempotency-Key": "a-good-key"}):
            sent = {"Authorization": authorization} | headers if authorization else headers
            answer = await door.client.post(NOTES, json={CANARY: 1}, headers=sent)
            problem(answer, 401, code)
            assert answer.headers["www-authenticate"].startswith('Bearer realm="spis"')


async def test_an_account_the_directory_does_not_know_or_no_longer_has_is_refused(door: Door) -> None:
    problem(await door.get("/notes", f"{CANARY}@TOWN"), 403, "account_unknown")
    give = door.database.statements["give_account"]
    await door.database.pool.execute(give, "auditor@TOWN", ["caseworker"], True)
    assert (await door.get("/notes", "auditor@TOWN")).status_code == 200
    await door.database.pool.execute(give, "auditor@TOWN", ["auditor"], True)
    problem(await door.get("/notes", "auditor@TOWN"), 403, "not_your_role")
    await door.database.pool.execute(give, "auditor@TOWN", ["caseworker"], False)
    problem(await door.get("/notes", "auditor@TOWN"), 403, "account_unknown")
    await door.database.pool.execute(give, "auditor@TOWN", ["auditor"], True)


async def test_a_role_that_may_never_do_this_hears_so_before_its_body_is_looked_at(door: Door) -> None:
    answer = await door.client.post(NOTES, json={CANARY: 1}, headers=door.headers("auditor@TOWN"))
    problem(answer, 403, "not_your_role")


async def test_a_unit_outside_one_s_own_is_refused(door: Door) -> None:
    problem(await door.write(unit="VILLAGE"), 403, "not_yours")
    problem(await door.write(unit="NOWHERE"), 403, "not_yours")


async def test_a_bug_of_ours_is_told_without_what_was_sent_and_logged_by_its_place(door: Door) -> None:
    with capture_logs(processors=[structlog.contextvars.merge_contextvars]) as lines:
        answer = await door.write(trouble="bug", name=CANARY)
    body = problem(answer, 500, "our_mistake")
    (line,) = [line for line in lines if line["event"] == "bug"]
    assert line["correlation_id"] == body["correlation_id"]
    assert line["route"] == NOTES
    assert isinstance(line["exc_info"], LookupError)


async def test_the_correlation_id_of_a_caller_is_kept_only_when_it_is_a_uuid(door: Door) -> None:
    given = "5f0c2f6e-0000-4000-8000-00000000000a"
    kept = await door.client.get("/invented/healthz", headers={"X-Correlation-Id": given})
    assert kept.headers["x-correlation-id"] == given
    other = await door.client.get("/invented/healthz", headers={"X-Correlation-Id": CANARY})
    assert CANARY not in other.headers["x-correlation-id"]
    assert len(other.headers["x-correlation-id"]) == 36


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """The libraries' own loggers stay out of the way of the captured lines."""
    logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)
    yield
    logging.getLogger("uvicorn.error").setLevel(logging.NOTSET)
