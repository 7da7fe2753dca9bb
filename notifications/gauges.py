"""What only this room can measure: how fast alerts come, what becomes of them, and which of them nobody acknowledged.

By severity, and by the municipality of the case: an alert itself is never a label.
"""

from collections.abc import Iterable
from typing import Any

from prometheus_client import Counter, Gauge, Histogram

from services.runtime.room import Surroundings
from services.telemetry.metrics import HOP_SECONDS

ALERT_LATENCY_SECONDS = Histogram(
    "spis_alert_latency_seconds", "From a cause's recording to its alert", ["room"], buckets=(*HOP_SECONDS, 3600.0)
)
ALERT_CHANGES = Counter(
    "spis_alert_changes_total", "Changes of alerts, by what happened", ["room", "change", "severity"]
)
UNACKNOWLEDGED = Gauge(
    "spis_unacknowledged_alerts",
    "Alerts that somebody must acknowledge and nobody has, by how long that is overdue",
    ["room", "unit", "severity", "overdue"],
)
OVERDUE_SECONDS = Gauge(
    "spis_unacknowledged_overdue_seconds",
    "For how long the oldest of them should have been acknowledged; 0 while none is late",
    ["room", "unit", "severity"],
)
BANDS = ("no", "to_an_hour", "to_a_day", "longer")


async def measure(around: Surroundings) -> None:
    """Show which alerts wait for somebody now, and no longer those that do not."""
    show(around.room, await around.database.read("unacknowledged", around.clock.now()))


def show(room: str, rows: Iterable[Any]) -> None:
    """Show what the rows say, and nothing of what they said before."""
    UNACKNOWLEDGED.clear()
    OVERDUE_SECONDS.clear()
    for row in rows:
        place = (room, row["unit"], row["severity"])
        OVERDUE_SECONDS.labels(*place).set(row["seconds"])
        for band in BANDS:
            UNACKNOWLEDGED.labels(*place, band).set(row[band])
