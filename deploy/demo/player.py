"""A country at work, a little faster than real: schools report, centres decide, institutions answer, desks take note.

It uses the house from outside, as people do, and leaves the work of one town's caseworkers to whoever looks on.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from random import Random

import httpx2

from deploy.demo import papers
from deploy.demo.acts import ALERTS, REFERRALS, REPORTS
from deploy.demo.cast import SENDER, Cast
from deploy.demo.visitor import NotObserved
from deploy.house import House
from deploy.load.drawing import Course, Place, draw
from deploy.load.year import load_year
from services.contracts.policy import load_policy
from services.contracts.units import Mandate

BEAT_SECONDS = (0.8, 3.2)
"""How long nothing happens between two things that do."""
HERE_SHARE = 0.55
DANGER_SHARE, SCREENED_OUT_SHARE = 0.35, 0.12
LEFT_OPEN, FIRST_REPORTS = 6, 6
"""How many reports of the shown town wait for whoever looks on, before its own people take one."""
TOLD_EVERY_SECONDS = 30.0
AT_HAND_MAX = 50

Act = Callable[[Cast], Awaitable[str]]
Tell = Callable[[str], None]


class Player:
    """Plays the people of every town that has institutions."""

    def __init__(self, house: House, http: httpx2.AsyncClient, shown: str, seed: int, tell: Tell) -> None:
        policy = load_policy(Path(house.plan.policy))
        self._house = house
        self._shown = shown
        self._tell = tell
        self._chance = Random(f"{seed}/{time.time_ns()}")
        towns = [unit.code for unit in policy.units if unit.mandate is Mandate.CASEWORK]
        self._casts = {code: Cast(house, http, code) for code in towns}
        self._place = Place(tuple(self._casts), tuple(sorted(policy.needs.codes)))
        self._year = load_year()
        self._answers = papers.first_answers()
        self._number = 0

    async def play(self, how_long: timedelta) -> None:
        """Let things happen until the time is over; what goes wrong once is left, and the next thing happens."""
        ends, told, done = time.monotonic() + how_long.total_seconds(), time.monotonic(), 0
        for _ in range(FIRST_REPORTS):
            await self._try(self._report, self._casts[self._shown])
        while time.monotonic() < ends:
            done += await self._one()
            if time.monotonic() - told > TOLD_EVERY_SECONDS:
                self._tell(f"  {self._house.now():%d.%m. %H:%M}   {done} things happened")
                told = time.monotonic()
            await asyncio.sleep(self._chance.uniform(*BEAT_SECONDS))

    async def _one(self) -> bool:
        here = self._chance.random() < HERE_SHARE
        town = self._shown if here else self._chance.choice(tuple(self._casts))
        acts: tuple[Act, ...] = (self._report, self._decide, self._decide, self._answer, self._answer, self._note)
        return await self._try(self._chance.choice(acts), self._casts[town])

    async def _try(self, act: Act, cast: Cast) -> bool:
        try:
            return bool(await act(cast))
        except (NotObserved, httpx2.HTTPError):
            # A room that is being restarted, or somebody who was quicker: a country goes on.
            return False

    async def _report(self, cast: Cast) -> str:
        """A school reports a child who does not exist."""
        course, now = self._course(), self._house.now()
        form = papers.report(cast.unit, now - timedelta(hours=1)) | {
            "concerns": [concern.value for concern in course.concerns],
            "immediate_danger": self._chance.random() < DANGER_SHARE,
            "child": {
                "given_name": course.given_name,
                "family_name": course.family_name,
                "birth_date": course.birth_date.isoformat(),
                "sex": course.sex.value,
            },
        }
        answer = await cast.client(f"{cast.unit}.school").does(REPORTS, form, status=201)
        return str(answer["report"])

    async def _decide(self, cast: Cast) -> str:
        """A centre screens its oldest report; in the shown town only once several wait."""
        worker = cast.person("caseworker", cast.unit)
        waiting = (await worker.get(REPORTS, state="waiting", limit=str(AT_HAND_MAX)))["items"]
        if len(waiting) <= (LEFT_OPEN if cast.unit == self._shown else 0):
            return ""
        needs = sorted(self._course().answers)
        form = (
            papers.screening(needs, self._answers)
            if self._chance.random() > SCREENED_OUT_SHARE
            else papers.screened_out(self._answers)
        )
        await worker.does(f"{REPORTS}/{waiting[-1]['report']}/screen", form)
        return str(waiting[-1]["report"])

    async def _answer(self, cast: Cast) -> str:
        """An institution takes the next step of a referral, or says no."""
        worker = cast.person("caseworker", cast.unit)
        sent = (await worker.get(REFERRALS, direction="sent", limit=str(AT_HAND_MAX)))["items"]
        moving = [each for each in sent if each["state"] in ("waiting", "accepted", "under_way") and each["receiver"]]
        moving = [each for each in moving if not each["receiver"].endswith(f".{SENDER}")]
        if not moving:
            return ""
        referral = self._chance.choice(moving)
        step, form = self._step(referral["state"])
        await cast.person("provider", referral["receiver"]).does(f"{REFERRALS}/{referral['referral']}/{step}", form)
        return str(referral["referral"])

    def _step(self, state: str) -> tuple[str, dict[str, str]]:
        match state:
            case "waiting" if self._chance.random() < 0.2:
                return "decline", {"reason": self._chance.choice(self._year.answering.reasons).value}
            case "waiting":
                return "accept", {}
            case "accepted":
                return "start", {}
            case _:
                return "complete", {"outcome": self._chance.choice(self._year.answering.outcomes).value}

    async def _note(self, cast: Cast) -> str:
        """A desk takes note of its oldest alert; the shown town's are left to whoever looks on."""
        if cast.unit == self._shown:
            return ""
        worker = cast.person("caseworker", cast.unit)
        raised = (await worker.get(ALERTS, state="raised", limit=str(AT_HAND_MAX)))["items"]
        asking = [alert for alert in raised if alert["acknowledge_by"]]
        if not asking:
            return ""
        await worker.does(f"{ALERTS}/{asking[0]['alert']}/acknowledge")
        return str(asking[0]["alert"])

    def _course(self) -> Course:
        """Somebody who does not exist, drawn as the year draws them."""
        self._number += 1
        return draw(self._year, self._place, self._chance.randrange(1_000_000), self._number, self._house.now())
