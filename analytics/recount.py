"""Counts everything again from the first event of every topic, beside what is answered meanwhile, and takes over what
differs. It hears exactly as far as the room has heard.
"""

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

from analytics.fact import LocalDay, fact_of, row_of
from analytics.reactions import day_in, heard_types
from services.bus.checkpoints import CHECKPOINT
from services.bus.kafka import consumer
from services.contracts.catalog import parse, topics_heard_by
from services.contracts.envelope import decode
from services.contracts.failures import Malformed, Refused
from services.runtime.room import Surroundings
from services.storage.database import Database
from services.storage.stamp import Stamp
from services.storage.work import Work

ROOM = "analytics"
AT_ONCE_MAX = 5_000
POLL_MS = 500
COUNTING_SECONDS_MAX = 3_600.0
TABLES = ("facts", "contexts", "same_children", "cells")
SECOND_SET = "SET LOCAL search_path = again, public"

log = structlog.get_logger()

Ends = Mapping[TopicPartition, int]


async def recount(around: Surroundings, _: Sequence[str]) -> Mapping[str, Any]:
    """Fill the second set of tables as far as the room has heard, count it, and let it take the first one's place."""
    database, now = around.database, around.clock.now()
    stamp = Stamp(now, "system", f"recount-{now:%Y%m%d%H%M%S}")
    async with _alone(database), consumer(around.settings.kafka, "analytics-recount", None) as reader:
        await database.transact(stamp, _empty)
        filled = _ends(await database.read("positions_heard"))
        aside = {row["event_id"] for row in await database.read("events_aside")}
        kept = await _fill(database, stamp, around, reader, filled, aside)

        async def last(work: Work) -> dict[str, int]:
            # Whoever hears waits here, so what is left to hear is little and nothing comes after it.
            ends = _ends(await work.fetch("positions_held"))
            for place, end in filled.items():
                reader.seek(place, end)  # where it goes on, also when this is tried again
            late = {row["event_id"] for row in await work.fetch("events_aside")}
            if aside - late:
                raise Refused("recount_disturbed", "what waited was dealt with meanwhile: recount once more")
            await work.conn.execute(SECOND_SET)
            async for rows in _rows(around, reader, ends, late):
                await work.fetch("keep_facts_again", json.dumps(rows))
            said = database.statements
            await work.conn.execute(said["count_anew"], timeout=COUNTING_SECONDS_MAX)
            differed = {
                table: await work.conn.fetchval(said["take_over"], table, timeout=COUNTING_SECONDS_MAX)
                for table in TABLES
            }
            await work.conn.execute(said["put_counts_right"], timeout=COUNTING_SECONDS_MAX)
            return differed

        differences = await database.transact(stamp, last)
    return {"room": around.room, "events": kept, "differences": differences}


async def _fill(
    database: Database, stamp: Stamp, around: Surroundings, reader: AIOKafkaConsumer, ends: Ends, aside: set[str]
) -> int:
    reader.assign(list(ends))
    await reader.seek_to_beginning(*ends)
    kept = 0
    async for rows in _rows(around, reader, ends, aside):

        async def keep(work: Work, rows: list[dict[str, Any]] = rows) -> None:
            await work.conn.execute(SECOND_SET)
            await work.fetch("keep_facts_again", json.dumps(rows))

        await database.transact(stamp, keep)
        kept += len(rows)
        log.info("recounts", room=around.room, count=kept)
    return kept


async def _rows(
    around: Surroundings, reader: AIOKafkaConsumer, ends: Ends, aside: set[str]
) -> AsyncIterator[list[dict[str, Any]]]:
    """What lies on the topics before some ends, as rows of facts."""
    wanted, local_day = heard_types(), day_in(around.policy)
    while behind := [place for place in ends if await reader.position(place) < ends[place]]:
        rows = []
        for place, records in (await reader.getmany(*behind, timeout_ms=POLL_MS, max_records=AT_ONCE_MAX)).items():
            for record in records:
                # What was heard after the ends is for the last turn, and read again then.
                if record.offset >= ends[place]:
                    reader.seek(place, ends[place])
                    break
                if row := _row(record, wanted, aside, local_day):
                    rows.append(row)
        if rows:
            yield rows


def _row(
    record: "ConsumerRecord[bytes, bytes]", wanted: frozenset[type], aside: set[str], local_day: LocalDay
) -> dict[str, Any] | None:
    try:
        envelope = decode(record.key, record.value, record.headers)
        if envelope.type == CHECKPOINT or envelope.id in aside:
            return None
        announcement = parse(envelope)
    except Malformed:
        return None  # it was given up, or waits for somebody
    return row_of(fact_of(announcement, envelope, local_day)) if type(announcement) in wanted else None


async def _empty(work: Work) -> None:
    await work.conn.execute("TRUNCATE " + ", ".join(f"again.{table}" for table in TABLES))


@asynccontextmanager
async def _alone(database: Database) -> AsyncIterator[None]:
    async with database.pool.acquire() as conn:
        if not await conn.fetchval(database.statements["recount_alone"]):
            raise Refused("recount_running", "somebody recounts already: wait until that has ended")
        try:
            yield
        finally:
            await conn.execute(database.statements["recount_ended"])


def _ends(positions: Sequence[Any]) -> Ends:
    """How far each partition was heard; one that nobody claimed yet, not at all."""
    heard = {(row["topic"], row["partition"]): row["next_offset"] for row in positions}
    places = [TopicPartition(topic.name, n) for topic in topics_heard_by(ROOM) for n in range(topic.partitions)]
    return {place: heard.get((place.topic, place.partition), 0) for place in places}
