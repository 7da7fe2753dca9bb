"""A room with a witness: for each event it deals with, it leaves one row more, in the same transaction; and the
database itself notes every position that goes back.

The rooms' own effects are all the same when they happen twice, so that a second time could not be seen in them; this
one is not. Everything else is the room's own, and the chassis is the product's.
"""

import asyncio
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import asyncpg
import uvloop
from fastapi import APIRouter

from services.bus.heard import Heard, Reaction
from services.bus.kafka import producer
from services.bus.relay import Relay
from services.bus.tail import tail
from services.contracts.catalog import CATALOG
from services.contracts.referral import AccountListed, InstitutionListed
from services.runtime.hearing import list_account, list_institution
from services.runtime.room import Room, Surroundings
from services.runtime.run import main, surroundings
from services.runtime.settings import Settings
from services.runtime.worker import work as run_worker
from services.storage.work import Work
from services.telemetry.logs import configure

TABLE = """
CREATE TABLE IF NOT EXISTS witness (
    n bigint GENERATED ALWAYS AS IDENTITY,
    event_id text NOT NULL,
    source text NOT NULL,
    topic text NOT NULL,
    key text NOT NULL,
    incarnation integer NOT NULL,
    sequence bigint NOT NULL,
    at timestamptz NOT NULL DEFAULT clock_timestamp()
);
GRANT SELECT, INSERT ON witness TO PUBLIC;

CREATE TABLE IF NOT EXISTS went_back (
    topic text NOT NULL,
    partition integer NOT NULL,
    next_offset bigint NOT NULL,
    to_offset bigint NOT NULL
);
GRANT SELECT, INSERT ON went_back TO PUBLIC;
CREATE OR REPLACE FUNCTION see_going_back() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO went_back VALUES (OLD.topic, OLD.partition, OLD.next_offset, NEW.next_offset);
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER see_going_back AFTER UPDATE ON positions
    FOR EACH ROW WHEN (NEW.next_offset < OLD.next_offset) EXECUTE FUNCTION see_going_back()"""

LEAVE = """
INSERT INTO witness (event_id, source, topic, key, incarnation, sequence)
SELECT event_id, source, topic, key, incarnation, sequence FROM ROWS FROM (
    jsonb_to_recordset($1::jsonb)
        AS (event_id text, source text, topic text, key text, incarnation integer, sequence bigint)
) WITH ORDINALITY AS w (event_id, source, topic, key, incarnation, sequence, place) ORDER BY place"""

Arrange = Callable[[Surroundings], Surroundings]


def serve(
    room: Room, arrange: Arrange = lambda around: around, schema: Sequence["Amendment | str"] = (), **parts: Any
) -> None:
    """Run one of the room's commands; `arrange`, `schema` and `parts` put others in the place of its own parts."""
    match sys.argv[1]:
        case "migrate":
            main(room)
            asyncio.run(_make_table(os.environ[f"SPIS_{room.name.upper()}_OWNER_DB"], schema))
        case "worker":
            with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
                runner.run(_worker(watched(room), arrange, parts))
        case "relay":
            asyncio.run(_relay_alone(room))
        case _:

            def router(around: Surroundings) -> APIRouter:
                return room.router(arrange(around))

            main(replace(room, router=router))


def watched(room: Room) -> Room:
    """The room, leaving a row for each event it deals with."""

    def hears(around: Surroundings) -> Mapping[type, Reaction]:
        own = {InstitutionListed: _institution, AccountListed: _account, **room.hears(around)}
        topics = {entry.event: entry.topic.name for entry in CATALOG if room.name in entry.readers}
        return {event: _witnessed(own.get(event, _nothing), topic) for event, topic in topics.items()}

    return replace(room, hears=hears)


def replaced(name: str, statement: str) -> Arrange:
    """An arrangement in which one statement of the database is another."""

    def arrange(around: Surroundings) -> Surroundings:
        # In its place and not beside it: who answers requests has it in hand already.
        around.database.statements = {**around.database.statements, name: statement}
        return around

    return arrange


@dataclass(frozen=True, slots=True)
class Amendment:
    """One part of a statement, or of a function of the schema, and what stands in its place."""

    statement: str
    part: str
    other: str


def amended(*amendments: Amendment) -> Arrange:
    """An arrangement in which parts of statements are others; refused where there is no such part."""

    def arrange(around: Surroundings) -> Surroundings:
        for each in amendments:
            statement = around.database.statements[each.statement]
            if each.part not in statement:
                raise LookupError(f"{each.statement} has no part {each.part!r}")
            around = replaced(each.statement, statement.replace(each.part, each.other))(around)
        return around

    return arrange


async def _make_table(owner: str, schema: Sequence[Amendment | str]) -> None:
    conn = await asyncpg.connect(owner)
    try:
        await conn.execute(TABLE)
        for each in schema:
            if isinstance(each, Amendment):
                own = await conn.fetchval("SELECT pg_get_functiondef($1::text::regproc)", each.statement)
                if each.part not in own:
                    raise LookupError(f"{each.statement} has no part {each.part!r}")
                each = own.replace(each.part, each.other)
            await conn.execute(each)
    finally:
        await conn.close()


async def _worker(room: Room, arrange: Arrange, parts: Mapping[str, Any]) -> None:
    settings = Settings.from_env(room.name, os.environ)
    configure(room=room.name, process="worker", form=settings.log)
    async with surroundings(room, settings) as opened:
        around = arrange(replaced("leave_witness", LEAVE)(opened))
        around.database.doorbell.start()
        await run_worker(room, around, **parts)


async def _relay_alone(room: Room) -> None:
    """A second relay on the room's database, and nothing beside it; whoever started it kills it."""
    settings = Settings.from_env(room.name, os.environ)
    configure(room=room.name, process="relay", form=settings.log)
    async with surroundings(room, settings) as around:
        around.database.doorbell.start()
        client = producer(settings.kafka, f"{room.name}-second-relay")
        await client.start()
        behind = partial(tail, settings.kafka, room.name)
        await Relay(client, around.database, f"second/{os.getpid()}", behind).run(asyncio.Event())


def _witnessed(reaction: Reaction, topic: str) -> Reaction:
    async def react(work: Work, heard: Heard) -> None:
        envelope = heard.envelope
        place = {"topic": topic, "incarnation": envelope.incarnation, "sequence": envelope.sequence}
        work.last("leave_witness", {"event_id": envelope.id, "source": envelope.source, "key": envelope.key, **place})
        await reaction(work, heard)

    return react


async def _nothing(_work: Work, _heard: Heard) -> None:
    return None


async def _institution(work: Work, heard: Heard) -> None:
    list_institution(work, heard.announcement)


async def _account(work: Work, heard: Heard) -> None:
    list_account(work, heard.announcement)
