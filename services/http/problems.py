"""Every answer that says no, as problem+json: what is wrong and what to do. It never repeats what the caller sent."""

import re
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic_core import to_json
from starlette.exceptions import HTTPException

from services.contracts.failures import Malformed, Refused, Unavailable
from services.security.identity import AccountUnknown, TokenRefused
from services.telemetry.metrics import REFUSED

MEDIA_TYPE = "application/problem+json"
RETRY_AFTER_SECONDS = "2"
PLACES_MAX = 20
KEY_HEADER = "Idempotency-Key"

QUOTES_THE_CALLER = frozenset({"value_error", "assertion_error", "union_tag_invalid", "uuid_parsing", "url_parsing"})
"""Kinds of validation errors whose sentence may hold the value; their rule is named, their sentence left out."""

TOKEN_ADVICE = {
    "token_missing": "Send a token of the house's issuer in a header Authorization: Bearer ….",
    "token_expired": "The token has expired: get a new one and send the same again.",
    "token_invalid": "The token is not one this house accepts: get one from its issuer.",
}

log = structlog.get_logger()


class Problem(Exception):
    """An answer other than the one asked for; `detail` says what to do."""

    def __init__(
        self, status: int, code: str, detail: str, *, headers: Mapping[str, str] | None = None, **more: object
    ) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.detail = detail
        self.headers = dict(headers or {})
        self.more = more


def missing() -> Problem:
    """There is no such record, or none that this account may know of: the two look the same."""
    return Problem(404, "record_unknown", "There is no such record that your account may see: check the reference.")


def problem_body(problem: Problem, correlation_id: str) -> dict[str, Any]:
    """The document of a problem; the same members for every one."""
    return {
        "type": f"urn:spis:problem:{problem.code}",
        "title": HTTPStatus(problem.status).phrase,
        "status": problem.status,
        "code": problem.code,
        "detail": problem.detail,
        "correlation_id": correlation_id,
        **problem.more,
    }


def problem_answer(problem: Problem, correlation_id: str) -> Response:
    """The answer for a problem."""
    return Response(
        to_json(problem_body(problem, correlation_id)),
        status_code=problem.status,
        headers=problem.headers,
        media_type=MEDIA_TYPE,
    )


def answer_problems(app: FastAPI, room: str) -> None:
    """Have every failure that has a name answered as a problem; what has none is a bug, and the gate's."""

    async def answer(request: Request, error: Exception) -> Response:
        problem = problem_of(error, await _unread(request, error), request.app.state.places)
        if isinstance(error, Refused):
            REFUSED.labels(room, error.code).inc()
            log.info("refused", code=error.code)
        return problem_answer(problem, request.state.correlation_id)

    named: Sequence[type[Exception]] = (
        Problem, Refused, Malformed, Unavailable, TokenRefused, AccountUnknown, RequestValidationError, HTTPException,
    )  # fmt: skip
    for kind in named:
        app.add_exception_handler(kind, answer)


def problem_of(error: Exception, unread: bool, places: frozenset[str]) -> Problem:
    """The problem that a failure is; `unread` says that a body came which is not JSON by its content type."""
    match error:
        case Problem():
            return error
        case Refused(code=code, detail=detail):
            return Problem(409, code, detail)
        case Malformed(detail=detail):
            return Problem(400, "malformed", _without_quotes(detail))
        case Unavailable():
            again = {"Retry-After": RETRY_AFTER_SECONDS}
            return Problem(
                503, "unavailable", "Something needed is away: send the same again in a moment.", headers=again
            )
        case TokenRefused(code=code):
            return _token_problem(code)
        case AccountUnknown():
            return Problem(403, "account_unknown", "The directory has no such active account: ask who keeps it.")
        case RequestValidationError():
            return _invalid(error.errors(), unread, places)
        case HTTPException():
            return _plain(error)
        case _:
            raise TypeError(f"{type(error).__name__} is no named failure")


def _token_problem(code: str) -> Problem:
    match code:
        case "token_expired":
            says, challenge = "The token has expired: get a new one and send the same again.", ', error="invalid_token"'
        case "token_missing":
            says, challenge = "Send a token of the house's issuer as Authorization: Bearer ….", ""
        case _:
            says, challenge = (
                "The token is not one this house accepts: get one from its issuer.",
                ', error="invalid_token"',
            )
    return Problem(401, code, says, headers={"WWW-Authenticate": f'Bearer realm="spis"{challenge}'})


def _invalid(errors: Sequence[Any], unread: bool, places: frozenset[str]) -> Problem:
    for error in errors:
        if error["loc"] == ("header", KEY_HEADER):
            code = "idempotency_key_missing" if error["type"] == "missing" else "idempotency_key_malformed"
            return Problem(
                400,
                code,
                f"Send a header {KEY_HEADER} of 8 to 128 letters, digits or ._:- that names this one request.",
            )
        if error["type"] == "json_invalid":
            return Problem(
                400, "json_malformed", f"The body is not JSON: it breaks off at character {error['loc'][-1]}."
            )
    if unread:
        return Problem(415, "content_type_unknown", "Send the body as Content-Type: application/json.")
    found = [_error(error, places) for error in errors[:PLACES_MAX]]
    return Problem(422, "request_invalid", "Correct what `errors` names, then send it again.", errors=found)


def _error(error: Mapping[str, Any], places: frozenset[str]) -> dict[str, str]:
    rule = error["type"]
    path = list(error["loc"])
    if rule == "extra_forbidden":
        # The name of an unknown field is the caller's own text.
        path[-1] = "…"
    place = ".".join(str(part) if isinstance(part, int) or part in places else "…" for part in path)
    says = "This is not accepted here." if rule in QUOTES_THE_CALLER else error["msg"]
    return {"place": place, "rule": rule, "says": says}


def _plain(error: HTTPException) -> Problem:
    match error.status_code:
        case 404:
            return Problem(404, "path_unknown", "There is nothing at this address: see openapi.json of the room.")
        case 405:
            says = "This address does not take that method: see openapi.json of the room."
            return Problem(405, "method_not_allowed", says, headers=error.headers)
        case 413:
            return Problem(413, "body_too_large", "The body is larger than this house accepts: 256000 bytes.")
        case 400:
            return Problem(400, "body_unreadable", "The body cannot be read: send one JSON document in UTF-8.")
        case status:
            return Problem(status, "not_answered", "This request cannot be answered as it is.", headers=error.headers)


async def _unread(request: Request, error: Exception) -> bool:
    if not isinstance(error, RequestValidationError) or not any(e["loc"][:1] == ("body",) for e in error.errors()):
        return False
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    is_json = kind == "application/json" or (kind.startswith("application/") and kind.endswith("+json"))
    return not is_json and bool(await request.body())


def _without_quotes(detail: str) -> str:
    """A sentence without what it quotes, for that may be what the caller sent."""
    return re.sub(r"'[^']*'|\"[^\"]*\"", "…", detail)
