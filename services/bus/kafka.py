"""How this house speaks to Kafka: every option that matters by name, because the library's defaults lose messages."""

import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from services.contracts.faults import SettingMissing

REQUEST_MS_MAX = 10_000
SESSION_MS = 6_000
HEARTBEAT_MS = 1_500
SECURITY = ("PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL")
SASL = ("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512")


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
    password: str | None = field(default=None, repr=False)
    replication: int = field(default=1, kw_only=True)

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> "KafkaSettings":
        """Read SPIS_KAFKA and its companions; what would let nobody in is refused by name."""
        security = env.get("SPIS_KAFKA_SECURITY") or SECURITY[0]
        _expect(security in SECURITY, "SPIS_KAFKA_SECURITY", f"must be one of {', '.join(SECURITY)}")
        if security.startswith("SASL"):
            _expect(env.get("SPIS_KAFKA_SASL") in SASL, "SPIS_KAFKA_SASL", f"must be one of {', '.join(SASL)}")
            for name in ("SPIS_KAFKA_USER", "SPIS_KAFKA_PASSWORD"):
                _expect(env.get(name), name, f"is not set: {security} needs it")
        for name in ("SPIS_KAFKA_CA", "SPIS_KAFKA_CERT", "SPIS_KAFKA_KEY"):
            _expect(not env.get(name) or Path(env[name]).is_file(), name, "names a file that is not there")
        replication = env.get("SPIS_KAFKA_REPLICATION") or "1"
        _expect(replication.isdecimal() and int(replication), "SPIS_KAFKA_REPLICATION", "must be a number from 1 on")
        _expect(env.get("SPIS_KAFKA"), "SPIS_KAFKA", "is not set: give it bootstrap servers, such as 127.0.0.1:9092")
        told = [env.get(f"SPIS_KAFKA_{name}") or None for name in ("CA", "CERT", "KEY", "SASL", "USER", "PASSWORD")]
        settings = cls(env["SPIS_KAFKA"], security, *told, replication=int(replication))
        try:
            settings.client_options("checked")
        except OSError:
            raise SettingMissing("SPIS_KAFKA_CA, SPIS_KAFKA_CERT or SPIS_KAFKA_KEY holds no fitting PEM") from None
        return settings

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


def _expect(fits: object, name: str, says: str) -> None:
    if not fits:
        raise SettingMissing(f"{name} {says}")


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
