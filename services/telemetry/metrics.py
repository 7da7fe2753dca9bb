"""Every metric of the house, named once. A label holds a room, topic, route pattern or code, never a reference."""

from prometheus_client import Counter, Gauge, Histogram

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
ALERT_SECONDS = (0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 15.0, 60.0, 300.0, 3600.0)

LAG_SECONDS = Gauge("spis_lag_seconds", "Age of the oldest event not yet heard", ["room", "topic"])
LAG_RECORDS = Gauge("spis_lag_records", "Events of a topic that this room has not yet heard", ["room", "topic"])
OUTBOX_OLDEST_SECONDS = Gauge(
    "spis_outbox_oldest_seconds", "Age of the oldest announcement not yet published", ["room"]
)
PARKED = Gauge("spis_parked", "Events parked because they broke their contract or met a bug", ["room"])
OLDEST_PARKED_SECONDS = Gauge("spis_oldest_parked_seconds", "Age of the oldest parked event", ["room"])
HELD = Gauge("spis_held", "Events held until an earlier one of their key arrives", ["room"])
FENCED = Counter("spis_fenced_total", "Batches given up because another reader had taken over", ["room"])
LOSS_ALARMS = Gauge("spis_loss_alarms", "Places where this room knows that events are missing now", ["room"])
LOSS = Counter("spis_loss_total", "Events known to be missing, by the hop that lost them", ["room", "hop"])
REFUSED = Counter("spis_refused_total", "Commands that the rules refused", ["room", "code"])
PACED = Counter("spis_paced_total", "Requests refused because there were too many of a kind", ["room", "kind"])
WALKS_STOPPED = Counter("spis_walks_stopped_total", "Accounts stopped that tried reference after reference", ["room"])
HEARD = Counter("spis_heard_total", "Events heard, wanted or not", ["room", "topic"])
PUBLISHED = Counter("spis_published_total", "Announcements published", ["room", "topic"])
REPEATS_DROPPED = Counter("spis_repeats_dropped_total", "Events heard before and dropped", ["room", "topic"])
LIVE_DRIFT = Gauge("spis_live_drift", "By how much the live counts were wrong when they were last set right", ["room"])
LIVE_SKIPPED = Counter("spis_live_skipped_total", "Records that the live counts could not read", ["room", "topic"])
OPEN_STREAMS = Gauge("spis_open_streams", "Live streams open at this process", ["room"])
UNSEALED_SECONDS = Gauge("spis_access_log_unsealed_seconds", "Age of the oldest entry without its seal", ["room"])
ALERT_LATENCY_SECONDS = Histogram(
    "spis_alert_latency_seconds", "From a cause's recording to its alert", ["room"], buckets=ALERT_SECONDS
)
HTTP_REQUEST_SECONDS = Histogram(
    "spis_http_request_seconds", "Time to answer a request", ["room", "route", "method", "status"], buckets=SECONDS
)
