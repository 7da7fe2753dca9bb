"""Joins the parts of a year: numbers what each desk was told, and moves every room behind all that was loaded."""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import asyncpg

from deploy.load.country import ROOMS
from deploy.load.part import READERS, heard
from deploy.load.sending import Place, Sent
from services.contracts.catalog import ALERTS, TOPICS
from services.contracts.envelope import Envelope

ADDING_UP_SECONDS_MAX = 7_200.0
OWNERS = {topic.name: topic.owner for topic in TOPICS}

DRAWN = "SELECT key, drawn FROM counters WHERE topic = $1"
COUNTERS = """INSERT INTO counters (topic, key, incarnation, drawn) VALUES ($1, $2, 1, $3)
    ON CONFLICT (topic, key) DO UPDATE SET drawn = excluded.drawn"""
PUBLISHED = """INSERT INTO published_keys (topic, key, incarnation, published) VALUES ($1, $2, 1, $3)
    ON CONFLICT (topic, key) DO UPDATE SET published = excluded.published"""
HEARD = """INSERT INTO heard (source, topic, key, incarnation, last, last_id) VALUES ($1, $2, $3, $4, $5, $6)
    ON CONFLICT (source, topic, key) DO UPDATE SET last = excluded.last, last_id = excluded.last_id"""
SENT = """INSERT INTO published_counts AS c (topic, partition, incarnation, count, last_offset)
    VALUES ($1, $2, 1, $3, $4)
    ON CONFLICT (topic, partition, incarnation)
    DO UPDATE SET count = c.count + excluded.count, last_offset = excluded.last_offset"""
COUNTED = """INSERT INTO heard_counts AS c (source, topic, partition, incarnation, count) VALUES ($1, $2, $3, 1, $4)
    ON CONFLICT (source, topic, partition, incarnation) DO UPDATE SET count = c.count + excluded.count"""
POSITIONS = """INSERT INTO positions (topic, partition, next_offset) VALUES ($1, $2, $3)
    ON CONFLICT (topic, partition) DO UPDATE SET next_offset = excluded.next_offset, claims = 0"""

Links = Mapping[str, asyncpg.Connection]


class Desks:
    """The numbers under which each desk is told something."""

    def __init__(self, drawn: Mapping[str, int]) -> None:
        self._drawn = dict(drawn)
        self._last: dict[str, Envelope] = {}

    @classmethod
    async def of(cls, links: Links) -> "Desks":
        """As notifications has drawn them so far."""
        return cls({row["key"]: row["drawn"] for row in await links["notifications"].fetch(DRAWN, ALERTS.name)})

    def numbered(self, alerts: Iterable[Envelope]) -> list[Envelope]:
        """What desks were told in one part, each under the next number of its desk."""
        numbered = []
        for envelope in alerts:
            number = self._drawn[envelope.key] = self._drawn.get(envelope.key, 0) + 1
            self._last[envelope.key] = replace(envelope, sequence=number)
            numbered.append(self._last[envelope.key])
        return numbered

    async def keep(self, links: Links) -> None:
        """Keep the last number of each desk, with who drew it and with who heard it."""
        numbers = [(ALERTS.name, desk, self._drawn[desk]) for desk in sorted(self._last)]
        await links["notifications"].executemany(COUNTERS, numbers)
        await links["notifications"].executemany(PUBLISHED, numbers)
        marks = [tuple(heard(ALERTS.name, self._last[desk]).values()) for desk in sorted(self._last)]
        for reader in READERS[ALERTS.name]:
            await links[reader].executemany(HEARD, marks)


async def move_behind(links: Links, sent: Sent, ends: Mapping[Place, int]) -> None:
    """Count for every owner what it sent and for every reader what it heard, and let all go on behind it."""
    for room in ROOMS:
        theirs = [(place, number) for place, number in sorted(sent.items()) if room in READERS[place[0]]]
        own = [(place, number) for place, number in sorted(sent.items()) if OWNERS[place[0]] == room]
        await links[room].executemany(SENT, [(*place, number, ends[place] - 1) for place, number in own])
        await links[room].executemany(COUNTED, [(f"/{OWNERS[p[0]]}", *p, number) for p, number in theirs])
        await links[room].executemany(POSITIONS, [(*place, ends[place]) for place, _ in theirs])


async def added_up(links: Links) -> None:
    """Count the cells of all facts, and let every database look at what it holds now."""
    async with links["analytics"].transaction():
        await links["analytics"].execute("SELECT count_anew()", timeout=ADDING_UP_SECONDS_MAX)
    await asyncio.gather(*(link.execute("ANALYZE", timeout=ADDING_UP_SECONDS_MAX) for link in links.values()))


async def number(link: asyncpg.Connection, statement: str, *arguments: Any) -> int:
    """The one number a database answers."""
    return int(await link.fetchval(statement, *arguments) or 0)
