"""The live counts of one process: every record is counted as it is heard, written as rows, and set right by the facts.

It may be killed at any moment and nothing else notices: its rows are drawn again from the facts when it begins.
"""

import json
import time
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from analytics.gauges import LIVE_DRIFT, LIVE_SKIPPED, RECONCILED
from analytics.live.tally import COUNTED, EPOCH, KEPT, WINDOW, Cell, Facts, Tally, cells_of, window_of
from analytics.live.watching import Watching
from services.bus.checkpoints import CHECKPOINT
from services.bus.heard import Arrived
from services.contracts.catalog import BY_EVENT, parse
from services.contracts.codes import LiveCount
from services.contracts.envelope import decode
from services.contracts.failures import Malformed
from services.storage.database import Database
from services.storage.stamp import Clock, Stamp
from services.storage.work import Work

PULSE_SECONDS = 5.0
SILENT_MAX = 3
"""So often the facts may be ahead of a stream that heard nothing in between; then it is dead and must begin anew."""

TOPICS = tuple({BY_EVENT[event].topic.name: None for event in COUNTED})
TYPES = {BY_EVENT[event].type: what.value for event, what in COUNTED.items()}


class StreamSilent(Exception):
    """The facts went on and the stream did not."""


class Counting:
    """Counts what is said, and writes what changed."""

    def __init__(self, database: Database, clock: Clock, watching: Watching) -> None:
        self._database = database
        self._clock = clock
        self._watching = watching
        self._tally = Tally()
        self._heard = 0
        self._heard_then = 0
        self._silent = 0
        self._is_first = True
        self._wrote_at = 0.0

    def hear(self, arrived: Arrived) -> None:
        """Count a record; one that nobody can read is passed, for the worker parks it where people look."""
        place, self._heard = (arrived.topic, arrived.partition), self._heard + 1
        if self._tally.knows(place, arrived.offset):
            return
        try:
            envelope = decode(arrived.key, arrived.value, arrived.headers)
            if envelope.type == CHECKPOINT:
                self._tally.hear(place, arrived.offset)
                return
            cells = cells_of(parse(envelope), envelope.unit, envelope.recorded_time)
            self._tally.hear(place, arrived.offset, envelope.id, cells)
        except Malformed:
            LIVE_SKIPPED.labels(self._database.room, arrived.topic).inc()
            self._tally.hear(place, arrived.offset)

    async def reconcile(self) -> None:
        """Set the counts right by the facts, and say by how much they were wrong."""
        oldest = window_of(self._clock.now() - KEPT)
        row = await self._database.read_row(
            "live_facts", list(TYPES), list(TYPES.values()), WINDOW, oldest, list(TOPICS)
        )
        assert row is not None
        facts = _facts(json.loads(row["counts"]), json.loads(row["positions"]))
        self._refuse_silence(self._tally.behind(facts.positions))
        drift = self._tally.reconcile(facts, oldest)
        if drift is not None:
            LIVE_DRIFT.labels(self._database.room).set(drift)
        RECONCILED.labels(self._database.room).set_to_current_time()
        if self._is_first:
            # Whatever rows an earlier life left behind: all of them go, and come again from the facts.
            await self._write(dict(self._tally.counts), datetime.max.replace(tzinfo=UTC))
        else:
            await self._write(self._tally.changed(), oldest)
        self._is_first = False

    async def turn(self) -> None:
        """Write what changed since it was written last, and now and then that nothing did."""
        changed, is_due = self._tally.changed(), time.monotonic() - self._wrote_at >= PULSE_SECONDS
        if changed or is_due or self._watching.waiting:
            await self._write(changed, EPOCH)

    def _refuse_silence(self, behind: int) -> None:
        self._silent = self._silent + 1 if behind and self._heard == self._heard_then else 0
        self._heard_then = self._heard
        if self._silent >= SILENT_MAX:
            raise StreamSilent(f"the facts are {behind} records ahead")

    async def _write(self, changed: Mapping[Cell, int], oldest: datetime) -> None:
        rows = [
            {"starts": cell.starts.isoformat(), "unit": cell.unit, "what": cell.what, "need": cell.need, "count": count}
            for cell, count in changed.items()
        ]

        async def action(work: Work) -> None:
            if oldest > EPOCH:
                work.change("forget_live_counts", oldest)
            if rows:
                work.change("keep_live_counts", json.dumps(rows))
            work.change("keep_live_pulse")

        # Told first: whoever sees a number here that the facts hold too may rely on it that a surge in it was told.
        await self._watching.look(self._tally.counts, changed)
        now = self._clock.now()
        await self._database.transact(Stamp(now, "system", f"live-{now:%Y%m%d%H%M%S}"), action)
        self._tally.wrote(changed)
        self._wrote_at = time.monotonic()


def _facts(counts: Iterable[Mapping[str, Any]], positions: Iterable[tuple[str, int, int]]) -> Facts:
    counted = {
        Cell(datetime.fromisoformat(row["starts"]), row["unit"], LiveCount(row["what"]), row["need"]): row["count"]
        for row in counts
    }
    return Facts(counted, {(topic, partition): offset for topic, partition, offset in positions})
