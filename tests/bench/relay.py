"""`./spis bench relay`: how fast an outbox is published, beside the same records sent by the Kafka client alone.

Both send what an event is on the topic, byte for byte, with every answer awaited, all replicas and no repetition.
"""

import argparse
import asyncio
import time
from collections.abc import Sequence

from aiokafka import AIOKafkaProducer

from deploy.house import House
from services.bus.kafka import producer
from services.contracts.envelope import encode
from tests.bench.paired import Mark, Paired, conclude, progress, run_quickly
from tests.chassis.echo.relaying import published, publishing
from tests.chassis.echo.room import Echo, make_template, open_echo
from tests.chassis.echo.topic import Topic, let_go, make_topic
from tests.chassis.echo.waiting import until

ROWS, ROUNDS, KEYS, A_WORK, AT_ONCE = 20_000, 5, 500, 500, 500
RATIO_MIN = 0.4
SECONDS_MAX = 120.0


async def filled(echo: Echo, topic: Topic, rows: int) -> None:
    """An outbox with so many announcements about several hundred keys."""
    for first in range(0, rows, A_WORK):
        await echo.say(topic.name, [f"TOWN.csw/desk-{(first + n) % KEYS}" for n in range(A_WORK)], subject="A-22222")


async def relayed(house: House, rows: int) -> tuple[float, Sequence[tuple[bytes, bytes, list[tuple[str, bytes]]]]]:
    """How many rows a second the relay publishes, and what was on the topic then."""
    topic = await make_topic(house)
    async with open_echo(house) as echo:
        await filled(echo, topic, rows)
        begun = time.perf_counter()
        async with publishing(echo, topic):
            await until(lambda: published(echo), SECONDS_MAX)
            seconds = time.perf_counter() - begun
        sent = [encode(event) for event in await topic.events()][:rows]
    await topic.close()
    return rows / seconds, sent


async def sent_bare(house: House, records: Sequence[tuple[bytes, bytes, list[tuple[str, bytes]]]]) -> float:
    """How many of the same records a second the client sends by itself."""
    topic = await make_topic(house)
    client: AIOKafkaProducer = producer(topic.settings, "floor")
    await client.start()
    begun = time.perf_counter()
    for first in range(0, len(records), AT_ONCE):
        batch = records[first : first + AT_ONCE]
        waiting = [await client.send(topic.name, value=value, key=key, headers=more) for key, value, more in batch]
        await asyncio.gather(*waiting)
    seconds = time.perf_counter() - begun
    await let_go(client)
    await topic.close()
    return len(records) / seconds


async def run(house: House, rows: int, rounds: int) -> Paired:
    """Measure both in turn."""
    await make_template(house)
    subject, floor = [], []
    for number in range(rounds):
        progress(f"  … round {number + 1} of {rounds}")
        rate, records = await relayed(house, rows)
        subject.append(rate)
        floor.append(await sent_bare(house, records))
    return Paired("relay", "rows/s", subject, floor, Mark(RATIO_MIN), None, {"rows": rows})


def main(words: Sequence[str]) -> int:
    """Run it, and tell what was measured."""
    wanted = argparse.ArgumentParser(prog="./spis bench relay")
    wanted.add_argument("--rows", type=int, default=ROWS)
    wanted.add_argument("--rounds", type=int, default=ROUNDS)
    wanted.add_argument("--json", action="store_true", help="for programs")
    given = wanted.parse_args(words)
    with House.temporary(rooms=()) as house:
        measured = run_quickly(run(house, given.rows, given.rounds))
    return conclude(measured, as_json=given.json)
