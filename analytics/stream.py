"""The stream: listens with Faust to what is said, and hands every record on. Nothing else in the house imports Faust.

Faust takes an event for done whose handler failed, and may tell one twice: whoever listens must be able to lose it all.
So it keeps no table, makes no topic and writes nothing to Kafka but how far it has come.
"""

import os
import ssl
import tempfile
from collections.abc import AsyncIterable, Callable, Iterable
from pathlib import Path
from typing import Any

import faust
import structlog
from faust.auth import Credentials, SASLCredentials, SSLCredentials

from services.bus.heard import Arrived
from services.bus.kafka import HEARTBEAT_MS, REQUEST_MS_MAX, SESSION_MS, KafkaSettings

GROUP = "spis.analytics.stream"
COMMIT_SECONDS = 2.0
NEVER_SECONDS = 86_400.0
"""Faust warns of streams in which nobody says anything; an idle house is in order."""

log = structlog.get_logger()


def stream(
    kafka: KafkaSettings, topics: Iterable[str], hear: Callable[[Arrived], None], assigned: Callable[[], None]
) -> faust.App:
    """Listens to topics once started: `hear` is given every record, `assigned` is called once there are any to read."""
    options = kafka.client_options(GROUP)
    app = faust.App(
        GROUP,
        broker=[f"kafka://{server}" for server in kafka.servers.split(",")],
        broker_client_id=GROUP,
        broker_credentials=_credentials(kafka, options.get("ssl_context")),
        broker_session_timeout=SESSION_MS / 1000,
        broker_heartbeat_interval=HEARTBEAT_MS / 1000,
        broker_request_timeout=REQUEST_MS_MAX / 1000,
        broker_commit_interval=COMMIT_SECONDS,
        consumer_auto_offset_reset="earliest",
        processing_guarantee="at_least_once",
        stream_processing_timeout=NEVER_SECONDS,
        broker_commit_livelock_soft_timeout=NEVER_SECONDS,
        stream_wait_empty=False,
        store="memory://",
        datadir=str(Path(tempfile.gettempdir()) / f"spis-stream-{os.getuid()}"),
        autodiscover=False,
        topic_allow_declare=False,
        topic_disable_leader=True,
        web_enabled=False,
    )
    said = app.topic(*topics, key_type=bytes, value_type=bytes, key_serializer="raw", value_serializer="raw")

    async def listen(events: Any) -> None:
        async for event in _records(events):
            try:
                hear(event)
            except Exception as error:  # one record's fault must not end what listens to all others
                log.error("record_not_counted", topic=event.topic, partition=event.partition, exc_info=error)

    app.agent(said, concurrency=1)(listen)
    app.on_partitions_assigned.connect(lambda *_, **__: assigned(), weak=False)
    return app


async def _records(events: Any) -> AsyncIterable[Arrived]:
    async for event in events.events():
        it = event.message
        headers = tuple((name, value or b"") for name, value in it.headers or ())
        yield Arrived(it.topic, it.partition, it.offset, it.key, it.value, headers)


def _credentials(kafka: KafkaSettings, context: ssl.SSLContext | None) -> Credentials | None:
    if kafka.sasl:
        return SASLCredentials(username=kafka.user, password=kafka.password, mechanism=kafka.sasl, ssl_context=context)
    return SSLCredentials(context) if context else None
