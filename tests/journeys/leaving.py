"""Somebody whose account ends while a stream of theirs is open: it takes up to half a minute, so it begins early."""

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from uuid import uuid4

import httpx2

from deploy.demo.acts import ALERTS, REFERRALS
from deploy.demo.cast import Cast
from deploy.demo.desk import STREAM
from deploy.demo.visitor import Visitor, client
from deploy.house import House
from deploy.house.layout import REPOSITORY
from referral.listed import fact
from services.contracts.codes import Role
from services.contracts.referral import AccountListed
from services.runtime.hearing import list_account
from services.storage.database import Database
from services.storage.stamp import Stamp
from services.storage.work import Work
from tests.journeys.looking import rows

PLACE = "RS-KVA"
STREAM_SECONDS_MAX = 60.0
HEARD_SECONDS_MAX = 20.0
LISTED = "SELECT account, institution, unit, roles, desks FROM directory_accounts WHERE account = $1"


@dataclass
class Leaving:
    """What was seen of an account that ended."""

    house: House
    answers: dict[str, list[int]] = field(default_factory=dict)
    codes: set[str] = field(default_factory=set)
    frames_before: int = 0
    stream_status: int = 0
    closed_after: float | None = None
    returned: int = 0

    def begin(self) -> threading.Thread:
        """Let it happen beside the other tests."""
        thread = threading.Thread(target=lambda: asyncio.run(self._happen()), name="somebody leaves", daemon=True)
        thread.start()
        return thread

    async def _happen(self) -> None:
        async with client(self.house.origin) as http:
            person = Cast(self.house, http, PLACE).person("director", PLACE)
            for path in (ALERTS, REFERRALS, "/intake/v1/cases", "/analytics/v1/indicators"):
                self.answers[path] = [await _status(person, path)]
            opened = asyncio.Event()
            stream = asyncio.create_task(self._listen(person, opened))
            await asyncio.wait_for(opened.wait(), HEARD_SECONDS_MAX)
            await list_as(self.house, person.account, active=False)
            began = time.monotonic()
            # The directory is referral's own: there the very next request is refused, elsewhere once it is heard.
            self.answers[REFERRALS].append(await _status(person, REFERRALS))
            for path in self.answers:
                await _until(partial(self._refused, person, path))
            with suppress(TimeoutError, httpx2.TimeoutException):
                await asyncio.wait_for(stream, STREAM_SECONDS_MAX)
                self.closed_after = time.monotonic() - began
            self.returned = await _status(person, STREAM)
            await list_as(self.house, person.account, active=True)

    async def _listen(self, person: Visitor, opened: asyncio.Event) -> None:
        headers = await person.bearer()
        async with person.http.stream("GET", STREAM, headers=headers, timeout=STREAM_SECONDS_MAX) as answer:
            self.stream_status = answer.status_code
            async for _ in answer.aiter_lines():
                opened.set()

    async def _refused(self, person: Visitor, path: str) -> bool:
        answer = await person.http.get(path, headers=await person.bearer())
        self.answers[path].append(answer.status_code)
        if answer.status_code == 403:
            self.codes.add(answer.json()["code"])
        return answer.status_code == 403


async def list_as(house: House, account: str, *, active: bool) -> None:
    """List an account anew, by the way on which referral lists its directory."""
    row = (await rows(house, "referral", LISTED, account))[0]
    roles = tuple(Role(role) for role in row["roles"])
    now = house.now()
    listed = AccountListed(account, row["institution"], row["unit"], roles, tuple(row["desks"]), active, now)

    async def action(work: Work) -> None:
        list_account(work, listed)
        work.say(listed, fact=fact(listed))

    database = await Database.open("referral", house.url("referral"), REPOSITORY / "referral", connections_max=1)
    try:
        await database.transact(Stamp(now, "system", str(uuid4())), action)
    finally:
        await database.close()


async def _status(person: Visitor, path: str) -> int:
    answer: httpx2.Response = await person.http.get(path, headers=await person.bearer())
    return answer.status_code


async def _until(look: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(HEARD_SECONDS_MAX):
        while not await look():  # noqa: ASYNC110 - from outside one can only look again
            await asyncio.sleep(0.1)
