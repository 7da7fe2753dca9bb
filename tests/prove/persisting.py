"""Asks until there is an answer, with the same key, while what should answer is killed and comes back."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from uuid import uuid4

import httpx2

from deploy.demo.visitor import NotObserved, Visitor

TRIES_MAX = 120
TRY_SECONDS = 0.5
COMES_BACK = frozenset({500, 502, 503, 504})


async def persist(ask: Callable[[], Awaitable[httpx2.Response]]) -> Any:
    """Ask until there is an answer: what is killed comes back."""
    for _ in range(TRIES_MAX):
        try:
            answer = await ask()
        except httpx2.TransportError:
            answer = None
        if answer is not None and answer.status_code not in COMES_BACK:
            if answer.status_code >= 400:
                raise NotObserved(f"{answer.request.url}: {answer.status_code} {answer.text[:300]}")
            return answer.json()
        await asyncio.sleep(TRY_SECONDS)
    raise NotObserved("an answer after everything that was killed came back")


async def does(who: Visitor, path: str, body: Mapping[str, Any] | None = None) -> Any:
    """Have something done once, however often it has to be asked."""
    key = str(uuid4())
    return await persist(lambda: who.post(path, body or {}, key=key))


async def shows(who: Visitor, path: str, **query: str) -> Any:
    """What the house shows, however often it has to be asked."""

    async def ask() -> httpx2.Response:
        return await who.http.get(path, params=query, headers=await who.bearer())

    return await persist(ask)
