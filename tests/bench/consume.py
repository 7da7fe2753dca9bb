"""`./spis bench consume`: how fast analytics keeps facts, each exactly once, beside a Faust agent with one table.

Both read the same topic from its first record. What is kept as a fact moves the cells of every figure it belongs to.
"""

import argparse
import asyncio
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace

import asyncpg

from deploy.demo.story import STARTS
from deploy.house import House
from deploy.house.layout import REPOSITORY
from services.bus.kafka import KafkaSettings, producer
from services.contracts.catalog import REPORTS
from services.contracts.envelope import encode
from tests.bench.paired import Mark, Paired, conclude, progress, run_quickly
from tests.chassis.echo.topic import let_go
from tests.chassis.echo.waiting import until
from tests.core import alert_stories as story
from tests.journeys.looking import number

EVENTS, ROUNDS, AT_ONCE = 20_000, 3, 1_000
RATIO_MIN, SECONDS_MAX = 8.0, 300.0
HEARD = (
    *("facts", "contexts", "same_children", "cells", "scopes"),
    *("positions", "heard", "heard_counts", "checkpoints_heard", "set_aside"),
)
# Moved with the facts of each batch; to count the facts themselves would cost as much as to keep them.
KEPT = "SELECT coalesce(sum(count), 0)::integer FROM heard_counts"
WORKER = "analytics-worker"


async def said(house: House, events: int) -> None:
    """So many reports about invented children, each in a key of its own."""
    client = producer(KafkaSettings(servers=house.kafka), "bench")
    await client.start()
    try:
        for first in range(0, events, AT_ONCE):
            sent = []
            for place in range(first, min(first + AT_ONCE, events)):
                report = replace(story.report_received(), report=f"R-{place}")
                key, value, headers = encode(story.enveloped(report))
                sent.append(await client.send(REPORTS.name, value=value, key=key, headers=headers))
            await asyncio.gather(*sent)
    finally:
        await let_go(client)


async def kept(house: House, events: int) -> float:
    """How many facts a second the room keeps, from the first that is there to the last."""
    await forgotten(house)
    await asyncio.to_thread(house.start, WORKER)

    async def at_least(many: int) -> bool:
        return await number(house, "analytics", KEPT) >= many

    await until(lambda: at_least(1), SECONDS_MAX)
    begun, first = time.perf_counter(), await number(house, "analytics", KEPT)
    await until(lambda: at_least(events), SECONDS_MAX)
    seconds = time.perf_counter() - begun
    await asyncio.to_thread(house.stop, WORKER)
    return (events - first) / seconds


async def forgotten(house: House) -> None:
    """Analytics as it was before it heard anything: it reads its topics from the first record again."""
    connection = await asyncpg.connect(house.owner_url("analytics"))
    try:
        await connection.execute(f"TRUNCATE {', '.join(HEARD)}")
    finally:
        await connection.close()


async def counted_by_faust(house: House, events: int) -> float:
    """How many of the same records a second a Faust agent counts in a table."""
    with tempfile.TemporaryDirectory() as folder:
        asked = (house.kafka, REPORTS.name, str(events), folder)
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.bench.floors.faust_count", *asked),
            cwd=REPOSITORY, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        assert process.stdout is not None
        try:
            async with asyncio.timeout(SECONDS_MAX):
                return events / float(await process.stdout.readline())
        finally:
            process.kill()
            await process.wait()


async def run(house: House, events: int, rounds: int) -> Paired:
    """Measure both in turn."""
    for name in (WORKER, "analytics-stream", "analytics-api"):
        await asyncio.to_thread(house.stop, name)
    progress(f"  … putting {events} events on the topic")
    await said(house, events)
    subject, floor = [], []
    for round_number in range(rounds):
        progress(f"  … round {round_number + 1} of {rounds}")
        subject.append(await kept(house, events))
        floor.append(await counted_by_faust(house, events))
    return Paired("consume", "events/s", subject, floor, Mark(RATIO_MIN), None, {"events": events})


def main(words: Sequence[str]) -> int:
    """Run it, and tell what was measured."""
    wanted = argparse.ArgumentParser(prog="./spis bench consume")
    wanted.add_argument("--events", type=int, default=EVENTS)
    wanted.add_argument("--rounds", type=int, default=ROUNDS)
    wanted.add_argument("--json", action="store_true", help="for programs")
    given = wanted.parse_args(words)
    with House.temporary(clock=STARTS, rooms=("analytics",)) as house:
        measured = run_quickly(run(house, given.events, given.rounds))
    return conclude(measured, as_json=given.json)
