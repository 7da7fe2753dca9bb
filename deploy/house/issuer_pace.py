"""How fast the development issuer may be asked. It is one process, so it counts in memory and forgets with its end."""

import base64
import math
import time
from collections.abc import Callable
from contextlib import suppress
from urllib.parse import parse_qs

from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.contracts.limits import USUAL, Limit

OF_A_CALLER = Limit(120, 60)
"""How often one client may ask from one address, so that nobody uses up what others behind that address may ask."""
FAILURE_COSTS = 10
FREE = ("/id/healthz", "/id/jwks.json")
CALLERS_MAX = 10_000
FORM_BYTES_READ_MAX = 4_096


class Bucket:
    """So many at once for each caller, given back one by one."""

    def __init__(self, limit: Limit, now: Callable[[], float] = time.monotonic) -> None:
        self._each, self._all, self._now = limit.one_back.total_seconds(), limit.all_back.total_seconds(), now
        self._free_at: dict[str, float] = {}

    def spend(self, caller: str) -> int:
        """Spend one; 0, or in how many seconds to come again, and then nothing is spent."""
        now = self._now()
        if len(self._free_at) >= CALLERS_MAX:
            self._free_at = {name: at for name, at in self._free_at.items() if at > now}
        free_at = max(self._free_at.get(caller, now), now) + self._each
        beyond = free_at - now - self._all
        if beyond > self._each / 1_000:
            return max(1, math.ceil(beyond))
        self._free_at[caller] = free_at
        return 0

    def charge(self, caller: str, number: int) -> None:
        """Spend some more of what is left, and all of it where that is less."""
        now = self._now()
        free_at = max(self._free_at.get(caller, now), now) + number * self._each
        self._free_at[caller] = min(free_at, now + self._all)


class AtPace:
    """Middleware around the issuer: an address, and a caller from it, ask only so often; a failure counts as ten."""

    def __init__(self, app: ASGIApp, limit: Limit = USUAL.strangers, of_a_caller: Limit = OF_A_CALLER) -> None:
        self._app = app
        self._addresses = Bucket(limit)
        self._callers = Bucket(of_a_caller)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http" or scope["path"] in FREE:
            await self._app(scope, receive, send)
            return
        address = scope["client"][0] if scope.get("client") else ""
        first = await receive()
        caller = _caller(Headers(scope=scope).get("authorization", ""), first.get("body", b"")[:FORM_BYTES_READ_MAX])
        wait = self._addresses.spend(address)
        if not wait and caller:
            wait = self._callers.spend(f"{address} {caller}")
        if wait:
            await _slow_down(wait)(scope, receive, send)
            return
        waiting = [first]

        async def again() -> Message:
            return waiting.pop() if waiting else await receive()

        async def note(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] in (400, 401, 403):
                self._addresses.charge(address, FAILURE_COSTS - 1)
            await send(message)

        await self._app(scope, again, note)


def _caller(authorization: str, form: bytes) -> str:
    """The client that a request says it comes from."""
    scheme, _, encoded = authorization.partition(" ")
    if scheme.lower() == "basic":
        with suppress(ValueError):
            return base64.b64decode(encoded, validate=True).decode().partition(":")[0]
    return parse_qs(form.decode("ascii", "replace")).get("client_id", [""])[-1]


def _slow_down(seconds: int) -> JSONResponse:
    says = "Too many requests: send the same again after the seconds of Retry-After."
    body = {"error": "slow_down", "error_description": says}
    return JSONResponse(body, status_code=429, headers={"Retry-After": str(seconds), "Cache-Control": "no-store"})
