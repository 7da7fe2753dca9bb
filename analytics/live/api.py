"""The live counts over HTTP: what is being said in a place and everything below it, by quarters of an hour."""

from collections.abc import Iterable
from datetime import datetime
from itertools import groupby
from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import Field

from analytics.api import Seeing, UnitCode
from analytics.live.tally import KEPT, WINDOW, window_of
from analytics.replies import Answer
from services.contracts.codes import LiveCount
from services.contracts.policy import Policy
from services.http.calls import Call
from services.security.rights import Record

SURGES_MAX = 50


class LiveWindow(Answer):
    """One quarter of an hour in which something was said."""

    starts: datetime
    count: int


class LiveLine(Answer):
    """What was said of one kind, for one need or for any."""

    what: LiveCount
    need: Annotated[str | None, Field(description="Null: whatever the need was", examples=["speech_therapy"])]
    count: int
    windows: list[LiveWindow]


class SurgeLine(Answer):
    """Far more of one kind within a time than is usual there."""

    surge: Annotated[str, Field(examples=["S-5KZT8-WM2QD-HB7RX-4"])]
    unit: str
    what: LiveCount
    need: Annotated[str | None, Field(description="Null: whatever the need was")]
    count: int
    usual: int
    window_starts: datetime
    window_ends: datetime
    detected_at: datetime


class LiveCounts(Answer):
    """What was said within the last day in a unit and everything below it, as far as it was heard."""

    unit: str
    units: Annotated[int, Field(description="Over how many units it was counted")]
    first: Annotated[datetime, Field(alias="from", description="When the first window counted begins")]
    window_minutes: int
    age_seconds: Annotated[
        float | None,
        Field(description="How long ago the counts were last known to be complete; null before they ever were"),
    ]
    counts: list[LiveLine]
    surges: Annotated[list[SurgeLine], Field(description="The newest first")]


def counts(addresses: APIRouter, policy: Policy) -> None:
    """Add the address of the live counts to those of the room."""

    @addresses.get("/live")
    async def live(call: Seeing, unit: UnitCode) -> LiveCounts:
        """What is being said now: for those who work with it, exact, and never needed for a child to be safe."""
        call.allow(Record(policy.units.unit(unit).code))
        return await live_counts(call, unit, policy)


async def live_counts(call: Call, unit: str, policy: Policy) -> LiveCounts:
    """The live counts of a unit that a caller was allowed to see."""
    units = [each.code for each in policy.units if policy.units.is_within(each.code, unit)]
    first = window_of(call.stamp.now - KEPT)
    rows = await call.database.read("live_counts", units, first)
    pulse = await call.database.read_row("live_pulse")
    return LiveCounts(
        unit=unit,
        units=len(units),
        first=first,
        window_minutes=int(WINDOW.total_seconds() // 60),
        age_seconds=round(pulse["seconds"], 1) if pulse else None,
        counts=lines(rows),
        surges=[_surge(row) for row in await call.database.read("surges", units, first, SURGES_MAX)],
    )


def lines(rows: Iterable[Any]) -> list[LiveLine]:
    """The counts of windows, in order, as one line for each kind and need."""
    found = []
    for (what, need), windows in groupby(rows, key=lambda row: (row["what"], row["need"])):
        counted = [LiveWindow(starts=row["starts"], count=row["count"]) for row in windows]
        total = sum(window.count for window in counted)
        found.append(LiveLine(what=LiveCount(what), need=need or None, count=total, windows=counted))
    return found


def _surge(row: Any) -> SurgeLine:
    columns = dict(row)
    return SurgeLine(what=columns.pop("indicator"), need=columns.pop("need") or None, **columns)
