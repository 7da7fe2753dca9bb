"""The dashboard of an event's journey: how much happens, how long each hop takes, and who is behind."""

from deploy.grafana.panel import Board, Unit, one, quantiles

JOURNEY = Board(
    "spis-journey",
    "The journey",
    "How much happens, how long each hop takes, and who is behind.",
    (
        (
            "Traffic",
            (
                one(
                    "Requests",
                    "Requests answered each second by each room's api.",
                    Unit.REQUESTS,
                    "sum by (room) (rate(spis_http_requests_total[$__rate_interval]))",
                    "{{room}}",
                ),
                one(
                    "Announcements",
                    "What each room has said, each second: the events that leave its database.",
                    Unit.EACH_SECOND,
                    "sum by (room) (rate(spis_published_total[$__rate_interval]))",
                    "{{room}}",
                ),
                one(
                    "Requests that fail",
                    "The share of requests that end with a 5xx; one in a thousand is what a month allows.",
                    Unit.SHARE,
                    'sum by (room) (rate(spis_http_requests_total{status=~"5.."}[$__rate_interval]) or 0 * '
                    "rate(spis_http_requests_total[$__rate_interval])) "
                    "/ sum by (room) (rate(spis_http_requests_total[$__rate_interval]))",
                    "{{room}}",
                ),
            ),
        ),
        (
            "What was not done",
            (
                one(
                    "Refused by the rules",
                    "Commands that the rules refused, each second, by code: an answer, not a failure.",
                    Unit.EACH_SECOND,
                    "sum by (room, code) (rate(spis_refused_total[$__rate_interval]))",
                    "{{room}} {{code}}",
                ),
            ),
        ),
        (
            "Hop by hop",
            (
                quantiles(
                    "1. Request to commit", "How long callers wait for each room.", "spis_http_request_seconds", "room"
                ),
                quantiles(
                    "2. Commit to topic",
                    "From a commit until Kafka has it, the oldest of each batch: the relay.",
                    "spis_publish_seconds",
                    "room",
                ),
                quantiles(
                    "3. Topic to effect",
                    "From Kafka until another room has kept what it means, the oldest of each batch: the consumer.",
                    "spis_hear_seconds",
                    "room",
                ),
                quantiles(
                    "4. Cause to alert",
                    "From what happened until it lies on a desk. Two seconds are promised for 99 of 100.",
                    "spis_alert_latency_seconds",
                    "room",
                ),
            ),
        ),
        (
            "Who is behind",
            (
                one(
                    "Lag",
                    "Age of the oldest event that a room has not heard; it should stay near nothing.",
                    Unit.SECONDS,
                    "max by (room, topic) (spis_lag_seconds)",
                    "{{room}} ← {{topic}}",
                ),
                one(
                    "Oldest unpublished",
                    "How long the oldest announcement has waited for Kafka.",
                    Unit.SECONDS,
                    "max by (room) (spis_outbox_oldest_seconds)",
                    "{{room}}",
                ),
            ),
        ),
    ),
)
