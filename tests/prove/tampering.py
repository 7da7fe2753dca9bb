"""What a superuser of the database could do to the access log, each in a transaction that is taken back afterwards."""

import random
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import asyncpg

from intake.access_log.chain import BEGINNING, FIELDS, Head, links_after
from intake.access_log.verifying import verify

TEXTS = tuple(field for field in FIELDS if field not in ("at", "recorded_at"))
UNSEEN = "SET LOCAL session_replication_role = replica"
"""No trigger and no key checks: what only a superuser can do."""


@dataclass
class Tamperer:
    """A superuser's connection to one log, and the chance that decides what is done."""

    conn: asyncpg.Connection
    statements: Mapping[str, str]
    chance: random.Random
    length: int

    def some(self, within: int = 0) -> int:
        """The number of some link, so far before the end."""
        return self.chance.randint(1, self.length - within)

    async def do(self, sql: str, *arguments: object) -> None:
        """Run one statement as the superuser."""
        await self.conn.execute(sql, *arguments)

    async def edit(self) -> None:
        """Say something else in an entry."""
        field = self.chance.choice((*TEXTS, "at", "recorded_at"))
        value = f"{field} + interval '1 second'" if field not in TEXTS else f"{field} || 'x'"
        await self.do(f"UPDATE access_log SET {field} = {value} WHERE id = {await self.entry(self.some())}")

    async def edit_link(self) -> None:
        """Write another hash."""
        await self.do("UPDATE access_chain SET hash = $2 WHERE number = $1", self.some(), self.chance.randbytes(32))

    async def delete(self) -> None:
        """Take an entry away."""
        await self.do("DELETE FROM access_log WHERE id = $1", await self.entry(self.some()))

    async def delete_with_link(self) -> None:
        """Take an entry and its link away."""
        number = self.some()
        await self.do("DELETE FROM access_log WHERE id = $1", await self.entry(number))
        await self.do("DELETE FROM access_chain WHERE number = $1", number)

    async def delete_and_close_the_gap(self) -> None:
        """Take an entry away and number what follows anew."""
        number = self.some()
        await self.do("DELETE FROM access_log WHERE id = $1", await self.entry(number))
        await self.do("DELETE FROM access_chain WHERE number = $1", number)
        await self.do("UPDATE access_chain SET number = -number WHERE number > $1", number)
        await self.do("UPDATE access_chain SET number = -number - 1 WHERE number < 0")

    async def insert(self) -> None:
        """Put in an entry that never was, dated like one of the others."""
        await self.forge(await self.entry(self.some()))

    async def insert_with_link(self) -> None:
        """Put in an entry that never was, with a place in the chain."""
        number = self.some()
        forged = await self.forge(await self.entry(number))
        await self.make_room(number)
        await self.do("INSERT INTO access_chain VALUES ($1, $2, $3)", number, forged, self.chance.randbytes(32))

    async def swap(self) -> None:
        """Let two entries change places."""
        one, other = self.chance.sample(range(1, self.length + 1), 2)
        first, second = await self.entry(one), await self.entry(other)
        await self.do("UPDATE access_chain SET entry = -1 WHERE number = $1", one)
        await self.do("UPDATE access_chain SET entry = $2 WHERE number = $1", other, first)
        await self.do("UPDATE access_chain SET entry = $2 WHERE number = $1", one, second)

    async def truncate(self) -> None:
        """Cut the end off, entries and links."""
        number = self.some()
        await self.do("DELETE FROM access_log WHERE id IN (SELECT entry FROM access_chain WHERE number >= $1)", number)
        await self.do("DELETE FROM access_chain WHERE number >= $1", number)

    async def truncate_the_last(self) -> None:
        """Cut one entry off the end."""
        await self.do("DELETE FROM access_log WHERE id = $1", await self.entry(self.length))
        await self.do("DELETE FROM access_chain WHERE number = $1", self.length)

    async def rewrite_after_an_edit(self) -> None:
        """Say something else, and calculate the whole chain anew."""
        await self.edit()
        await self.rewrite()

    async def rewrite_after_a_deletion(self) -> None:
        """Take an entry away, and calculate the whole chain anew."""
        await self.delete_and_close_the_gap()
        await self.rewrite()

    async def rewrite_with_the_same_length(self) -> None:
        """Take an entry away, put another in its place, and calculate the whole chain anew."""
        number = self.some()
        gone = await self.entry(number)
        forged = await self.forge(gone)
        await self.do("DELETE FROM access_log WHERE id = $1", gone)
        await self.do("UPDATE access_chain SET entry = $2 WHERE number = $1", number, forged)
        await self.rewrite()

    async def entry(self, number: int) -> int:
        """The entry that a link stands for."""
        return int(await self.conn.fetchval("SELECT entry FROM access_chain WHERE number = $1", number))

    async def forge(self, like: int) -> int:
        """An entry that never was, in the words of another."""
        await self.do(UNSEEN)
        columns = ", ".join(field for field in FIELDS if field != "account")
        forge = f"INSERT INTO access_log (account, {columns}) SELECT 'forged', {columns} FROM access_log WHERE id = $1"
        return int(await self.conn.fetchval(f"{forge} RETURNING id", like))

    async def make_room(self, number: int) -> None:
        """Number everything from here on one higher."""
        await self.do("UPDATE access_chain SET number = -number WHERE number >= $1", number)
        await self.do("UPDATE access_chain SET number = -number + 1 WHERE number < 0")

    async def rewrite(self) -> None:
        """Calculate every link anew, so that the log agrees with itself again."""
        rows = await self.conn.fetch(self.statements["every_link"])
        links = links_after(BEGINNING, ((row["entry"], dict(row) if row["id"] else {}) for row in rows))
        changed = [(link.number, link.hash) for link, row in zip(links, rows, strict=True) if link.hash != row["hash"]]
        numbers, hashes = [number for number, _ in changed], [link for _, link in changed]
        anew = "UPDATE access_chain c SET hash = n.hash FROM unnest($1::bigint[], $2::bytea[]) AS n (number, hash)"
        await self.do(f"{anew} WHERE c.number = n.number", numbers, hashes)


KINDS: Sequence[Callable[[Tamperer], Awaitable[None]]] = (
    Tamperer.edit,
    Tamperer.edit_link,
    Tamperer.delete,
    Tamperer.delete_with_link,
    Tamperer.delete_and_close_the_gap,
    Tamperer.insert,
    Tamperer.insert_with_link,
    Tamperer.swap,
    Tamperer.truncate,
    Tamperer.truncate_the_last,
    Tamperer.rewrite_after_an_edit,
    Tamperer.rewrite_after_a_deletion,
    Tamperer.rewrite_with_the_same_length,
)


async def tampered(tamperer: Tamperer, kept: Sequence[Head], number: int) -> tuple[str, bool]:
    """Tamper once and take it back: what was done, and whether the verification found it."""
    kind = KINDS[number % len(KINDS)]
    transaction = tamperer.conn.transaction()
    await transaction.start()
    try:
        # A number may stand twice for a moment while everything is moved.
        await tamperer.do("ALTER TABLE access_chain DROP CONSTRAINT access_chain_number_check")
        await kind(tamperer)
        found: Any = await verify(tamperer.conn, tamperer.statements, kept)
    finally:
        await transaction.rollback()
    return kind.__name__, found.found > 0
