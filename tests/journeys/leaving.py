"""People whose rows change while a stream of theirs is open: it takes up to half a minute, so it begins early."""

import asyncio
import sys
import threading
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any
from uuid import uuid4

import httpx2

from deploy.demo.acts import ALERTS, REFERRALS
from deploy.demo.desk import STREAM
from deploy.demo.visitor import client
from deploy.house import House
from deploy.house.layout import REPOSITORY
from referral.listed import fact
from services.contracts.codes import Role
from services.contracts.referral import AccountListed
from services.runtime.hearing import list_account
from services.storage.database import Database
from services.storage.stamp import Stamp
from services.storage.work import Work
from tests.journeys.browser import Browser, opened
from tests.journeys.looking import rows
from tests.journeys.town import CASES, Town

PLACE = "RS-KVA"
STREAM_SECONDS_MAX = 60.0
HEARD_SECONDS_MAX = 30.0
COMMAND_SECONDS_MAX = 60.0
PATHS = (ALERTS, REFERRALS, CASES, "/analytics/v1/indicators")
LISTED = "SELECT account, institution, unit, roles, desks FROM directory_accounts WHERE account = $1"

Change = Callable[[House, str], Awaitable[None]]


@dataclass
class Departure:
    """What was seen of one account: its answers before and after, and when its stream ended."""

    account: str
    answers: dict[str, list[int]] = field(default_factory=dict)
    codes: set[str] = field(default_factory=set)
    alerts: list[int] = field(default_factory=list)
    stream_status: int = 0
    closed_after: float | None = None
    returned: int = 0


@dataclass
class Leaving:
    """Three people: one disabled by an operator, one whose role was revoked, one who moved to no desk."""

    house: House
    settled: threading.Event = field(default_factory=threading.Event)
    ended: Departure = field(default_factory=lambda: Departure(f"director@{PLACE}"))
    demoted: Departure = field(default_factory=lambda: Departure(f"supervisor@{PLACE}"))
    moved: Departure = field(default_factory=lambda: Departure(f"caseworker@{PLACE}"))

    def begin(self) -> threading.Thread:
        """Let it happen beside the other tests."""
        thread = threading.Thread(target=lambda: asyncio.run(self._happen()), name="somebody leaves", daemon=True)
        thread.start()
        return thread

    async def _happen(self) -> None:
        async with client(self.house.origin) as http:
            town = Town(self.house, http, PLACE)
            await town.alert(town.worker, "REPORT_RECEIVED", await town.report())
        # From here on they only look, so whoever counts what requests leave behind is not disturbed.
        self.settled.set()
        async with asyncio.TaskGroup() as group:
            for departure, change in (
                (self.ended, partial(by_hand, what="disable")),
                (self.demoted, partial(list_as, roles=(Role.OPERATOR,))),
                (self.moved, partial(list_as, desks=())),
            ):
                group.create_task(self._leave(departure, change))
        await by_hand(self.house, self.ended.account, what="enable")

    async def _leave(self, seen: Departure, change: Change) -> None:
        async with opened(self.house.origin) as browser:
            await browser.sign_in(seen.account)
            for path in PATHS:
                seen.answers[path] = [(await browser.http.get(path)).status_code]
            seen.alerts.append(len((await browser.http.get(ALERTS)).json()["items"]))
            listening = asyncio.Event()
            stream = asyncio.create_task(self._listen(seen, browser, listening))
            await asyncio.wait_for(listening.wait(), HEARD_SECONDS_MAX)
            await change(self.house, seen.account)
            began = time.monotonic()
            # The directory is referral's own: there the very next request is refused, elsewhere once it is heard.
            seen.answers[REFERRALS].append((await browser.http.get(REFERRALS)).status_code)
            if seen is self.moved:
                await _until(partial(self._sees_nothing, seen, browser))
            else:
                for path in PATHS:
                    await _until(partial(self._refused, seen, browser, path))
            with suppress(TimeoutError, httpx2.TimeoutException):
                await asyncio.wait_for(stream, STREAM_SECONDS_MAX)
                seen.closed_after = time.monotonic() - began
            if seen is not self.moved:
                seen.returned = (await browser.http.get(STREAM)).status_code

    async def _listen(self, seen: Departure, browser: Browser, listening: asyncio.Event) -> None:
        async with browser.http.stream("GET", STREAM, timeout=STREAM_SECONDS_MAX) as answer:
            seen.stream_status = answer.status_code
            async for _ in answer.aiter_lines():
                listening.set()

    async def _refused(self, seen: Departure, browser: Browser, path: str) -> bool:
        answer = await browser.http.get(path)
        seen.answers[path].append(answer.status_code)
        if answer.status_code == 403:
            seen.codes.add(answer.json()["code"])
        return answer.status_code == 403

    async def _sees_nothing(self, seen: Departure, browser: Browser) -> bool:
        seen.alerts.append(len((await browser.http.get(ALERTS)).json()["items"]))
        return seen.alerts[-1] == 0


async def by_hand(house: House, account: str, *, what: str) -> None:
    """Disable or enable an account as an operator does."""
    command = [sys.executable, "-m", "referral", "account", what, account]
    process = await asyncio.create_subprocess_exec(*command, env=house.env("referral"), cwd=house.plan.code)
    assert await asyncio.wait_for(process.wait(), COMMAND_SECONDS_MAX) == 0


async def list_as(house: House, account: str, **changed: Any) -> None:
    """List an account anew, by the way on which referral lists its directory."""
    row = (await rows(house, "referral", LISTED, account))[0]
    roles = tuple(Role(role) for role in row["roles"])
    now = house.now()
    before = AccountListed(
        account, row["institution"], row["unit"], roles, tuple(row["desks"]), active=True, listed_at=now
    )
    listed = replace(before, **changed)

    async def action(work: Work) -> None:
        list_account(work, listed)
        work.say(listed, fact=fact(listed))

    database = await Database.open("referral", house.url("referral"), REPOSITORY / "referral", connections_max=1)
    try:
        await database.transact(Stamp(now, "system", str(uuid4())), action)
    finally:
        await database.close()


async def _until(look: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(HEARD_SECONDS_MAX):
        while not await look():  # noqa: ASYNC110 - from outside one can only look again
            await asyncio.sleep(0.1)
