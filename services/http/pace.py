"""How fast somebody may ask, counted in the database for all processes of a room; what shows something never is."""

import asyncio
import hmac
from contextlib import suppress
from ipaddress import ip_network
from typing import Any

from fastapi import Request

from services.contracts.failures import TokenRefused, Unavailable
from services.contracts.ids import new_reference
from services.contracts.limits import Limits
from services.http.problems import Problem, walk_stopped
from services.storage.database import Database
from services.telemetry.metrics import PACED, WALKS_STOPPED

MISS_SECONDS = 0.025  # a miss is answered after a whole number of these, however long the look for it took
WALK = "walk"  # the kind of appointment by which a room announces that it stopped an account


class Pace:
    """Counts for one room, and refuses what is beyond the limits."""

    def __init__(self, database: Database, limits: Limits, secret: bytes) -> None:
        self._database, self._limits, self._secret = database, limits, secret

    async def keep(self, kind: str, caller: str) -> None:
        """Count one of a kind, or refuse it."""
        limit = getattr(self._limits, kind)
        (row,) = await self._database.read("spend", kind, caller, limit.one_back, limit.all_back)
        if not row["spent"]:
            PACED.labels(self._database.room, kind).inc()
            says = "This came faster than this house takes it: send the same again after the seconds of Retry-After."
            raise Problem(429, "too_fast", says, headers={"Retry-After": str(-(-limit.seconds // limit.number))})

    async def keep_stranger(self, request: Request) -> None:
        """Count what an address asks without saying who it is, or refuse it; without a database nothing is counted."""
        address = request.client.host if request.client else ""
        # Of the newer kind of address a caller has a whole network; of the older kind this is none.
        with suppress(ValueError):
            address = str(ip_network(f"{address}/64", strict=False))
        with suppress(Unavailable):
            await self.keep("strangers", hmac.digest(self._secret, f"address {address}".encode(), "sha256").hex())

    async def instead_of(self, request: Request, error: Exception) -> Exception:
        """The failure to answer: a miss or a token that proves nothing is counted, and beyond the limit that is it."""
        call = getattr(request.state, "call", None)
        try:
            if call and call.missed:
                await self._keep_miss(call)
                elapsed = asyncio.get_running_loop().time() - call.came
                await asyncio.sleep(MISS_SECONDS - elapsed % MISS_SECONDS)
            elif isinstance(error, TokenRefused):
                await self.keep_stranger(request)
        except (Problem, Unavailable) as beyond:
            return beyond
        return error

    async def _keep_miss(self, call: Any) -> None:
        """Count a record that is not there or not this person's; beyond the limit nothing is looked up any more."""
        person, stamp, misses, stop = call.person, call.stamp, self._limits.misses, self._limits.stop
        about = (new_reference("W"), person.account, person.institution, person.unit, sorted(person.roles), stamp.now)
        how_far = (misses.number, misses.one_back, misses.all_back, stop.all_back)
        (row,) = await call.database.read("count_miss", *about, stamp.correlation_id, *how_far)
        if row["state"] != "counted":
            PACED.labels(self._database.room, "misses").inc()
            WALKS_STOPPED.labels(self._database.room).inc(row["state"] == "stopped")
            raise walk_stopped(stop.seconds)
