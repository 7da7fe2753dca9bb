"""How Faust is told to behave: it reads from the beginning, is let in like all others, and makes and keeps nothing."""

import ssl
from typing import Any

import pytest
from faust.types.auth import AuthProtocol

from analytics.stream import GROUP, stream
from services.bus.kafka import KafkaSettings


def settings_of(kafka: KafkaSettings) -> Any:
    """What Faust goes by."""
    return stream(kafka, ("invented.topic.v1",), lambda _: None, lambda: None).conf


def test_it_makes_no_topic_keeps_no_table_and_opens_no_port() -> None:
    app = stream(KafkaSettings("127.0.0.1:1,127.0.0.1:2"), ("invented.topic.v1",), lambda _: None, lambda: None)
    assert (app.conf.topic_allow_declare, app.conf.topic_disable_leader, app.conf.web_enabled) == (False, True, False)
    assert not app.tables
    assert (app.conf.id, app.conf.consumer_auto_offset_reset) == (GROUP, "earliest")
    assert [f"{url.host}:{url.port}" for url in app.conf.broker] == ["127.0.0.1:1", "127.0.0.1:2"]


@pytest.mark.parametrize(
    ("security", "protocol"),
    [
        ("PLAINTEXT", None),
        ("SSL", AuthProtocol.SSL),
        ("SASL_PLAINTEXT", AuthProtocol.SASL_PLAINTEXT),
        ("SASL_SSL", AuthProtocol.SASL_SSL),
    ],
)
def test_it_is_let_in_like_every_other_client(security: str, protocol: AuthProtocol | None) -> None:
    sasl = ("SCRAM-SHA-512", "invented", "secret") if security.startswith("SASL") else (None, None, None)
    credentials = settings_of(KafkaSettings("127.0.0.1:1", security, None, None, None, *sasl)).broker_credentials
    assert getattr(credentials, "protocol", None) is protocol
    if sasl[0]:
        assert (credentials.mechanism.value, credentials.username, credentials.password) == sasl
    if security.endswith("SSL"):
        context = getattr(credentials, "context", None) or credentials.ssl_context
        assert context.verify_mode is ssl.CERT_REQUIRED
