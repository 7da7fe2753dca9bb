"""Looks for surges where counts have changed: each is a row, once, and leaves through the outbox with it.

Live counts only say where to look: a copy of what the facts hold may be counted for up to a minute. The facts decide.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

import structlog

from analytics.announcements import announce
from analytics.live.tally import COUNTED, Cell
from analytics.surge import Before, Stretch, Terms, stretches, surge
from services.contracts.catalog import BY_EVENT
from services.storage.database import Database
from services.storage.stamp import Clock, Stamp
from services.storage.work import Work

TYPE_OF = {what: BY_EVENT[event].type for event, what in COUNTED.items()}

log = structlog.get_logger()


class Watching:
    """Watches the counts of the house by its terms."""

    def __init__(self, database: Database, clock: Clock, terms: Terms) -> None:
        self._database = database
        self._clock = clock
        self._terms = terms
        self._told: dict[tuple[str, str, str], datetime] = {}
        self.waiting: frozenset[Cell] = frozenset()
        """Where the live counts are ahead of the facts and may be right; looked at again though nothing changes."""

    async def look(self, counts: Mapping[Cell, int], changed: Mapping[Cell, int]) -> None:
        """Tell of every surge around what changed that was not told yet."""
        waiting = set()
        for stretch in stretches(counts, self.waiting | changed.keys(), self._terms):
            told = self._told.get((stretch.unit, stretch.indicator, stretch.need))
            # What this process told itself need not be looked up again; the rows decide what others told.
            if told is not None and abs(stretch.ends - told) < self._terms.quiet:
                continue
            if await self._tell(stretch) < stretch.count:
                waiting.add(Cell(stretch.starts, stretch.unit, stretch.indicator, stretch.need))
        self.waiting = frozenset(waiting)

    async def _tell(self, seen: Stretch) -> int:
        """Tell of a surge if the facts say so too; how many of them lie in the stretch."""

        async def action(work: Work) -> tuple[int, bool]:
            await work.fetch("hold_surges")
            since = seen.starts - timedelta(days=self._terms.usual_days)
            where = (TYPE_OF[seen.indicator], seen.unit, seen.need)
            row = await work.fetch_row("said_around", *where, since, seen.starts, seen.ends)
            assert row is not None
            it = replace(seen, count=row["within"])
            found = surge(it, Before(row["before"], max(row["since"] or it.starts, since)), self._terms)
            if found is None:
                return it.count, False
            place = (it.unit, it.indicator.value, it.need, it.starts, it.ends)
            numbers = (it.count, found.usual, work.stamp.now, self._terms.quiet)
            if await work.fetch_row("note_surge", found.ref, *place, *numbers):
                work.say(announce(found, work.stamp.now), fact=f"surge/{found.ref}")
                log.info("surge", unit=it.unit, kind=it.indicator.value)
            return it.count, True

        now = self._clock.now()
        stamp = Stamp(now, "system", f"surge-{now:%Y%m%d%H%M%S%f}")
        held, is_surge = await self._database.transact(stamp, action)
        if is_surge:
            self._told[(seen.unit, seen.indicator, seen.need)] = seen.ends
        return held
