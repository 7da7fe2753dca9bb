"""The dashboard of what waits, what was set aside, what is missing, and how large everything is."""

from deploy.grafana.panel import Board, Form, Unit, one

STREAMS = Board(
    "spis-streams",
    "Streams and storage",
    "What waits, what was set aside, what is missing, and how large everything is.",
    (
        (
            "Missing and set aside",
            (
                one(
                    "Loss alarms",
                    "Places where a room knows that events are missing now. Anything above nothing calls somebody.",
                    Unit.NUMBER,
                    "max by (room) (spis_loss_alarms)",
                    "{{room}}",
                    Form.NUMBER,
                ),
                one(
                    "Parked",
                    "Events set aside because they broke their contract or met a bug.",
                    Unit.NUMBER,
                    "max by (room) (spis_parked)",
                    "{{room}}",
                    Form.NUMBER,
                ),
                one(
                    "Held",
                    "Events that wait for an earlier one of their key.",
                    Unit.NUMBER,
                    "max by (room) (spis_held)",
                    "{{room}}",
                    Form.NUMBER,
                ),
                one(
                    "Oldest parked",
                    "How long the oldest parked event has waited for a person.",
                    Unit.SECONDS,
                    "max by (room) (spis_oldest_parked_seconds)",
                    "{{room}}",
                ),
            ),
        ),
        (
            "Streams",
            (
                one(
                    "Heard",
                    "Events each room heard, each second, wanted or not.",
                    Unit.EACH_SECOND,
                    "sum by (room) (rate(spis_heard_total[$__rate_interval]))",
                    "{{room}}",
                ),
                one(
                    "Behind",
                    "Events of each topic that a room has not heard yet.",
                    Unit.NUMBER,
                    "sum by (room, topic) (spis_lag_records)",
                    "{{room}} ← {{topic}}",
                ),
                one(
                    "Unpublished",
                    "Announcements that wait for Kafka.",
                    Unit.NUMBER,
                    "max by (room) (spis_outbox_rows)",
                    "{{room}}",
                ),
                one(
                    "Loop",
                    "For how long the loop that hears has not turned; at thirty seconds the process ends itself.",
                    Unit.SECONDS,
                    'max by (room, process) (spis_loop_idle_seconds{process=~"worker|stream"})',
                    "{{room}} {{process}}",
                ),
            ),
        ),
        (
            "Storage and processes",
            (
                one(
                    "Databases",
                    "Size of each room's database.",
                    Unit.BYTES,
                    "max by (room) (spis_database_bytes)",
                    "{{room}}",
                ),
                one(
                    "Memory",
                    "What each process holds in memory.",
                    Unit.BYTES,
                    'sum by (room, process) (process_resident_memory_bytes{job="spis"})',
                    "{{room}} {{process}}",
                ),
                one(
                    "Up",
                    "Whether each process answers: 1 yes, 0 no.",
                    Unit.NUMBER,
                    'min by (room, process) (up{job="spis"})',
                    "{{room}} {{process}}",
                    Form.NUMBER,
                ),
                one(
                    "Measured",
                    "How old what a room says of its own rows is; above half a minute its database is away.",
                    Unit.SECONDS,
                    "time() - max by (room) (spis_measured_timestamp_seconds)",
                    "{{room}}",
                ),
            ),
        ),
    ),
)
