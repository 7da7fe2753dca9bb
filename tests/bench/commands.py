"""`./spis bench commands`: how fast referral decides and appends what a topic tells it, beside its statements alone.

Cases with one need each lie on a topic; the room's own reader makes a referral of each. The floor runs the same SQL in
the same batches over the plain clients. Both begin on an empty database, and what both wrote is compared.
"""

import argparse
import asyncio
import gc
import secrets
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import asyncpg
from aiokafka import TopicPartition

from deploy.house import House
from referral.room import ROOM, hears, terms_of
from services.bus.batch import Claim, keep_batch
from services.bus.consumer import BATCH_RECORDS_MAX, Consumer
from services.bus.kafka import consumer
from services.contracts.policy import load_policy
from services.runtime.hearing import hearing
from services.runtime.room import Surroundings
from services.runtime.settings import Settings
from services.storage.database import HOUSE, Database
from services.storage.migrate import migrate
from services.storage.stamp import Stamp
from services.telemetry.logs import configure
from tests.bench.floors.same_statements import Answering, carried_out
from tests.bench.paired import Mark, Paired, conclude, progress, run_quickly
from tests.bench.spent import Spent
from tests.chassis.echo.topic import Topic, make_topic
from tests.chassis.referral_room import MovedClock
from tests.core import alert_stories as story

EVENTS, ROUNDS, AT_ONCE, PARTITIONS = 6_000, 5, 1_000, 6
RATIO_MIN, SECONDS_MAX = 0.6, 300.0
WROTE = """SELECT (SELECT count(*) FROM stream_events) AS facts, (SELECT count(*) FROM outbox) AS said,
    (SELECT count(*) FROM referrals) AS referrals, (SELECT count(*) FROM needs) AS needs,
    (SELECT count(*) FROM deadlines) AS appointments, (SELECT count(*) FROM heard) AS marks,
    (SELECT sum(next_offset) FROM positions)::int AS heard, (SELECT sum(count) FROM heard_counts)::int AS counted"""


async def said(topic: Topic, events: int) -> None:
    """So many invented cases, each in a key of its own."""
    for first in range(0, events, AT_ONCE):
        opened = [replace(story.case_opened(), case=f"C-{n}") for n in range(first, min(first + AT_ONCE, events))]
        await topic.put(*(story.enveloped(each) for each in opened))


@asynccontextmanager
async def empty(house: House, name: str) -> AsyncIterator[Surroundings]:
    """Referral's database, migrated and empty, and what the room works with."""
    run_url, owner_url = await asyncio.to_thread(house.make_database, name)
    await migrate(owner_url, run_url, ROOM.folder)
    told = {"SPIS_KAFKA": house.kafka, "SPIS_REFERRAL_DB": run_url, "SPIS_ISSUER": "https://id.invented.example"}
    settings = Settings.from_env("referral", {**told, "SPIS_SECRET": "nothing asks for it"})
    database = await Database.open("referral", run_url, ROOM.folder)
    database.doorbell.start()
    try:
        yield Surroundings("referral", settings, database, MovedClock(), load_policy(settings.policy), {})
    finally:
        await database.close()


async def by_the_room(around: Surroundings, topic: Topic, events: int) -> float:
    """How many seconds the room's own reader takes, from the first that came."""
    stop, begun, done = asyncio.Event(), 0.0, 0

    async def keep(database: Database, stamp: Stamp, claim: Claim, records: Any, *more: Any) -> Claim:
        nonlocal begun, done
        begun = begun or time.perf_counter()
        moved = await keep_batch(database, stamp, claim, records, *more)
        done += len(records)
        if done >= events:
            stop.set()
        return moved

    def stamp() -> Stamp:
        return Stamp(around.clock.now(), "system", "invented")

    client = consumer(topic.settings, "bench", f"bench-{secrets.token_hex(4)}")
    await client.start()
    try:
        reader = Consumer(client, around.database, hearing(hears(around)), stamp, lambda: None, keep)
        async with asyncio.timeout(SECONDS_MAX):
            await reader.run([topic.name], stop)
        return time.perf_counter() - begun
    finally:
        await client.stop()


async def by_statements_alone(around: Surroundings, topic: Topic, events: int) -> float:
    """How many seconds the same statements take without the chassis."""
    opened, terms, now = story.case_opened(), terms_of(around), around.clock.now()
    receiver = terms.receiver(opened.unit, opened.needs[0], opened.institution)
    assert receiver
    asked = Answering(receiver, terms.answer_by(opened.unit, opened.risk, now), now)
    client = consumer(topic.settings, "floor", None)
    connection = await asyncpg.connect(around.settings.database, server_settings={"spis.scope": HOUSE})
    await client.start()
    try:
        places = [TopicPartition(topic.name, number) for number in range(topic.partitions)]
        async with asyncio.timeout(SECONDS_MAX):
            return await carried_out(
                client, connection, around.database.statements, places, events, BATCH_RECORDS_MAX, asked
            )
    finally:
        await connection.close()
        await client.stop()


async def run(house: House, events: int, rounds: int) -> Paired:
    """Measure both in turn."""
    topic = await make_topic(house, PARTITIONS)
    try:
        await said(topic, events)
        return await measured(house, topic, events, rounds)
    finally:
        await topic.close()


async def measured(house: House, topic: Topic, events: int, rounds: int) -> Paired:
    """Each in turn, on a database of its own."""
    rates: dict[str, list[float]] = {"room": [], "floor": []}
    spent: dict[str, list[dict[str, int]]] = {"room": [], "floor": []}
    for number in range(rounds):
        progress(f"  … round {number + 1} of {rounds}")
        wrote = []
        for name, carry_out in (("room", by_the_room), ("floor", by_statements_alone)):
            async with empty(house, f"commands_{name}_{number}") as around:
                processor = Spent(house)
                rates[name].append(events / await carry_out(around, topic, events))
                spent[name].append(processor.told(events))
                wrote.append([dict(row) for row in await around.database.pool.fetch(WROTE)])
        assert wrote[0] == wrote[1], f"the floor did not do the same: {wrote}"
    middle = {name: sorted(each, key=lambda one: sum(one.values()))[rounds // 2] for name, each in spent.items()}
    more = {"events": events, "processor_us_per_event": middle}
    return Paired("commands", "events/s", rates["room"], rates["floor"], Mark(RATIO_MIN), None, more)


def main(words: Sequence[str]) -> int:
    """Run it, and tell what was measured."""
    wanted = argparse.ArgumentParser(prog="./spis bench commands")
    wanted.add_argument("--events", type=int, default=EVENTS)
    wanted.add_argument("--rounds", type=int, default=ROUNDS)
    wanted.add_argument("--json", action="store_true", help="for programs")
    given = wanted.parse_args(words)
    with House.temporary(rooms=()) as house, (house.folder.logs / "bench.log").open("w") as log:
        configure(room="referral", process="worker", out=log, once=True)
        gc.freeze()  # as whatever a house's nursery bears: what was read once is never looked through again
        found = run_quickly(run(house, given.events, given.rounds))
    return conclude(found, as_json=given.json)
