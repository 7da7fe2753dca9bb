"""Looks for surges where counts have changed: each is a row, once, and leaves through the outbox with it."""

from collections.abc import Mapping
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

    async def look(self, counts: Mapping[Cell, int], changed: Mapping[Cell, int]) -> None:
        """Tell of every surge around what changed that was not told yet."""
        for stretch in stretches(counts, changed, self._terms):
            told = self._told.get((stretch.unit, stretch.indicator, stretch.need))
            # What this process told itself need not be looked up again; the rows decide what others told.
            if told is None or abs(stretch.ends - told) >= self._terms.quiet:
                await self._tell(stretch)

    async def _tell(self, it: Stretch) -> None:
        async def action(work: Work) -> bool:
            await work.fetch("hold_surges")
            since = it.starts - timedelta(days=self._terms.usual_days)
            row = await work.fetch_row("said_before", TYPE_OF[it.indicator], it.unit, it.need, since, it.starts)
            assert row is not None
            found = surge(it, Before(row["count"], max(row["since"] or it.starts, since)), self._terms)
            if found is None:
                return False
            place = (it.unit, it.indicator.value, it.need, it.starts, it.ends)
            numbers = (it.count, found.usual, work.stamp.now, self._terms.quiet)
            if await work.fetch_row("note_surge", found.ref, *place, *numbers):
                work.say(announce(found, work.stamp.now), fact=f"surge/{found.ref}")
                log.info("surge", unit=it.unit, kind=it.indicator.value)
            return True

        now = self._clock.now()
        stamp = Stamp(now, "system", f"surge-{now:%Y%m%d%H%M%S%f}")
        if await self._database.transact(stamp, action):
            self._told[(it.unit, it.indicator, it.need)] = it.ends
