"""Takes up releases that were asked for, one after the other: counts, has them judged, and publishes or refuses them.

A release under way is a row: whoever finds it after its process ended begins it anew, and nothing is published twice.
"""

import asyncio
import sys
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import structlog

from analytics.indicator import IndicatorCatalogue
from analytics.release.book import Edition, newest_inside
from analytics.release.counted import INSTITUTION, Counted, added, breakdowns_of, nothing_of, table_of
from analytics.release.days import days_between
from analytics.release.edition_json import printed, read, written
from analytics.release.judging import answer, question
from analytics.release.sensitive import Rule
from analytics.release.table import Table
from services.contracts.failures import Refused, Unavailable
from services.contracts.units import UnitTree
from services.storage.database import Database
from services.storage.stamp import Stamp
from services.storage.work import Work

BELL = "releases"
WAIT_SECONDS = 2.0
JUDGE_SECONDS_MAX = 900.0
TRIES_MAX = 5
HOUSE = Path(__file__).parents[2]

log = structlog.get_logger()


class Press:
    """Publishes what was asked for; where several run, one works and the others pass."""

    def __init__(
        self,
        database: Database,
        indicators: IndicatorCatalogue,
        tree: UnitTree,
        rule: Rule,
        now: Callable[[], datetime],
    ) -> None:
        self._database = database
        self._indicators = indicators
        self._tree = tree
        self._rule = rule
        self._now = now

    async def run(self, stop: asyncio.Event) -> None:
        """Publish until `stop`; a database that is away is waited for."""
        while not stop.is_set():
            settled = False
            try:
                settled = await self.turn()
            except Unavailable:
                log.warning("releases_wait")
            except Exception as error:  # releasing must not end what else the worker does
                log.error("releasing_failed", exc_info=error)
            if not settled:
                await self._database.doorbell.wait(BELL, WAIT_SECONDS)

    async def turn(self) -> bool:
        """Settle the release that waits longest; whether there was one and nobody else had it."""
        if await self._database.read_row("release_waiting") is None:
            return False
        async with self._database.pool.acquire() as conn:
            if not await conn.fetchval(self._database.statements["press_alone"]):
                return False
            try:
                asked = await self._database.read_row("release_waiting")
                if asked is not None:
                    await self._settle(asked)
                return asked is not None
            finally:
                await conn.execute(self._database.statements["press_ended"])

    async def _settle(self, asked: Any) -> None:
        await self._transact(lambda work: work.change("release_begun", asked["release"]))
        try:
            if asked["tries"] >= TRIES_MAX:
                raise Refused(
                    "failed", f"judging it broke off {TRIES_MAX} times: whoever runs the house finds why in the log"
                )
            editions = [(code, await self._judged(code, asked)) for code in asked["indicators"]]
        except Refused as refusal:
            why = refusal.code, refusal.detail
            await self._transact(lambda work: work.change("release_refused", asked["release"], self._now(), *why))
            log.info("release_refused", code=refusal.code)
            return

        def publish(work: Work) -> None:
            for code, edition in editions:
                days = edition.first, edition.last
                work.change("keep_edition", asked["release"], code, *days, written(edition))
                work.change("print_cells", asked["release"], code, printed(edition))
            work.change("release_published", asked["release"], self._now(), self._rule.smallest)

        await self._transact(publish)
        log.info("released", count=len(editions))

    async def _judged(self, code: str, asked: Any) -> Edition:
        """One indicator of a release, with what it hides."""
        first, last = asked["first"], asked["last"]
        rows = await self._database.read("editions_beside", code, first, last)
        earlier = [read(row["edition"]) for row in rows]
        new = await self._counted(code, first, last, earlier, asked["restated"])
        return await judge(new, earlier, self._rule)

    async def _counted(self, code: str, first: date, last: date, earlier: list[Edition], restated: bool) -> Edition:
        """What was released stays as it was, unless it is restated; only the days between are counted now."""
        plan = [*earlier, Edition(first, last, Table({}, {}))]
        inside = [earlier[place] for place in newest_inside(plan, len(earlier))]
        taken = [(each.first, each.last) for each in inside]
        days = [(first, last)] if restated else days_between(first, last, taken)
        if not days and taken == [(first, last)]:
            raise Refused("released", "this was released already: ask for it restated if more became known since")
        indicator = self._indicators.indicator(code)
        parents = {unit.code: unit.parent_on(last) for unit in self._tree.on(last)}
        counted = await self._database.read(
            "counts_to_release",
            code,
            list(parents),
            [*breakdowns_of(indicator), INSTITUTION],
            [begins for begins, _ in days],
            [ends for _, ends in days],
        )
        fresh = table_of((Counted(**row) for row in counted), indicator, parents)
        before = [nothing_of(each.table) if restated else each.table for each in inside]
        return Edition(first, last, added(before, fresh), exact=not days)

    async def _transact(self, gather: Callable[[Work], None]) -> None:
        async def action(work: Work) -> None:
            gather(work)

        now = self._now()
        await self._database.transact(Stamp(now, "system", f"releasing-{now:%Y%m%d%H%M%S%f}"), action)


async def judge(new: Edition, earlier: list[Edition], rule: Rule) -> Edition:
    """Have a process of its own judge an edition; it is ended when it takes too long or nobody waits any more."""
    line = [sys.executable, "-m", "analytics.release.judging"]
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(*line, cwd=HOUSE, stdin=pipe, stdout=pipe)
    try:
        async with asyncio.timeout(JUDGE_SECONDS_MAX):
            said, _ = await process.communicate(question(new, earlier, rule))
    except TimeoutError as error:
        raise Refused("too_long", f"no proof was found within {JUDGE_SECONDS_MAX:.0f} seconds") from error
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode:
        raise RuntimeError(f"judging ended with {process.returncode}")
    return answer(said)
