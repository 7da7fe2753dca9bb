"""Records that break their contract, put on a topic by a stranger: the house must set each aside and go on."""

import asyncio
from datetime import UTC, datetime

import structlog
from aiokafka.errors import KafkaError

from services.bus.kafka import KafkaSettings, producer
from services.contracts.catalog import CATALOG
from services.contracts.envelope import Envelope, encode
from tests.ledger.record import Recorder

SEND_SECONDS_MAX = 10.0
STOP_SECONDS_MAX = 3.0
STRANGER = "/stranger"

log = structlog.get_logger()


class Poisoner:
    """Puts poison on topics, by turns with a body and with headers that cannot be read."""

    def __init__(self, servers: str, recorder: Recorder) -> None:
        self._settings = KafkaSettings(servers=servers)
        self._recorder = recorder
        self._numbers = 0

    async def put(self, topic: str) -> None:
        """Put one record there; noted before it is sent, because the answer may be lost."""
        self._numbers += 1
        name = f"poison-{self._numbers}"
        self._recorder.note("poison", id=name, topic=topic)
        key, value, headers = encode(_envelope(name, topic))
        if self._numbers % 2 == 0:
            headers = [("ce_id", name.encode())]
        client = producer(self._settings, "ledger-stranger")
        try:
            async with asyncio.timeout(SEND_SECONDS_MAX):
                await client.start()
                await client.send_and_wait(topic, value=value, key=key, headers=headers)
        except (KafkaError, TimeoutError, OSError) as error:
            log.info("poison_unsure", error=type(error).__name__)
        finally:
            try:
                async with asyncio.timeout(STOP_SECONDS_MAX):
                    await client.stop()
            except (KafkaError, TimeoutError):
                log.info("stranger_left_behind")


def _envelope(name: str, topic: str) -> Envelope:
    """A well-formed envelope around a body that breaks its contract."""
    now = datetime.now(UTC)
    return Envelope(
        id=name,
        source=STRANGER,
        type=next(entry.type for entry in CATALOG if entry.topic.name == topic),
        subject=name,
        key=name,
        sequence=1,
        incarnation=1,
        time=now,
        recorded_time=now,
        correlation_id=name,
        unit="NOWHERE",
        traceparent=None,
        data=b'{"invented": "this is not what the contract promises"}',
    )
