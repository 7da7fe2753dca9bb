"""The clients of a run: reports arrive by the seed's schedule, whoever waits; desks do something about what they hear.

An open loop: nobody waits for anybody else's answer before asking.
"""

import asyncio
from collections.abc import Callable, Coroutine
from datetime import datetime
from random import Random

from tests.ledger import requests
from tests.ledger.caller import Caller, Json, Want
from tests.ledger.world import NEEDS, World

TASKS_MAX = 20_000
THINKING_SECONDS = (0.05, 1.5)
REPORTS = "/intake/v1/reports"
REFERRALS = "/referral/v1/referrals"
CASES = "/intake/v1/cases"

BAD, TWICE_AT_ONCE, KEY_REUSED, BY_WORKER = 0.08, 0.05, 0.03, 0.15
ACKNOWLEDGED, SCREENED, ASKED_AGAIN, WITHDRAWN, LATE_ANSWER, CLOSED = 0.5, 0.95, 0.7, 0.1, 0.4, 0.6
FATES = ("accepted", "declined", "silent")
FATES_WEIGHED = (0.62, 0.2, 0.18)


class Workload:
    """Everything that clients do in one run; `busy` while anything is still to be done.

    With `only_reports` nobody does anything about what a desk hears.
    """

    def __init__(
        self, world: World, caller: Caller, seed: int, now: Callable[[], datetime], *, only_reports: bool = False
    ) -> None:
        self.arrived = 0
        self._only_reports = only_reports
        self._world = world
        self._caller = caller
        self._seed = seed
        self._now = now
        self._tasks: set[asyncio.Task[object]] = set()
        self._broken: list[asyncio.Task[object]] = []

    @property
    def busy(self) -> int:
        """How many clients are still at something; one that broke ends the run, which nobody could judge."""
        for task in self._broken:
            task.result()
        return len(self._tasks)

    async def arrive(self, reports: int, seconds: float) -> None:
        """Let the reports arrive, evenly but for chance."""
        loop, chance = asyncio.get_running_loop(), Random(f"arrivals/{self._seed}")
        began = loop.time()
        for number, at in enumerate(sorted(chance.uniform(0, seconds) for _ in range(reports))):
            await asyncio.sleep(max(0.0, began + at - loop.time()))
            self._do(self._report(Random(f"report/{self._seed}/{number}")))
            self.arrived += 1

    def heard(self, account: str, frame: Json) -> None:
        """A desk heard something new."""
        chance = Random(f"{self._seed}/{account}/{frame['alert']}/{frame['kind']}")
        if frame["kind"] != "raised" or self._only_reports:
            return
        if frame["acknowledge_by"] and chance.random() < ACKNOWLEDGED:
            self._do(self._acknowledge(account, frame, chance))
        if frame["step"] != 1:
            return
        match frame["code"]:
            case "REPORT_RECEIVED" | "REPORT_OF_DANGER" if chance.random() < SCREENED:
                self._do(self._screen(account, frame, chance))
            case "REFERRAL_SENT":
                self._do(self._answer(account, frame["subject"], chance, FATES_WEIGHED))
            case "REFERRAL_FELL_SILENT" if account.startswith("provider@") and chance.random() < LATE_ANSWER:
                self._do(self._answer(account, frame["subject"], chance, (0.7, 0.3, 0.0)))
            case "REFERRAL_FELL_SILENT" if account.startswith("caseworker@") and chance.random() < WITHDRAWN:
                self._do(self._move(account, "withdraw", frame["subject"], {"reason": "need_met_otherwise"}, chance))
            case "REFERRAL_DECLINED" if chance.random() < ASKED_AGAIN:
                self._do(self._ask_again(account, frame, chance))
            case "REFERRAL_COMPLETED" if chance.random() < CLOSED:
                self._do(self._close(account, frame["case"], chance))
            case _:
                return

    async def finish(self) -> None:
        """Stop whatever is still being done."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _do(self, what: Coroutine[None, None, object]) -> None:
        assert len(self._tasks) < TASKS_MAX, "the clients are further behind than any run allows"
        task = asyncio.create_task(what)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[object]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception():
            self._broken.append(task)

    async def _think(self, chance: Random) -> None:
        await asyncio.sleep(chance.uniform(*THINKING_SECONDS))

    async def _report(self, chance: Random) -> None:
        unit = chance.choice(self._world.units)
        by_worker = chance.random() < BY_WORKER
        account = self._world.workers[unit] if by_worker else chance.choice(self._world.reporters[unit])
        want = self._caller.want("report", account, REPORTS, requests.report(unit, self._now(), chance))
        if chance.random() < TWICE_AT_ONCE:
            self._do(self._ask_only(want))
        if chance.random() < BAD:
            self._do(self._bad_report(account, unit, chance))
        answer = await self._caller.ask(want)
        if answer and answer.status == 201 and chance.random() < KEY_REUSED:
            other = requests.report(unit, self._now(), chance)
            await self._caller.ask(self._caller.want("report", account, REPORTS, other, key=want.key, bad=True))

    async def _ask_only(self, want: Want) -> None:
        await self._caller.ask(want)

    async def _bad_report(self, account: str, unit: str, chance: Random) -> None:
        elsewhere = next(other for other in self._world.units if other != unit)
        bad = list(requests.bad_reports(unit, elsewhere, self._now(), chance))
        _, body, more = chance.choice(bad)
        await self._caller.ask(self._caller.want("report", account, REPORTS, body, bad=True, **more))

    async def _acknowledge(self, account: str, frame: Json, chance: Random) -> None:
        await self._think(chance)
        ref = frame["alert"]
        path = f"/notifications/v1/alerts/{ref}/acknowledge"
        await self._caller.ask(self._caller.want("acknowledge", account, path, {}, about=ref))
        if chance.random() < BAD:
            stranger = next(name for name in self._world.accounts if frame["desk"] not in self._world.accounts[name])
            await self._caller.ask(self._caller.want("acknowledge", stranger, path, {}, about=ref, bad=True))

    async def _screen(self, account: str, frame: Json, chance: Random) -> None:
        await self._think(chance)
        ref, needs = frame["subject"], NEEDS
        path = f"{REPORTS}/{ref}/screen"
        body = requests.screening(needs, chance)
        if chance.random() < BAD:
            bad = requests.screening(needs, chance) | {"outcome": "accepted", "needs": ["no_such_need"]}
            await self._caller.ask(self._caller.want("screen", account, path, bad, about=ref, bad=True))
        await self._caller.ask(self._caller.want("screen", account, path, body, about=ref))

    async def _answer(self, account: str, ref: str, chance: Random, weights: tuple[float, ...]) -> None:
        await self._think(chance)
        if chance.random() < BAD:
            await self._bad_answer(account, ref, chance)
        if chance.random() < BAD:
            # Out of turn: refused, unless a later answer came before it.
            await self._move(account, "start", ref, {}, chance)
        fate = chance.choices(FATES, weights)[0]
        if fate == "declined":
            await self._move(account, "decline", ref, requests.decline(chance), chance)
        if fate != "accepted" or not await self._move(account, "accept", ref, {}, chance):
            return
        await self._caller.open(account, f"/intake/v1/referrals/{ref}/disclosure", ref)
        if chance.random() < 0.85 and await self._move(account, "start", ref, {}, chance) and chance.random() < 0.85:
            await self._move(account, "complete", ref, requests.complete(chance), chance)

    async def _bad_answer(self, account: str, ref: str, chance: Random) -> None:
        """An answer that must be refused: by a stranger, by the wrong side, or with a word nobody agreed on."""
        strangers = [name for name in self._world.accounts if name.startswith("provider@") and name != account]
        bad: list[tuple[str, str, Json]] = [
            ("accept", chance.choice(strangers), {}),
            ("withdraw", strangers[0], {"reason": "sent_in_error"}),
            ("complete", account, {"outcome": "no_such_outcome"}),
        ]
        if account.startswith("provider@"):
            # A centre may be asked by itself, and then it is not the wrong side.
            bad.append(("withdraw", account, {"reason": "sent_in_error"}))
        op, who, body = chance.choice(bad)
        await self._caller.ask(self._caller.want(op, who, f"{REFERRALS}/{ref}/{op}", body, about=ref, bad=True))

    async def _move(self, account: str, op: str, ref: str, body: Json, chance: Random) -> bool:
        want = self._caller.want(op, account, f"{REFERRALS}/{ref}/{op}", body, about=ref)
        if chance.random() < TWICE_AT_ONCE:
            self._do(self._ask_only(want))
        answer = await self._caller.ask(want)
        await self._think(chance)
        return answer is not None and answer.status == 200

    async def _close(self, account: str, case: str, chance: Random) -> None:
        """End a case whose service ended; refused while another referral of it is live, or closed otherwise before."""
        await self._think(chance)
        path, body = f"{CASES}/{case}/close", requests.close(chance)
        if chance.random() < BAD:
            stranger = chance.choice([name for name in self._world.workers.values() if name != account])
            await self._caller.ask(self._caller.want("close", stranger, path, body, about=case, bad=True))
        await self._caller.ask(self._caller.want("close", account, path, body, about=case))

    async def _ask_again(self, account: str, frame: Json, chance: Random) -> None:
        await self._think(chance)
        declined = await self._caller.see(account, f"{REFERRALS}/{frame['subject']}")
        if not declined:
            return
        serving = self._world.serving.get((declined["unit"], declined["need"]), ())
        if not serving:
            return  # what nobody here serves was never theirs to ask for
        others = [code for code in serving if code not in (declined["receiver"], declined["sender"])]
        receiver = chance.choice(others or list(serving))
        body = {"case": frame["case"], "need": declined["need"], "receiver": receiver}
        await self._caller.ask(self._caller.want("send", account, REFERRALS, body, about=frame["case"]))
