"""Whether a house has come to rest after everything that was done to it, and if not, what it still waits for."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

import httpx2
from aiokafka.errors import KafkaError

from tests.ledger.databases import AWAY, Databases
from tests.ledger.rules.owed import READERS
from tests.ledger.watch_streams import Observers
from tests.ledger.watch_topics import TopicObserver
from tests.ledger.workload import Workload

LOOK_SECONDS = 0.5
QUIET_LOOKS = 2

WAITING = """
SELECT (SELECT count(*) FROM outbox WHERE published_at IS NULL) AS unpublished,
    (SELECT count(*) FROM set_aside WHERE reason IS NULL) AS held,
    (SELECT count(*) FROM deadlines WHERE due_at <= $1) AS overdue"""
POSITIONS = "SELECT topic, partition, next_offset FROM positions"
NEWEST = "SELECT desk, max(number) AS number FROM frames GROUP BY desk"


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a house has to come to rest, and how long it may wait for the very same things meanwhile."""

    seconds_max: float = 120.0
    still_max: float = 45.0


PATIENT = Patience()


@dataclass(frozen=True, slots=True)
class Rest:
    """How the drain ended."""

    drained: bool
    at: float
    waits_for: str


@dataclass(frozen=True, slots=True)
class Watcher:
    """Everything that must be still before a house is at rest."""

    databases: Databases
    workload: Workload
    topics: TopicObserver
    streams: Observers
    accounts: Mapping[str, tuple[str, ...]]
    domain: Callable[[], datetime]

    async def wait(self, now: Callable[[], float], since: float, patience: Patience) -> Rest:
        """Wait until nothing moves any more; `since` is when the last thing was done to the house."""
        quiet, reached, reasons, moved = 0, 0.0, ["not looked yet"], since
        while now() - since < patience.seconds_max and now() - moved < patience.still_max:
            before, reasons = reasons, await self.reasons()
            moved = moved if before == reasons and reasons else now()
            if reasons:
                quiet = 0
            else:
                reached = reached if quiet else now()
                quiet += 1
                if quiet == QUIET_LOOKS:
                    return Rest(True, reached, "")
            await asyncio.sleep(LOOK_SECONDS)
        return Rest(False, now(), "; ".join(reasons))

    async def reasons(self) -> list[str]:
        """Why the house is not at rest."""
        if self.workload.busy:
            return [f"{self.workload.busy} clients"]
        try:
            ends = await self.topics.ends()
            return [*[reason async for reason in self._in_rooms(ends)], *self._observed(ends), *await self._told()]
        except (*AWAY, KafkaError, httpx2.HTTPError) as error:
            return [f"{type(error).__name__}"]

    async def _in_rooms(self, ends: Mapping[tuple[str, int], int]) -> AsyncIterator[str]:
        for room in ("intake", "referral", "notifications", "analytics"):
            (row,) = await self.databases.ask(room, WAITING, self.domain())
            for name, number in dict(row).items():
                if number:
                    yield f"{room}: {number} {name}"
            heard = {(r["topic"], r["partition"]): r["next_offset"] for r in await self.databases.ask(room, POSITIONS)}
            mine = {place: end for place, end in ends.items() if room in READERS[place[0]]}
            behind = sum(end - heard.get(place, 0) for place, end in mine.items())
            if behind:
                yield f"{room}: {behind} unheard"

    def _observed(self, ends: Mapping[tuple[str, int], int]) -> Iterator[str]:
        behind = sum(max(0, end - self.topics.position(*place)) for place, end in ends.items())
        if behind:
            yield f"{behind} records unobserved"

    async def _told(self) -> list[str]:
        newest = {row["desk"]: row["number"] for row in await self.databases.ask("notifications", NEWEST)}
        waiting = [
            account
            for account, desks in self.accounts.items()
            if self.streams.last.get(account, 0) < max((newest.get(desk, 0) for desk in desks), default=0)
        ]
        return [f"{len(waiting)} streams behind"] if waiting else []
