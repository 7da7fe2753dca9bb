"""One use of each refresh token, however many windows of a browser ask at once. It never keeps one for long."""

import asyncio
import hashlib
import time
from collections.abc import Awaitable, Callable

from referral.sign_in.provider import SignInFailed, Tokens

KEPT_SECONDS = 30.0
KEPT_MAX = 1_000


class Renewals:
    """Asks the provider once for each refresh token, and gives everybody who brings it the same answer."""

    def __init__(self, renew: Callable[[str], Awaitable[Tokens]]) -> None:
        self._renew = renew
        self._begun: dict[str, tuple[float, asyncio.Task[Tokens]]] = {}

    async def of(self, refresh: str) -> Tokens:
        """The tokens that follow a refresh token; the empty one, of a provider that gives none, has no successor."""
        if not refresh:
            raise SignInFailed("not_renewable")
        name, now = hashlib.sha256(refresh.encode()).hexdigest(), time.monotonic()
        for old in [old for old, (at, _) in self._begun.items() if now - at > KEPT_SECONDS]:
            del self._begun[old]
        if name not in self._begun:
            if len(self._begun) >= KEPT_MAX:
                del self._begun[next(iter(self._begun))]
            self._begun[name] = (now, asyncio.create_task(self._asked(refresh), name="renewal"))
        task = self._begun[name][1]
        try:
            # Whoever goes away must not take the answer from the others.
            return await asyncio.shield(task)
        except Exception:
            self._begun.pop(name, None)
            raise

    async def _asked(self, refresh: str) -> Tokens:
        return await self._renew(refresh)
