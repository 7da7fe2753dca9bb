"""`./spis prove recovery`: one fault at a time under a light load, and the seconds until nothing waits any more.

The load never stops, so nothing waits when nothing has waited for a second: every announcement older than that is
published, and every reader of its topic stands behind it, in all rooms, something said after the fault among it.
"""

import argparse
import asyncio
import json
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence

import asyncpg
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from deploy.demo.story import STARTS
from deploy.house import House
from deploy.house.layout import ROOMS
from deploy.house.progress import Telling
from services.contracts.catalog import CATALOG, TOPICS
from tests.journeys.looking import rows
from tests.prove.saying import say
from tests.prove.steady import going_on, towns_of
from tests.unpaced import UNPACED

PLACES = ("FBIH-K10-LIV", "RS-BIL", "RS-GAC")
SECONDS_APART = 1.0
SETTLING_SECONDS = 20.0
FROZEN_SECONDS = 30.0
SPEAKING = ("intake", "referral", "notifications")
WAIT_SECONDS_MAX = 120.0
LOOK_SECONDS = 0.1
MARKS = {"kill a worker": 15.0, "freeze a worker": 20.0, "restart PostgreSQL": 10.0, "kill a leading broker": 30.0}
READERS = {
    topic.name: frozenset(reader for entry in CATALOG if entry.topic == topic for reader in entry.readers)
    for topic in TOPICS
}
SAID = """SELECT topic, kafka_partition AS partition, max(kafka_offset) AS last FROM outbox
    WHERE published_at < clock_timestamp() - interval '1 second' GROUP BY 1, 2"""
WAITS = """SELECT (SELECT count(*) FROM set_aside) + (SELECT count(*) FROM outbox
    WHERE published_at IS NULL AND accepted_at < clock_timestamp() - interval '1 second') AS number"""
SINCE = "SELECT FROM outbox WHERE accepted_at > $1::timestamptz AND kafka_offset IS NOT NULL LIMIT 1"
HEARD = "SELECT topic, partition, next_offset FROM positions"
NOW = "SELECT clock_timestamp()"
AWAY = (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError, KafkaError)

Fault = Callable[[House], Awaitable[None]]


async def kill_a_worker(house: House) -> None:
    """The worker that relays, hears and keeps appointments for referrals is killed."""
    await asyncio.to_thread(house.kill, "referral-worker")


async def freeze_a_worker(house: House) -> None:
    """The same worker hangs, and goes on after a while; the seconds count from then."""
    await asyncio.to_thread(house.freeze, "referral-worker")
    await asyncio.sleep(FROZEN_SECONDS)
    await asyncio.to_thread(house.thaw, "referral-worker")


async def restart_postgresql(house: House) -> None:
    """The database server is told to stop, cutting everybody off, and started again."""
    await asyncio.to_thread(house.stop, "postgres")
    await asyncio.to_thread(house.start, "postgres")


async def kill_a_leading_broker(house: House) -> None:
    """The broker that leads most partitions is killed."""
    admin = AIOKafkaAdminClient(bootstrap_servers=house.kafka)
    await admin.start()
    try:
        told = await admin.describe_topics(sorted(READERS))
    finally:
        await admin.close()
    leaders = Counter(partition["leader"] for topic in told for partition in topic["partitions"])
    name = house.plan.brokers_by_name[leaders.most_common(1)[0][0] - 1]
    await asyncio.to_thread(house.kill, name)


FAULTS: Mapping[str, Fault] = {
    "kill a worker": kill_a_worker,
    "freeze a worker": freeze_a_worker,
    "restart PostgreSQL": restart_postgresql,
    "kill a leading broker": kill_a_leading_broker,
}
COUNTED_FROM_ITS_BEGINNING = frozenset({"kill a worker", "restart PostgreSQL", "kill a leading broker"})


async def recovered(house: House, since: object) -> bool:
    """Whether nothing waits anywhere, and something said in every speaking room since then was heard by all."""
    said = []
    for room in ROOMS:
        (waits,) = await rows(house, room, WAITS)
        if waits["number"] or (room in SPEAKING and not await rows(house, room, SINCE, since)):
            return False
        said += await rows(house, room, SAID)
    for room in ROOMS:
        heard = {(row["topic"], row["partition"]): row["next_offset"] for row in await rows(house, room, HEARD)}
        for row in said:
            if room in READERS[row["topic"]] and heard.get((row["topic"], row["partition"]), 0) <= row["last"]:
                return False
    return True


async def seconds_until_nothing_waits(house: House, name: str) -> float:
    """Do one thing to the house, and measure."""
    began = time.monotonic()
    since = (await rows(house, "intake", NOW))[0][0]
    await FAULTS[name](house)
    if name not in COUNTED_FROM_ITS_BEGINNING:
        began, since = time.monotonic(), (await rows(house, "intake", NOW))[0][0]
    while time.monotonic() - began < WAIT_SECONDS_MAX:
        try:
            if await recovered(house, since):
                break
        except AWAY:
            pass
        await asyncio.sleep(LOOK_SECONDS)
    return round(time.monotonic() - began, 1)


async def prove(house: House, times: int, only: Sequence[str]) -> dict[str, object]:
    """Each fault as often as asked, with quiet in between."""
    took: dict[str, list[float]] = {}
    async with towns_of(house, *PLACES) as towns, going_on(towns, SECONDS_APART) as load:
        await asyncio.sleep(SETTLING_SECONDS)
        for name in only:
            for _ in range(times):
                took.setdefault(name, []).append(await seconds_until_nothing_waits(house, name))
                say(f"{name}: nothing waits after {took[name][-1]} s (at most {MARKS[name]:.0f})")
                await asyncio.to_thread(house.wait_ready, WAIT_SECONDS_MAX)
                await asyncio.sleep(SETTLING_SECONDS)
    late = [name for name, each in took.items() if max(each) > MARKS[name]]
    figures = {"brokers": house.plan.brokers, "reports": len(load.taken), "ended_early": load.ended_early}
    return figures | {"seconds": took, "marks": MARKS, "late": late}


def main(words: Sequence[str]) -> int:
    """Run the proof: 0 only when everything was in time."""
    parser = argparse.ArgumentParser(prog="./spis prove recovery")
    parser.add_argument("--brokers", type=int, choices=(1, 3), default=3)
    parser.add_argument("--times", type=int, default=1, help="how often each fault is tried (1)")
    parser.add_argument("--only", nargs="+", choices=tuple(FAULTS), default=tuple(FAULTS))
    options, telling = parser.parse_args(list(words)), Telling()
    with House.temporary(clock=STARTS, brokers=options.brokers, settings=UNPACED, watch=telling.watch) as house:
        telling.end()
        result = asyncio.run(prove(house, options.times, options.only))
    sys.stdout.write(json.dumps(result) + "\n")
    return 1 if result["late"] else 0
