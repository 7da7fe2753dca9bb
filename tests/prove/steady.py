"""A light and steady load for a proof: a report every so often, screened, its referral accepted; it judges nothing."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import httpx2

from deploy.demo.acts import REFERRALS, REPORTS, seen
from deploy.demo.visitor import NotObserved, client
from deploy.house import House
from deploy.house.trouble import Trouble
from tests.journeys.town import CASES, Town, referral_path

KNOWN_SECONDS_MAX = 60.0
ENDING_SECONDS_MAX = 60.0
REFUSED = (NotObserved, httpx2.TransportError, Trouble)
"""What a journey may meet while parts of the house are away; it ends there, and the next one begins."""


@dataclass(slots=True)
class Steady:
    """Journeys that begin evenly, whoever waits; `taken` are the reports that were taken in."""

    towns: Sequence[Town]
    taken: list[str] = field(default_factory=list)
    accepted: list[str] = field(default_factory=list)
    ended_early: int = 0
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    async def go_on(self, seconds_apart: float) -> None:
        """Begin one journey after another until this is cancelled."""
        number = 0
        while True:
            task = asyncio.create_task(self._journey(self.towns[number % len(self.towns)]))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
            number += 1
            await asyncio.sleep(seconds_apart)

    async def end(self) -> None:
        """Let the journeys that are under way come to their end."""
        if self._tasks:
            await asyncio.wait(set(self._tasks), timeout=ENDING_SECONDS_MAX)
        for task in set(self._tasks):
            task.cancel()

    async def _journey(self, town: Town) -> None:
        try:
            report = await town.report()
            self.taken.append(report)
            answer = await town.worker.does(f"{REPORTS}/{report}/screen", town.screening())
            referral = await town.asked(answer["case"])
            await town.provider().does(referral_path(referral, "accept"))
            self.accepted.append(referral["referral"])
        except REFUSED:
            self.ended_early += 1


@asynccontextmanager
async def towns_of(house: House, *units: str) -> AsyncIterator[list[Town]]:
    """Some towns of an open house, as soon as every room knows who works there."""
    async with client(house.origin) as http:
        towns = [Town(house, http, unit) for unit in units]

        async def known() -> bool:
            for town in towns:
                for who, path in ((town.worker, CASES), (town.worker, REFERRALS), (town.provider(), REFERRALS)):
                    answer = await who.http.get(path, headers=await who.bearer())
                    if answer.status_code != 200:
                        return False
                answer = await town.school.http.get(CASES, headers=await town.school.bearer())
                if answer.json().get("code") != "not_your_role":
                    return False
            return True

        await seen(known, "who works where", KNOWN_SECONDS_MAX)
        yield towns


@asynccontextmanager
async def going_on(towns: Sequence[Town], seconds_apart: float) -> AsyncIterator[Steady]:
    """A steady load around whatever is done meanwhile; its journeys come to their end."""
    steady = Steady(towns)
    arriving = asyncio.create_task(steady.go_on(seconds_apart))
    try:
        yield steady
    finally:
        arriving.cancel()
        await asyncio.gather(arriving, return_exceptions=True)
        await steady.end()


Say = Callable[[str], None]
