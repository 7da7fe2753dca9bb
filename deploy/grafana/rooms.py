"""A dashboard for each room: what is the same for all of them, and what only one of them does."""

from deploy.grafana.panel import Board, Form, Panel, Unit, one, quantiles
from deploy.house.layout import ROOMS


def answering(room: str) -> tuple[Panel, ...]:
    """How a room answers people and machines."""
    here = f'room="{room}"'
    return (
        one(
            "Requests",
            "Requests answered each second, by status: 4xx is an answer, 5xx a failure of ours.",
            Unit.REQUESTS,
            f"sum by (status) (rate(spis_http_requests_total{{{here}}}[$__rate_interval]))",
            "{{status}}",
        ),
        quantiles("Time to answer", "How long each route takes.", "spis_http_request_seconds", "route", here),
    )


def hearing(room: str) -> tuple[Panel, ...]:
    """How a room hears the others and is heard."""
    here = f'room="{room}"'
    return (
        one(
            "Lag",
            "Age of the oldest event of each topic that this room has not heard.",
            Unit.SECONDS,
            f"max by (topic) (spis_lag_seconds{{{here}}})",
            "{{topic}}",
        ),
        one(
            "Heard",
            "Events heard each second, by topic.",
            Unit.EACH_SECOND,
            f"sum by (topic) (rate(spis_heard_total{{{here}}}[$__rate_interval]))",
            "{{topic}}",
        ),
        one(
            "Rows that wait",
            "Unpublished, parked and held rows together: it should be nothing.",
            Unit.NUMBER,
            f"max(spis_outbox_rows{{{here}}}) + max(spis_parked{{{here}}}) + max(spis_held{{{here}}})",
            "waiting",
        ),
    )


OWN: dict[str, tuple[Panel, ...]] = {
    "intake": (
        one(
            "Vault and keys",
            "What went wrong with seals and keys since the processes began. Anything above nothing calls somebody.",
            Unit.NUMBER,
            "sum by (trouble) (spis_vault_troubles_total)",
            "{{trouble}}",
            Form.NUMBER,
        ),
        one(
            "Access log",
            "For how long the oldest entry on who looked has had no seal; one second is usual.",
            Unit.SECONDS,
            "max(spis_access_log_unsealed_seconds)",
            "unsealed",
        ),
        one(
            "Reports that wait",
            "Reports nobody has decided, in the whole country, by age.",
            Unit.NUMBER,
            "sum by (age) (max by (unit, age) (spis_unscreened_reports))",
            "{{age}}",
            Form.BARS,
        ),
    ),
    "referral": (
        one(
            "Owed answers",
            "Referrals nobody answered yet, in the whole country, by how long the answer is overdue.",
            Unit.NUMBER,
            "sum by (overdue) (max by (coordinating, overdue) (spis_referrals_owed))",
            "overdue: {{overdue}}",
            Form.BARS,
        ),
        one(
            "Silence that climbed",
            "Steps that silence climbed since the worker began.",
            Unit.NUMBER,
            "sum by (step) (spis_escalations_total)",
            "step {{step}}",
            Form.BARS,
        ),
    ),
    "notifications": (
        one(
            "What becomes of alerts",
            "Alerts raised, acknowledged, escalated and resolved, each second.",
            Unit.EACH_SECOND,
            "sum by (change) (rate(spis_alert_changes_total[$__rate_interval]))",
            "{{change}}",
        ),
        quantiles(
            "Cause to alert",
            "From what happened until it lies on a desk. Two seconds are promised for 99 of 100.",
            "spis_alert_latency_seconds",
            "room",
        ),
        one(
            "Open streams",
            "Browsers and systems that hear alerts live.",
            Unit.NUMBER,
            "sum(spis_open_streams)",
            "streams",
        ),
    ),
    "analytics": (
        one(
            "Drift of the live counts",
            "By how much the live counts were wrong when the facts last set them right. No published figure is theirs.",
            Unit.NUMBER,
            "max(spis_live_drift)",
            "drift",
        ),
        one(
            "Live counts set right",
            "How long ago the live counts were last compared with the facts; a minute is usual.",
            Unit.SECONDS,
            "time() - max(spis_live_reconciled_timestamp_seconds)",
            "ago",
        ),
    ),
}

ROOM_BOARDS = tuple(
    Board(
        f"spis-{room}",
        room.capitalize(),
        f"How {room} answers, hears and is heard, and what only this room does.",
        (("Only here", OWN[room]), ("Answering", answering(room)), ("Hearing", hearing(room))),
    )
    for room in ROOMS
)
