"""Tries to open what was sealed with whatever keys somebody could still find, as one who copied both databases."""

import base64
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import asyncpg

from deploy.house import House
from deploy.load.keeping import as_superuser
from intake.vault.agency import KeyRing, Wrapped
from intake.vault.sealing import SealBroken, decrypt
from intake.vault.vault import place_of
from services.contracts.failures import Unavailable

SEALED = "SELECT subject, section, key_id, sealed FROM vault WHERE sealed <> ''"
WRAPPED = "SELECT person, wrapped, agency_key FROM person_keys WHERE wrapped IS NOT NULL"


@dataclass(frozen=True, slots=True)
class Copied:
    """What somebody copied from both databases, who was allowed to read them whole."""

    sealed: tuple[asyncpg.Record, ...] = field(repr=False)
    wrapped: Mapping[str, Wrapped] = field(repr=False)


async def copied(house: House, people: Iterable[str]) -> Copied:
    """Everything sealed with these people's keys, and every wrapped key there is."""
    theirs = set(people)
    sealed = [row for row in await _rows(house, "intake", SEALED) if row["key_id"] in theirs]
    keys = await _rows(house, "keys", WRAPPED)
    return Copied(tuple(sealed), {row["person"]: Wrapped(row["agency_key"], row["wrapped"]) for row in keys})


async def opened(house: House, sealed: Iterable[asyncpg.Record], wrapped: Mapping[str, Wrapped]) -> int:
    """How many sections open with any of these keys, as the agency's file unwraps them now, or with the file's own."""
    path = house.folder.secret("agency-key")
    ring, keys = KeyRing(path), [base64.b64decode(line) for line in path.read_text(encoding="ascii").split()]
    for person, key in wrapped.items():
        try:
            keys.append(await ring.unwrap(key, person))
        except (Unavailable, SealBroken):
            continue
    return sum(any(_opens(row, key) for key in keys) for row in sealed)


def _opens(row: asyncpg.Record, key: bytes) -> bool:
    try:
        decrypt(key, place_of(row["key_id"], row["subject"], row["section"]), row["sealed"])
    except SealBroken:
        return False
    return True


async def _rows(house: House, database: str, statement: str) -> list[asyncpg.Record]:
    link = await asyncpg.connect(as_superuser(house.admin_url, house.url(database)))
    try:
        return list(await link.fetch(statement))
    finally:
        await link.close()
