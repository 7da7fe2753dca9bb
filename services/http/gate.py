"""The outermost layer of every room's API: correlation id, limits, time taken, and the answer when we have a bug.

It reads no token and no body; what it logs are patterns of addresses, never addresses.
"""

import asyncio
import re
import time
import uuid
from collections.abc import Callable
from contextlib import suppress

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.contracts.advice import PLAIN
from services.http.problems import Problem
from services.telemetry.logs import begin_journey
from services.telemetry.metrics import HTTP_REQUEST_SECONDS, HTTP_REQUESTS

BODY_BYTES_MAX = 256_000
TARGET_BYTES_MAX = 4_096
REST_BYTES_MAX = 2_000_000
REST_SECONDS_MAX = 5.0
TRACEPARENT = re.compile(r"00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")
METHODS = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"})

log = structlog.get_logger()


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
        began_at, headers, inlet = time.perf_counter(), Headers(scope=scope), _Inlet(receive)
        outlet = _Outlet(scope, send, inlet)
        correlation_id = _correlation_id(headers.get("x-correlation-id", ""), self._new_id)
        trace = TRACEPARENT.fullmatch(headers.get("traceparent", ""))
        scope.setdefault("state", {}).update(correlation_id=correlation_id, traceparent=trace and trace.group())
        begin_journey(correlation_id)
        try:
            if problem := _not_passable(scope, headers):
                await problem.answer(correlation_id, headers)(scope, receive, outlet.send)
            else:
                await self._app(scope, inlet.receive, outlet.send)
        except Exception as error:
            # Whatever the bug is, its message may quote the caller, so neither the answer nor the log repeats it.
            log.error("bug", route=outlet.route, method=outlet.method, exc_info=error)
            if not outlet.status:
                bug = Problem(500, "our_mistake", "A fault of ours: quote the correlation id when you report it.")
                await bug.answer(correlation_id, headers)(scope, receive, outlet.send)
        finally:
            outlet.note(self._room, time.perf_counter() - began_at)


class _Inlet:
    """What arrives: taken in to its end before the answer leaves, which a gateway that is still sending would lose."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._taken, self._ended = 0, False

    async def receive(self) -> Message:
        """Take the next message in."""
        message = await self._receive()
        self._taken += len(message.get("body", b""))
        self._ended = not message.get("more_body", False)
        return message

    async def end(self) -> None:
        """Take what nobody wanted in and leave it; beyond a limit the connection may break."""
        with suppress(TimeoutError):
            async with asyncio.timeout(REST_SECONDS_MAX):
                while not self._ended and self._taken <= REST_BYTES_MAX:
                    await self.receive()


class _Outlet:
    """What leaves: nothing is cached on the way, and nothing leaves that no right was asked for."""

    def __init__(self, scope: Scope, send: Send, inlet: _Inlet) -> None:
        self._scope = scope
        self._send = send
        self._inlet = inlet
        self.method = scope["method"] if scope["method"] in METHODS else "other"
        self.status = 0

    @property
    def route(self) -> str:
        """The pattern of the address, once it is known."""
        return getattr(self._scope.get("route"), "path", "unknown")

    def note(self, room: str, seconds: float) -> None:
        """Count the request; the line it leaves is the first hop of its journey, unless it only asked how we are."""
        HTTP_REQUESTS.labels(room, self.route, self.method, str(self.status)).inc()
        HTTP_REQUEST_SECONDS.labels(room, self.route).observe(seconds)
        told = {"route": self.route, "method": self.method, "status": self.status, "seconds": round(seconds, 4)}
        if call := self._scope["state"].get("call"):
            log.info("answered", action=call.action, account=call.person.account, **told)
        elif self.status >= 400:
            log.info("answered", **told)

    async def send(self, message: Message) -> None:
        """Pass one message on."""
        if message["type"] == "http.response.start":
            state = self._scope["state"]
            if message["status"] < 300 and "call" in state and not state["call"].judged:
                raise RuntimeError(f"{self.method} {self.route} answered without asking whether it may")
            self.status = message["status"]
            headers = MutableHeaders(scope=message)
            headers["X-Correlation-Id"] = state["correlation_id"]
            headers["Cache-Control"] = "no-store"
            headers["X-Content-Type-Options"] = "nosniff"
            await self._inlet.end()
        await self._send(message)


def _correlation_id(given: str, new: Callable[[], uuid.UUID]) -> str:
    """The id a caller gave when it is a UUID, else a new one: other texts could carry a name into the logs."""
    try:
        return str(uuid.UUID(given))
    except ValueError:
        return str(new())


def _not_passable(scope: Scope, headers: Headers) -> Problem | None:
    if len(scope["path"]) + len(scope["query_string"]) > TARGET_BYTES_MAX:
        return Problem(414, "address_too_long", "The address is too long: follow the links this house gives.")
    if "\x00" in scope["path"] or b"%00" in scope["query_string"]:
        return Problem(400, "address_malformed", "The address holds a character that no reference has: check it.")
    length = headers.get("content-length", "0")
    if length.isdigit() and int(length[:12]) > BODY_BYTES_MAX:
        return Problem(413, *PLAIN[413])
    return None
