"""How this house speaks to Kafka: every option that matters by name, because the library's defaults lose messages."""

import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

REQUEST_MS_MAX = 10_000
SESSION_MS = 6_000
HEARTBEAT_MS = 1_500


@dataclass(frozen=True, slots=True)
class KafkaSettings:
    """Where Kafka is and how to be let in."""

    servers: str
    security: str = "PLAINTEXT"
    ca: str | None = None
    certificate: str | None = None
    key: str | None = None
    sasl: str | None = None
    user: str | None = None
    password: str | None = None
    replication: int = 1

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> "KafkaSettings":
        """Read SPIS_KAFKA and its companions."""
        return cls(
            servers=env["SPIS_KAFKA"],
            security=env.get("SPIS_KAFKA_SECURITY", "PLAINTEXT"),
            ca=env.get("SPIS_KAFKA_CA"),
            certificate=env.get("SPIS_KAFKA_CERT"),
            key=env.get("SPIS_KAFKA_KEY"),
            sasl=env.get("SPIS_KAFKA_SASL"),
            user=env.get("SPIS_KAFKA_USER"),
            password=env.get("SPIS_KAFKA_PASSWORD"),
            replication=int(env.get("SPIS_KAFKA_REPLICATION", "1")),
        )

    def client_options(self, client: str) -> dict[str, Any]:
        """What producers, consumers and the administration have in common."""
        options: dict[str, Any] = {
            "bootstrap_servers": self.servers,
            "client_id": client,
            "request_timeout_ms": REQUEST_MS_MAX,
            "security_protocol": self.security,
        }
        if self.security.endswith("SSL"):
            context = ssl.create_default_context(cafile=self.ca)
            if self.certificate:
                context.load_cert_chain(self.certificate, self.key)
            options["ssl_context"] = context
        if self.security.startswith("SASL"):
            options["sasl_mechanism"] = self.sasl
            options["sasl_plain_username"] = self.user
            options["sasl_plain_password"] = self.password
        return options


def producer(settings: KafkaSettings, client: str) -> AIOKafkaProducer:
    """A producer that repeats nothing within its life and counts only what every replica has."""
    return AIOKafkaProducer(
        **settings.client_options(client),
        acks="all",
        enable_idempotence=True,
        linger_ms=0,
        max_batch_size=131_072,
        max_request_size=1_048_576,
        retry_backoff_ms=100,
    )


def consumer(settings: KafkaSettings, client: str, group: str | None) -> AIOKafkaConsumer:
    """A member of a group that is used for assignment only; positions are kept in the room's database."""
    return AIOKafkaConsumer(
        **settings.client_options(client),
        group_id=group,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        isolation_level="read_committed",
        session_timeout_ms=SESSION_MS,
        heartbeat_interval_ms=HEARTBEAT_MS,
        max_poll_interval_ms=300_000,
        fetch_max_wait_ms=250,
        fetch_min_bytes=1,
        retry_backoff_ms=100,
        metadata_max_age_ms=30_000,
    )
