"""The outermost layer of every room's API: correlation id, limits, time taken, and the answer when we have a bug.

It reads no token and no body; what it logs are patterns of addresses, never addresses.
"""

import re
import time
import uuid
from collections.abc import Callable

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.http.problems import Problem, problem_answer
from services.telemetry.logs import begin_journey
from services.telemetry.metrics import HTTP_REQUEST_SECONDS

BODY_BYTES_MAX = 256_000
TARGET_CHARACTERS_MAX = 4_096
CORRELATION_HEADER = "x-correlation-id"
TRACEPARENT = re.compile(r"00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")
METHODS = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"})

log = structlog.get_logger()


def correlation_id_of(given: str | None, new: Callable[[], uuid.UUID]) -> str:
    """The id a caller gave when it is a UUID, else a new one: other texts could carry a name into the logs."""
    try:
        return str(uuid.UUID(given or ""))
    except ValueError:
        return str(new())


class Gate:
    """ASGI middleware around one room's application."""

    def __init__(self, app: ASGIApp, room: str, new_id: Callable[[], uuid.UUID]) -> None:
        self._app = app
        self._room = room
        self._new_id = new_id

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        correlation_id = correlation_id_of(headers.get(CORRELATION_HEADER), self._new_id)
        traceparent = headers.get("traceparent", "")
        scope.setdefault("state", {}).update(
            correlation_id=correlation_id,
            traceparent=traceparent if TRACEPARENT.fullmatch(traceparent) else None,
        )
        begin_journey(correlation_id)
        outlet = _Outlet(self._room, scope, send)
        try:
            if problem := _not_passable(scope, headers):
                await problem_answer(problem, correlation_id)(scope, receive, outlet.send)
            else:
                await self._app(scope, _limited(receive), outlet.send)
        except Exception as error:
            # Whatever the bug is, its message may quote the caller, so neither the answer nor the log repeats it.
            log.error("bug", route=outlet.route, method=outlet.method, exc_info=error)
            if not outlet.begun:
                bug = Problem(500, "our_mistake", "A fault of ours: quote the correlation id when you report it.")
                await problem_answer(bug, correlation_id)(scope, receive, outlet.send)
        finally:
            outlet.measure()


class _Outlet:
    """What leaves: nothing is cached on the way, and nothing leaves that no right was asked for."""

    def __init__(self, room: str, scope: Scope, send: Send) -> None:
        self._room = room
        self._scope = scope
        self._send = send
        self._began_at = time.perf_counter()
        self.method = scope["method"] if scope["method"] in METHODS else "other"
        self.begun = False
        self.status = 0

    @property
    def route(self) -> str:
        """The pattern of the address, once it is known."""
        return getattr(self._scope.get("route"), "path", "unknown")

    async def send(self, message: Message) -> None:
        """Pass one message on."""
        if message["type"] == "http.response.start":
            state = self._scope["state"]
            if message["status"] < 300 and state.get("call") is not None and not state["call"].judged:
                raise RuntimeError(f"{self.method} {self.route} answered without asking whether it may")
            self.begun, self.status = True, message["status"]
            headers = MutableHeaders(scope=message)
            headers["X-Correlation-Id"] = state["correlation_id"]
            headers["Cache-Control"] = "no-store"
            headers["X-Content-Type-Options"] = "nosniff"
        await self._send(message)

    def measure(self) -> None:
        """Count the request under its pattern."""
        seconds = time.perf_counter() - self._began_at
        HTTP_REQUEST_SECONDS.labels(self._room, self.route, self.method, str(self.status)).observe(seconds)


def _not_passable(scope: Scope, headers: Headers) -> Problem | None:
    target = scope.get("raw_path") or b""
    if len(target) + len(scope["query_string"]) > TARGET_CHARACTERS_MAX:
        return Problem(414, "address_too_long", "The address is too long: follow the links this house gives.")
    if "\x00" in scope["path"] or b"%00" in scope["query_string"]:
        return Problem(400, "address_malformed", "The address holds a character that no reference has.")
    length = headers.get("content-length", "0")
    if length.isdigit() and int(length[:12]) > BODY_BYTES_MAX:
        return Problem(413, "body_too_large", f"The body is larger than this house accepts: {BODY_BYTES_MAX} bytes.")
    return None


def _limited(receive: Receive) -> Receive:
    taken = 0

    async def receive_some() -> Message:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        if taken > BODY_BYTES_MAX:
            raise HTTPException(413)
        return message

    return receive_some
