"""Reports sent by a clock that waits for no answer: each leaves when it is due, however slow the house is just then."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from random import Random

import httpx2

from deploy.demo.acts import REPORTS, seen
from deploy.demo.cast import Cast
from deploy.demo.visitor import Visitor
from deploy.house import House
from deploy.house.layout import REPOSITORY, ROOMS
from tests.journeys.looking import number as number_of
from tests.ledger.requests import report

SEED = 1
LISTED_SECONDS_MAX = 60.0
LISTED = "SELECT (SELECT count(*) FROM directory_accounts) + (SELECT count(*) FROM directory_desks)"


async def everybody_listed(house: House, rooms: Sequence[str] = ROOMS) -> None:
    """Wait until every room knows who works where."""

    async def look() -> bool:
        told = {await number_of(house, room, LISTED) for room in rooms}
        return len(told) == 1 and told != {0}

    await seen(look, "every room knows who works where", LISTED_SECONDS_MAX)


def towns() -> list[str]:
    """Every municipality of the directory."""
    return sorted(path.stem for path in (REPOSITORY / "deploy" / "directory").glob("*-*.toml"))


@dataclass
class Sender:
    """The schools of all towns; every so many reports one is about the town that is looked at."""

    house: House
    schools: Mapping[str, Visitor]
    town: str
    one_in: int
    chance: Random
    sent: dict[str, float] = field(default_factory=dict)
    """The moment just before each report about the town was sent, by its reference."""
    answered_ms: list[float] = field(default_factory=list)
    late_ms: list[float] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    seconds: float = 0.0

    @classmethod
    def at(cls, house: House, http: httpx2.AsyncClient, town: str, one_in: int) -> "Sender":
        """The schools of a house, none of which has reported yet."""
        schools = {unit: Cast(house, http, unit).client(f"{unit}.school") for unit in towns()}
        return cls(house, schools, town, one_in, Random(SEED))

    async def once_each(self) -> None:
        """One report about every town that is not measured: everybody has a token, and every way was gone once."""
        for unit in self.schools:
            await self._send(unit)
        self.sent.clear()
        self.answered_ms.clear()

    async def run(self, number: int, rate: float) -> None:
        """Send this many reports, so many a second."""
        others = [unit for unit in self.schools if unit != self.town]
        begun = time.monotonic()
        async with asyncio.TaskGroup() as group:
            for n in range(number):
                due = begun + n / rate
                await asyncio.sleep(max(0.0, due - time.monotonic()))
                self.late_ms.append((time.monotonic() - due) * 1_000)
                group.create_task(self._send(others[n % len(others)] if n % self.one_in else self.town))
            self.seconds = time.monotonic() - begun

    def rate(self) -> float:
        """How many a second were really sent: one less than all lie between the first and the last."""
        return (len(self.late_ms) - 1) / self.seconds

    async def _send(self, unit: str) -> None:
        body = report(unit, self.house.now(), self.chance)
        at, begun = time.time(), time.monotonic()
        try:
            answer = await self.schools[unit].post(REPORTS, body)
        except httpx2.HTTPError as error:
            self.refused.append(type(error).__name__)
            return
        self.answered_ms.append((time.monotonic() - begun) * 1_000)
        if answer.status_code != 201:
            self.refused.append(str(answer.status_code))
        elif unit == self.town:
            self.sent[answer.json()["report"]] = at
