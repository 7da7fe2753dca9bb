"""What only this room can measure: how far its live counts were from the facts, and what they could not read."""

from prometheus_client import Counter, Gauge

LIVE_DRIFT = Gauge("spis_live_drift", "By how much the live counts were wrong when they were last set right", ["room"])
LIVE_SKIPPED = Counter("spis_live_skipped_total", "Records that the live counts could not read", ["room", "topic"])
RECONCILED = Gauge("spis_live_reconciled_timestamp_seconds", "When the live counts were last set right", ["room"])
