"""The keys of people in their own database: drawn and committed before what they seal, read for one request, destroyed.

No key outlives the call that asked for it.
"""

import asyncio
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

import structlog

from intake.gauges import trouble
from intake.vault.agency import AgencyKey, Wrapped
from intake.vault.sealing import KEY_BYTES
from services.contracts.failures import Unavailable
from services.storage.database import Database
from services.storage.migrate import SchemaUnknown, check_schema

FOLDER = Path(__file__).parent
CONNECTIONS_MAX = 8
RETIRED_ATTEMPTS_MAX = 3
REWRAP_KEYS = 500

log = structlog.get_logger()


class KeyGone(StrEnum):
    """Why there is no key to open something with."""

    FORGOTTEN = "forgotten"
    KEY_LOST = "key_lost"


@dataclass(frozen=True, slots=True)
class Destroyed:
    """What remains of a key that was destroyed."""

    person: str
    agency_key: str
    destroyed_at: datetime
    basis: str


class Keys:
    """The database of keys; it is opened when it is first needed, so that a room opens while it is away."""

    def __init__(self, url: str, agency: AgencyKey) -> None:
        self._url = url
        self._agency = agency
        self._opening = asyncio.Lock()
        self._database: Database | None = None

    async def aclose(self) -> None:
        """Let go of every connection."""
        if self._database:
            await self._database.close()

    async def draw(self, people: Iterable[str]) -> dict[str, bytes]:
        """New keys of people who have none; they are committed when this returns."""
        drawn = {person: os.urandom(KEY_BYTES) for person in people}
        for _ in range(RETIRED_ATTEMPTS_MAX):
            wrapped = [await self._agency.wrap(key, person) for person, key in drawn.items()]
            columns = [one.sealed for one in wrapped], [one.agency_key for one in wrapped]
            if await self._run("keep_keys", list(drawn), *columns):
                return drawn
        trouble("agency_key_retired")
        log.error("agency_key_retired", keys=await self._agency.names())
        raise Unavailable("the current agency key here was retired: give this process the new one")

    async def of(self, people: Iterable[str]) -> dict[str, bytes | KeyGone]:
        """The keys of some people, or why there is none, in one round trip."""
        asked = sorted(set(people))
        found: Mapping[str, Any] = {row["person"]: row for row in await self._run("keys_of", asked)}
        return {person: await self._unwrapped(found.get(person)) for person in asked}

    async def destroy(self, people: Sequence[str], at: datetime, basis: str) -> list[Destroyed]:
        """Destroy keys for good, even lost ones; what remains of each, in this order, as it was destroyed first."""
        await self._run("destroy_keys", people, [at] * len(people), [basis] * len(people))
        remains = {row["person"]: Destroyed(**row) for row in await self._run("destroyed_keys_of", people)}
        return [remains[person] for person in people]

    async def destroy_all(self, remains: Sequence[Destroyed]) -> int:
        """Destroy keys again that an older copy may have brought back; how many it had."""
        columns = [each.person for each in remains], [each.destroyed_at for each in remains]
        rows = await self._run("destroy_keys", *columns, [each.basis for each in remains])
        return sum(bool(row["agency_key"]) for row in rows)

    async def remains(self, after: str, number: int) -> list[Destroyed]:
        """What remains of the next destroyed keys, in the order of people."""
        return [Destroyed(**row) for row in await self._run("destroyed_keys", after, number)]

    async def known(self, people: Sequence[str]) -> set[str]:
        """Of whom there is or was a key."""
        return {row["person"] for row in await self._run("keys_of", list(people))}

    async def rewrap(self) -> dict[str, Any]:
        """Put every key under the current agency key, and let no other wrap a new one; nobody has to wait."""
        current, *others = await self._agency.names()
        await self._run("retire_agency_keys", current, others)
        after, done = "", 0
        while rows := await self._run("keys_to_rewrap", current, after, REWRAP_KEYS):
            after = rows[-1]["person"]
            done += await self._rewrap(rows)
        under = {row["agency_key"]: row["keys"] for row in await self._run("keys_by_agency_key")}
        return {"rewrapped": done, "current": current, "keys": under, "removable": sorted(set(others) - set(under))}

    async def _rewrap(self, rows: list[Any]) -> int:
        people, was = [row["person"] for row in rows], [row["agency_key"] for row in rows]
        anew = [await self._agency.wrap(await self._unwrap(row), row["person"]) for row in rows]
        columns = [one.sealed for one in anew], [one.agency_key for one in anew]
        return len(await self._run("rewrap_keys", people, *columns, was))

    async def _unwrapped(self, row: Any | None) -> bytes | KeyGone:
        if row is None:
            trouble("key_lost")
            return KeyGone.KEY_LOST
        return KeyGone.FORGOTTEN if row["wrapped"] is None else await self._unwrap(row)

    async def _unwrap(self, row: Any) -> bytes:
        return await self._agency.unwrap(Wrapped(row["agency_key"], row["wrapped"]), row["person"])

    async def _run(self, statement: str, *arguments: object) -> list[Any]:
        try:
            database = self._database or await self._open()
            return await database.read(statement, *arguments)
        except Unavailable:
            trouble("keys_away")
            raise

    async def _open(self) -> Database:
        async with self._opening:
            if self._database is None:
                database = await Database.open("keys", self._url, FOLDER, connections_max=CONNECTIONS_MAX)
                try:
                    await check_schema(database.pool, FOLDER, chassis=False)
                except SchemaUnknown as error:
                    await database.close()
                    trouble("keys_schema")
                    log.error("keys_schema", exc_info=error)
                    raise Unavailable(f"keys: {error}") from error
                self._database = database
        return self._database
