"""What only this room measures: reports nobody screened, the seals of its log, and what is wrong with vault and keys.

By municipality at the widest; no person, report or account is ever a label.
"""

from prometheus_client import Counter, Gauge

from services.runtime.room import Surroundings

UNSCREENED = Gauge("spis_unscreened_reports", "Reports nobody has decided, by age", ["room", "unit", "age"])
UNSCREENED_SECONDS = Gauge(
    "spis_oldest_unscreened_seconds", "Age of the oldest report that nobody has decided", ["room", "unit", "danger"]
)
UNSEALED_SECONDS = Gauge("spis_access_log_unsealed_seconds", "Age of the oldest entry without its seal", ["room"])
VAULT_TROUBLES = Counter("spis_vault_troubles_total", "What went wrong with seals and keys", ["room", "trouble"])
BANDS = ("to_an_hour", "to_a_day", "longer")
TROUBLES = (
    "agency_key_retired",
    "agency_key_unknown",
    "agency_key_unfit",
    "keys_away",
    "key_lost",
    "keys_schema",
    "seal_broken",
)


def trouble(what: str) -> None:
    """Count one trouble of the vault or its keys."""
    VAULT_TROUBLES.labels("intake", what).inc()


for _what in TROUBLES:  # there from the start, so that the first of its kind is seen as a rise
    VAULT_TROUBLES.labels("intake", _what)


async def measure(around: Surroundings) -> None:
    """Show which reports wait for a decision now, and no longer those that do not."""
    rows = await around.database.read("unscreened", around.clock.now())
    UNSCREENED.clear()
    UNSCREENED_SECONDS.clear()
    for row in rows:
        for band in BANDS:
            UNSCREENED.labels(around.room, row["unit"], band).set(row[band])
        UNSCREENED_SECONDS.labels(around.room, row["unit"], "no").set(row["calm_seconds"])
        UNSCREENED_SECONDS.labels(around.room, row["unit"], "yes").set(row["danger_seconds"])
