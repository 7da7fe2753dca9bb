"""`./spis bench recount`: how fast every figure is counted again from the first event of every topic.

The floor reads the same topics with the Kafka client alone and decodes every record. A rate is records a second, of
those that lie on the topics; nobody hears meanwhile, and what is counted must not differ from what was there.
"""

import argparse
import asyncio
import json
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition

from analytics.__main__ import ROOM
from analytics.recount import AT_ONCE_MAX, recount
from deploy.demo.story import STARTS
from deploy.house import House
from deploy.load.loading import load
from services.contracts.catalog import topics_heard_by
from services.contracts.policy import load_policy
from services.runtime.room import Surroundings
from services.runtime.settings import Settings
from services.storage.database import Database
from services.telemetry.logs import configure
from tests.bench.paired import MISSED, Mark, Paired, conclude, progress, run_quickly
from tests.bench.spent import Spent
from tests.chassis.referral_room import MovedClock
from tests.unpaced import UNPACED

CASES, ROUNDS, SEED = 5_000, 3, 1
RATIO_MIN, SECONDS_MAX, POLL_MS = 0.1, 3_600.0, 500


@asynccontextmanager
async def analytics(house: House) -> AsyncIterator[Surroundings]:
    """What an operator's command of the room has at hand."""
    told = house.env("analytics")
    settings = Settings.from_env("analytics", told)
    database = await Database.open("analytics", settings.database, ROOM.folder)
    try:
        yield Surroundings("analytics", settings, database, MovedClock(), load_policy(settings.policy), told)
    finally:
        await database.close()


async def read_bare(kafka: str) -> tuple[int, float]:
    """How many records lie on the room's topics, and how many seconds it takes to read and decode them."""
    places = [TopicPartition(topic.name, n) for topic in topics_heard_by("analytics") for n in range(topic.partitions)]
    client = AIOKafkaConsumer(bootstrap_servers=kafka, enable_auto_commit=False, auto_offset_reset="earliest")
    await client.start()
    try:
        begun, number = time.perf_counter(), 0
        client.assign(places)
        ends = await client.end_offsets(places)
        behind = places
        while behind := [place for place in behind if await client.position(place) < ends[place]]:
            for records in (await client.getmany(*behind, timeout_ms=POLL_MS, max_records=AT_ONCE_MAX)).values():
                for record in records:
                    _read(record)
                number += len(records)
        return number, time.perf_counter() - begun
    finally:
        await client.stop()


def _read(record: Any) -> tuple[dict[str, str], Any]:
    return {name: value.decode() for name, value in record.headers}, json.loads(record.value)


async def run(house: House, cases: int, rounds: int) -> Paired:
    """Fill the house, hold it, and measure both in turn."""
    await load(house, cases, SEED, progress)
    for name in house.names:
        if name.endswith(("-worker", "-stream", "-api")):
            await asyncio.to_thread(house.stop, name)
    subject, floor, spent, differed = [], [], {}, False
    async with analytics(house) as around:
        for turn in range(rounds):
            progress(f"  … round {turn + 1} of {rounds}")
            number, seconds = await read_bare(house.kafka)
            floor.append(number / seconds)
            processor, begun = Spent(house), time.perf_counter()
            async with asyncio.timeout(SECONDS_MAX):
                told = await recount(around, ())
            subject.append(number / (time.perf_counter() - begun))
            spent = {"records": number, "facts": told["events"], "processor_us_per_record": processor.told(number)}
            differed = differed or any(told["differences"].values())
    return Paired("recount", "events/s", subject, floor, Mark(RATIO_MIN), None, {**spent, "differed": differed})


def main(words: Sequence[str]) -> int:
    """Run it, and tell what was measured."""
    wanted = argparse.ArgumentParser(prog="./spis bench recount")
    wanted.add_argument("--cases", type=int, default=CASES)
    wanted.add_argument("--rounds", type=int, default=ROUNDS)
    wanted.add_argument("--json", action="store_true", help="for programs")
    given = wanted.parse_args(words)
    with House.temporary(clock=STARTS, settings=UNPACED) as house, (house.folder.logs / "bench.log").open("w") as log:
        configure(room="analytics", process="rebuild", out=log, once=True)
        measured = run_quickly(run(house, given.cases, given.rounds))
    ended = conclude(measured, as_json=given.json)
    if measured.more["differed"]:
        progress("  MISSED: what was counted again differs from what was there")
    return MISSED if measured.more["differed"] else ended
