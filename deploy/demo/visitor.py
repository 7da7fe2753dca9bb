"""Somebody who uses the house from outside: an account or an institution's client, through the public HTTP API only."""

import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx2

TOKEN_SECONDS = 200.0
REQUEST_SECONDS_MAX = 15.0

Token = Callable[[], Awaitable[str]]


class NotObserved(Exception):
    """The story could not go on: something that had to be seen was not seen."""


def client(origin: str) -> httpx2.AsyncClient:
    """One client for a whole story."""
    return httpx2.AsyncClient(base_url=origin, timeout=REQUEST_SECONDS_MAX)


async def credentials_token(http: httpx2.AsyncClient, client_id: str, secret: str) -> str:
    """A token by client credentials, as an institution's own system asks for one."""
    form = {"grant_type": "client_credentials", "client_id": client_id, "client_secret": secret}
    answer = await http.post("/id/token", data=form)
    expect(answer, 200, "a token for the institution's client")
    return str(answer.json()["access_token"])


@dataclass(slots=True)
class Visitor:
    """One account; its token is renewed before it ends, and each of its commands has a key of its own."""

    account: str
    http: httpx2.AsyncClient
    new_token: Token
    _token: str = ""
    _until: float = 0.0
    _keys: int = field(default=0)

    async def bearer(self) -> dict[str, str]:
        """The header that says who asks."""
        if time.monotonic() > self._until:
            self._token, self._until = await self.new_token(), time.monotonic() + TOKEN_SECONDS
        return {"Authorization": f"Bearer {self._token}"}

    async def get(self, path: str, **query: str) -> Any:
        """What the house shows this account under a path."""
        answer = await self.http.get(path, params=query, headers=await self.bearer())
        expect(answer, 200, path)
        return answer.json()

    async def post(self, path: str, body: Mapping[str, Any], *, key: str | None = None) -> httpx2.Response:
        """Ask for something to be done, once for each key."""
        self._keys += 1
        named = key or f"{self.account}-{self._keys:04d}-{time.monotonic_ns()}"
        headers = {**await self.bearer(), "Idempotency-Key": named.replace("@", ".")}
        return await self.http.post(path, json=dict(body), headers=headers)

    async def does(self, path: str, body: Mapping[str, Any] | None = None, *, status: int = 200) -> Any:
        """Ask for something to be done, and have it done."""
        answer = await self.post(path, body or {})
        expect(answer, status, path)
        return answer.json()


def expect(answer: httpx2.Response, status: int, what: str) -> None:
    """Stop the story unless the answer has the status it must have."""
    if answer.status_code != status:
        raise NotObserved(f"{what}: expected {status}, got {answer.status_code} {answer.text[:400]}")
