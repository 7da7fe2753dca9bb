"""What only this room can measure: which referrals are owed an answer, for how long, and how far their silence climbed.

By coordinating unit, which is who answers for silence; a referral itself is never a label.
"""

from collections import Counter as Tally
from collections.abc import Iterable
from typing import Any

from prometheus_client import Counter, Gauge

from referral.words import Escalated, Event
from services.contracts.units import UnitTree
from services.runtime.room import Surroundings

OWED = Gauge(
    "spis_referrals_owed",
    "Referrals that are owed an answer, by how long it is overdue",
    ["room", "coordinating", "overdue"],
)
OLDEST_OWED_SECONDS = Gauge(
    "spis_oldest_silence_seconds",
    "For how long the oldest answer is overdue; 0 while none is",
    ["room", "coordinating"],
)
PAST_LAST_STEP = Gauge(
    "spis_referrals_past_last_step",
    "Referrals still silent after the top of their ladder was called",
    ["room", "coordinating"],
)
ESCALATIONS = Counter("spis_escalations_total", "Steps that silence climbed", ["room", "coordinating", "step"])
BANDS = ("no", "to_a_day", "to_a_week", "longer")


def coordinating(tree: UnitTree, unit: str) -> str:
    """Who answers for silence in a unit first."""
    return tree.path_up(unit)[0].code if unit in tree else unit


def count_escalations(room: str, tree: UnitTree, unit: str, events: Iterable[Event]) -> None:
    """Count the steps that the silence of a referral of a unit has just climbed."""
    for event in events:
        if isinstance(event, Escalated):
            ESCALATIONS.labels(room, coordinating(tree, unit), str(event.step)).inc()


async def measure(around: Surroundings) -> None:
    """Show what is owed now, and no longer what was answered."""
    show(around.room, around.policy.units, await around.database.read("owed", around.clock.now()))


def show(room: str, tree: UnitTree, rows: Iterable[Any]) -> None:
    """Add up what the municipalities below each coordinating unit are owed."""
    owed: Tally[tuple[str, str]] = Tally()
    past: Tally[str] = Tally()
    oldest: dict[str, float] = {}
    for row in rows:
        above = coordinating(tree, row["unit"])
        owed.update({(above, band): row[band] for band in BANDS})
        if row["unit"] in tree and row["step"] > len(tree.path_up(row["unit"])):
            past[above] += row["number"]
        oldest[above] = max(oldest.get(above, 0.0), row["seconds"])
    for gauge in (OWED, PAST_LAST_STEP, OLDEST_OWED_SECONDS):
        gauge.clear()
    for (above, band), number in owed.items():
        OWED.labels(room, above, band).set(number)
    for above, seconds in oldest.items():
        PAST_LAST_STEP.labels(room, above).set(past[above])
        OLDEST_OWED_SECONDS.labels(room, above).set(seconds)
