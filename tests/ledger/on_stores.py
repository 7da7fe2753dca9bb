"""Faults of what the rooms stand on: the database server told to stop, a leading broker killed, a disk that is full."""

import asyncio
import os
import signal
from collections import Counter
from contextlib import suppress

import structlog
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from deploy.house import House
from services.bus.kafka import KafkaSettings
from services.contracts.catalog import TOPICS
from tests.ledger.disks import Disks
from tests.ledger.plan import HOUSE, Fault, brokers_named
from tests.ledger.record import Recorder
from tests.ledger.watch_topics import within

ASK_SECONDS_MAX = 10.0
STOP_SECONDS_MAX = 3.0

log = structlog.get_logger()


class OnStores:
    """Does to brokers and to the database server what a fault says."""

    def __init__(self, house: House, recorder: Recorder, disks: Disks) -> None:
        self._house = house
        self._recorder = recorder
        self._disks = disks
        self._brokers = brokers_named(house.plan.brokers)

    async def stop_postgres(self, number: signal.Signals) -> None:
        """Tell the server to stop (fast by SIGINT, immediately by SIGQUIT); the house starts it again."""
        if pid := self._house.process("postgres").pid:
            with suppress(ProcessLookupError):
                os.kill(pid, number)

    async def hold_down(self, fault: Fault) -> None:
        """Keep a part away for a while; `kafka` is every broker."""
        names = self._brokers if fault.target == "kafka" else (fault.target,)
        await asyncio.gather(*(asyncio.to_thread(self._house.stop, name) for name in names))
        await asyncio.sleep(fault.seconds)
        await asyncio.gather(*(asyncio.to_thread(self._house.start, name) for name in names))

    async def kill_leader(self, target: str) -> None:
        """Kill the broker that leads a partition, or most of all; the house brings it back."""
        leaders = await self._leaders()
        wanted = [node for place, node in leaders.items() if target in (HOUSE, place) and node > 0]
        if not wanted:
            self._recorder.note("nothing_led", target=target)
            return
        name = self._brokers[Counter(wanted).most_common(1)[0][0] - 1]
        self._recorder.note("leader", target=target, broker=name, leads=Counter(leaders.values())[_number(name)])
        await asyncio.to_thread(self._house.kill, name)

    async def fill(self, fault: Fault) -> None:
        """Leave a store no byte of space for a while."""
        before = self._house.process(fault.target).exits
        await asyncio.to_thread(self._disks.fill, fault.target)
        await asyncio.sleep(fault.seconds)
        await asyncio.to_thread(self._disks.give_back, fault.target)
        self._recorder.note("filled", target=fault.target, ended=self._house.process(fault.target).exits - before)

    async def _leaders(self) -> dict[str, int]:
        """The number of the leader of each partition."""
        admin = AIOKafkaAdminClient(**KafkaSettings(servers=self._house.kafka).client_options("ledger-leaders"))
        try:
            await within(ASK_SECONDS_MAX, admin.start())
            told = await within(ASK_SECONDS_MAX, admin.describe_topics([topic.name for topic in TOPICS]))
        except (KafkaError, TimeoutError, OSError) as error:
            log.info("leaders_unknown", error=type(error).__name__)
            return {}
        finally:
            with suppress(KafkaError, TimeoutError, OSError):
                await within(STOP_SECONDS_MAX, admin.close())
        return {f"{topic['topic']}/{at['partition']}": at["leader"] for topic in told for at in topic["partitions"]}


def _number(broker: str) -> int:
    return int(broker.rpartition("-")[2])
