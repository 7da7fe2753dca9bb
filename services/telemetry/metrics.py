"""Figures of every process; a room's own stand in its gauges.py. Labels are codes, a municipality at the widest."""

from prometheus_client import Counter, Gauge, Histogram, disable_created_metrics

# A page promises 20 ms of ours; an event is on its desk within two seconds, and a loss is known within a minute.
PAGE_SECONDS = (0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
HOP_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 15.0, 60.0, 300.0)
disable_created_metrics()  # nobody asks when a figure was born, and telling doubles what a scrape costs

OF_ROWS = {
    "outbox_oldest_seconds": Gauge("spis_outbox_oldest_seconds", "Age of the oldest unpublished row", ["room"]),
    "outbox_rows": Gauge("spis_outbox_rows", "Announcements not yet published", ["room"]),
    "parked": Gauge("spis_parked", "Events parked because they broke their contract or met a bug", ["room"]),
    "oldest_parked_seconds": Gauge("spis_oldest_parked_seconds", "Age of the oldest parked event", ["room"]),
    "held": Gauge("spis_held", "Events held until an earlier one of their key arrives", ["room"]),
    "database_bytes": Gauge("spis_database_bytes", "Size of the room's database", ["room"]),
    "measured": Gauge("spis_measured_timestamp_seconds", "When these figures of the rows were measured", ["room"]),
}
LAG_SECONDS = Gauge("spis_lag_seconds", "Age of the oldest event not yet heard", ["room", "topic"])
LAG_RECORDS = Gauge("spis_lag_records", "Events of a topic that this room has not yet heard", ["room", "topic"])
OVERDUE_SECONDS = Gauge("spis_overdue_seconds", "For how long the oldest appointment was not kept", ["room"])
IDLE_SECONDS = Gauge("spis_loop_idle_seconds", "For how long the loop that hears has not turned")
FENCED = Counter("spis_fenced_total", "Batches given up because another reader had taken over", ["room"])
LOSS_ALARMS = Gauge("spis_loss_alarms", "Places where this room knows that events are missing now", ["room"])
LOSS = Counter("spis_loss_total", "Events known to be missing, by the hop that lost them", ["room", "hop"])
REFUSED = Counter("spis_refused_total", "Commands that the rules refused", ["room", "code"])
PACED = Counter("spis_paced_total", "Requests refused because there were too many of a kind", ["room", "kind"])
WALKS_STOPPED = Counter("spis_walks_stopped_total", "Accounts stopped that tried reference after reference", ["room"])
HEARD = Counter("spis_heard_total", "Events heard, wanted or not", ["room", "topic"])
PUBLISHED = Counter("spis_published_total", "Announcements published", ["room", "topic"])
REPEATS_DROPPED = Counter("spis_repeats_dropped_total", "Events heard before and dropped", ["room", "topic"])
OPEN_STREAMS = Gauge("spis_open_streams", "Live streams open at this process", ["room"])
PUBLISH_SECONDS = Histogram("spis_publish_seconds", "Commit to topic, a batch's oldest", ["room"], buckets=HOP_SECONDS)
HEAR_SECONDS = Histogram("spis_hear_seconds", "Topic to effect, a batch's oldest", ["room"], buckets=HOP_SECONDS)
HTTP_REQUEST_SECONDS = Histogram("spis_http_request_seconds", "Time to answer", ["room", "route"], buckets=PAGE_SECONDS)
HTTP_REQUESTS = Counter("spis_http_requests_total", "Requests answered", ["room", "route", "method", "status"])
