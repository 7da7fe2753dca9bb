"""Every answer that says no, as problem+json: what is wrong and what to do. It never repeats what the caller sent."""

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute, iter_route_contexts
from pydantic_core import to_json
from starlette.exceptions import HTTPException

from services.contracts.advice import PLAIN, TOKEN_ADVICE, in_language, title_of
from services.contracts.failures import AccountUnknown, Malformed, Refused, TokenRefused, Unavailable
from services.contracts.languages import language_of
from services.telemetry.metrics import REFUSED

MEDIA_TYPE = "application/problem+json"
SOON = {"Retry-After": "2"}
PLACES_MAX = 20
KEY_HEADER = "Idempotency-Key"

QUOTES_THE_CALLER = frozenset({"value_error", "assertion_error", "union_tag_invalid", "uuid_parsing", "url_parsing"})
"""Kinds of validation errors whose sentence may hold the value; their rule is named, their sentence left out."""

InsteadOf = Callable[[Request, Exception], Awaitable[Exception]]

log = structlog.get_logger()


@dataclass(eq=False)
class Problem(Exception):
    """An answer other than the one asked for; `detail` says in English what to do, `advice.toml` in all languages."""

    status: int
    code: str
    detail: str
    headers: Mapping[str, str] | None = None
    errors: Sequence[Mapping[str, str]] = ()

    def answer(self, correlation_id: str, asked: Mapping[str, str]) -> Response:
        """The document of this problem in the language that the headers of its request ask for."""
        language = language_of(asked, unasked="en")
        body = {
            "type": f"urn:spis:problem:{self.code}",
            "title": title_of(self.status, language),
            "status": self.status,
            "code": self.code,
            "detail": self.detail,
            "correlation_id": correlation_id,
        } | ({"errors": self.errors} if self.errors else {})
        headers = {**(self.headers or {}), "Content-Language": language}
        return Response(to_json(in_language(body, language)), self.status, headers, MEDIA_TYPE)


def missing() -> Problem:
    """There is no such record, or none that this account may know of: the two look the same."""
    return Problem(404, "record_unknown", "There is no such record that your account may see: check the reference.")


def walk_stopped(seconds: int) -> Problem:
    """This account tried one reference after another: nothing is looked up for it, whether it is there or not."""
    says = "Too many references that your account may not see: wait, then ask only for those your work shows you."
    return Problem(429, "walk_stopped", says, headers={"Retry-After": str(seconds)})


def answer_problems(app: FastAPI, room: str, places: frozenset[str], instead_of: InsteadOf) -> None:
    """Have every failure that has a name answered as a problem; what has none is a bug, and the gate's.

    `places` are the names of fields and parameters, the only ones an error may repeat; `instead_of` counts it.
    """

    async def answer(request: Request, error: Exception) -> Response:
        error = await instead_of(request, error)
        match error:
            case Refused():
                REFUSED.labels(room, error.code).inc()
                log.info("refused", code=error.code)
            case RequestValidationError() if await _is_no_json(request, error):
                error = Problem(415, "content_type_unknown", "Send the body as Content-Type: application/json.")
            case HTTPException(status_code=405):
                error.headers = {"Allow": ", ".join(_methods_at(request))}
            case _:
                pass
        return problem_of(error, places).answer(request.state.correlation_id, request.headers)

    named = (Problem, Refused, Malformed, Unavailable, TokenRefused, AccountUnknown)
    for kind in (*named, RequestValidationError, HTTPException):
        app.add_exception_handler(kind, answer)


def problem_of(error: Exception, places: frozenset[str]) -> Problem:
    """The problem that a failure is."""
    match error:
        case Problem():
            return error
        case Refused(code=code, detail=detail):
            return Problem(409, code, detail)
        case Malformed(detail=detail):
            # What a sentence quotes may be what the caller sent.
            return Problem(400, "malformed", re.sub(r"'(\\.|[^'\\])*'|\"(\\.|[^\"\\])*\"", "…", detail))
        case Unavailable():
            return Problem(503, "unavailable", "Something needed is away: send the same again soon.", headers=SOON)
        case TokenRefused(code=code):
            wrong = "" if code == "token_missing" else ', error="invalid_token"'
            return Problem(401, code, TOKEN_ADVICE[code], headers={"WWW-Authenticate": f'Bearer realm="spis"{wrong}'})
        case AccountUnknown():
            return Problem(403, "account_unknown", "The directory has no such active account: ask who keeps it.")
        case RequestValidationError():
            return _invalid(error.errors(), places)
        case HTTPException(status_code=status):
            code, says = PLAIN.get(status, ("not_answered", "This request cannot be answered as it is."))
            return Problem(status, code, says, headers=error.headers)
        case _:
            raise TypeError(f"{type(error).__name__} is no named failure")


def _invalid(errors: Sequence[Any], places: frozenset[str]) -> Problem:
    for error in errors:
        if error["loc"] == ("header", KEY_HEADER):
            code = "idempotency_key_missing" if error["type"] == "missing" else "idempotency_key_malformed"
            says = f"Send a header {KEY_HEADER} of 8 to 128 letters, digits or ._:- that names this one request."
            return Problem(400, code, says)
        if error["type"] == "json_invalid":
            says = f"The body is not JSON: correct it from character {error['loc'][-1]} on, then send it again."
            return Problem(400, "json_malformed", says)
    found = [_error(error, places) for error in errors[:PLACES_MAX]]
    return Problem(422, "request_invalid", "Correct what `errors` names, then send it again.", errors=found)


def _error(error: Mapping[str, Any], places: frozenset[str]) -> dict[str, str]:
    rule, path = error["type"], list(error["loc"])
    if rule == "extra_forbidden":
        # The name of an unknown field is the caller's own text.
        path[-1] = "…"
    place = ".".join(str(part) if isinstance(part, int) or part in places else "…" for part in path)
    says = "This is not accepted here." if rule in QUOTES_THE_CALLER else error["msg"]
    return {"place": place, "rule": rule, "says": says}


async def _is_no_json(request: Request, error: RequestValidationError) -> bool:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    is_json = kind == "application/json" or (kind.startswith("application/") and kind.endswith("+json"))
    in_body = any(each["loc"][:1] == ("body",) for each in error.errors())
    return in_body and not is_json and bool(await request.body())


def _methods_at(request: Request) -> list[str]:
    routes = [context.original_route for context in iter_route_contexts(request.app.routes)]
    here = [route for route in routes if isinstance(route, APIRoute) and route.path_regex.match(request.url.path)]
    return sorted({method for route in here for method in route.methods or ()})
