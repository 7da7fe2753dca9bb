"""The dependency that every endpoint declares: which action it is, and so which rows of the table decide it.

It authenticates, asks for the key of a command, and turns away who could not do this action to any record.
"""

import hmac
import json
import re
from contextlib import suppress
from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import parse_qs

import structlog
from fastapi import Depends, Header, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from services.contracts.advice import PLAIN
from services.contracts.session import SESSION, Sessions
from services.http.calls import Call, Reception
from services.http.problems import KEY_HEADER, Problem
from services.security.identity import Claims, bearer_of, real_now
from services.security.rights import Person, imaginable
from services.storage.stamp import Stamp

SUSPECT, HALF = re.compile(rb"\\u(?:0000|d[89a-f])", re.IGNORECASE), re.compile("[\ud800-\udfff]")

log = structlog.get_logger()

bearer = HTTPBearer(auto_error=False, bearerFormat="JWT", description="A token of the house's issuer, of five minutes.")

Key = Annotated[
    str,
    Header(
        alias=KEY_HEADER,
        min_length=8,
        max_length=128,
        pattern=r"^[A-Za-z0-9._:-]+$",
        description="Names this one request: the same key and body give the same answer, and nothing happens twice.",
        examples=["report-2026-03-02-0001"],
    ),
]


async def _asker(
    request: Request, _: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)] = None
) -> tuple[Person, Claims]:
    """The account behind a request's token or session, as the directory has it now."""
    reception: Reception = request.app.state.reception
    sessions, header = reception.sessions, request.headers.get("authorization")
    if header is None and sessions and sessions.cookie in request.cookies:
        token = str((await session_of(request, sessions))["token"])
    else:
        token = bearer_of(header)
    claims = await reception.verifier.claims(token)
    return await reception.verifier.person(reception.database, claims), claims


async def session_of(request: Request, sessions: Sessions) -> dict[str, Any]:
    """A request's session; one that could change something must prove that a page of this house sent it."""
    session = sessions.open(SESSION, request.cookies.get(sessions.cookie, ""), real_now().timestamp())
    request.state.session = session
    if request.method not in ("GET", "HEAD"):
        form = parse_qs((await request.body()).decode("ascii", "replace"))
        proof = request.headers.get("X-CSRF-Token") or form.get("csrf", [""])[-1]
        if not hmac.compare_digest(proof.encode(), session["csrf"].encode()):
            raise Problem(403, "csrf_missing", "Send the session's own secret in a header X-CSRF-Token or field csrf.")
    return session


Asker = Annotated[tuple[Person, Claims], Depends(_asker)]


@dataclass(frozen=True, slots=True)
class Query:
    """Declares an endpoint that only shows something: `call: Annotated[Call, Depends(query("report.see"))]`."""

    action: str

    async def __call__(self, request: Request, asker: Asker) -> Call:
        """The call of this request."""
        return call_of(request, self.action, asker)


@dataclass(frozen=True, slots=True)
class Command:
    """Declares an endpoint that changes something: `call: Annotated[Call, Depends(command("report.screen"))]`.

    Its caller names each request by a key, so that it happens once; `pace` is what an account may do only so often.
    """

    action: str
    pace: str = ""

    async def __call__(self, request: Request, asker: Asker, idempotency_key: Key) -> Call:
        """The call of this request."""
        body = await request.body()
        check_storable(body)
        said = f"{request.method} {request.url.path}?{request.url.query}\n".encode() + body
        reception: Reception = request.app.state.reception
        if self.pace:
            await reception.pace.keep(self.pace, asker[0].account)
        return call_of(request, self.action, asker, idempotency_key, hmac.digest(reception.secret, said, "sha256"))


command, query = Command, Query


def call_of(request: Request, action: str, asker: tuple[Person, Claims], key: str = "", mark: bytes = b"") -> Call:
    """The call of a request by somebody who could do this action to some record."""
    (person, claims), state, reception = asker, request.state, request.app.state.reception
    state.person = person
    if not imaginable(reception.rights, person, action):
        log.info("not_allowed", action=action, account=person.account)
        raise Problem(403, "not_your_role", "None of your account's roles may do this: ask a colleague whose role may.")
    stamp = Stamp(reception.clock.now(), person.account, state.correlation_id, state.traceparent)
    call = state.call = Call(action, person, stamp, reception, claims, request.url.path, request.url.query, key, mark)
    return call


def check_storable(body: bytes) -> None:
    """Refuse NUL and halves of surrogate pairs: both are JSON, but no database keeps them."""
    if b"\x00" in body:
        # UTF-16 and UTF-32 are no longer JSON, and would hide from what is looked for below.
        raise Problem(400, *PLAIN[400])
    if not SUSPECT.search(body):
        return
    with suppress(ValueError, RecursionError):
        # Written again without escapes, every text of the document can be looked at in one go.
        text = json.dumps(json.loads(body), ensure_ascii=False)
        if "\\u0000" in text or HALF.search(text):
            raise Problem(400, "body_unreadable", "The body holds a character that is no text: leave it out.")
