"""How Kafka is reached is read from the environment as a whole, and what cannot let anybody in is told by name."""

import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from services.bus.kafka import KafkaSettings
from services.bus.topics import expect_the_catalogs
from services.contracts.catalog import TOPICS, Topic
from services.contracts.faults import SettingMissing

PLAIN = {"SPIS_KAFKA": "one:9092,two:9092"}
SASL = {"SPIS_KAFKA_SASL": "SCRAM-SHA-512", "SPIS_KAFKA_USER": "intake", "SPIS_KAFKA_PASSWORD": "invented"}


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """A certificate that trusts itself and nobody else, with its key."""
    folder = tmp_path_factory.mktemp("authority")
    key = ec.generate_private_key(ec.SECP256R1())
    name, now = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Invented authority")]), datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(issuer_name=name, subject_name=name, public_key=key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    (folder / "ca.pem").write_bytes(certificate.public_bytes(pem))
    kept = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "key.pem").write_bytes(kept)
    return {"ca": str(folder / "ca.pem"), "key": str(folder / "key.pem")}


@pytest.mark.parametrize("security", ["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"])
@pytest.mark.parametrize("mutual", [False, True], ids=["", "with its own certificate"])
def test_each_way_in_gives_the_client_what_it_needs_and_nothing_more(
    security: str, mutual: bool, authority: dict[str, str]
) -> None:
    env = PLAIN | {"SPIS_KAFKA_SECURITY": security}
    if security.endswith("SSL"):
        env |= {"SPIS_KAFKA_CA": authority["ca"]}
        env |= {"SPIS_KAFKA_CERT": authority["ca"], "SPIS_KAFKA_KEY": authority["key"]} if mutual else {}
    if security.startswith("SASL"):
        env |= SASL
    options = KafkaSettings.from_env(env).client_options("intake-relay")
    assert options["bootstrap_servers"] == "one:9092,two:9092"
    assert (options["client_id"], options["security_protocol"]) == ("intake-relay", security)
    context = options.get("ssl_context")
    assert (context is not None) is security.endswith("SSL")
    if context:
        assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)
        [trusted] = context.get_ca_certs()
        assert trusted["subject"] == ((("commonName", "Invented authority"),),)
    sasl = {name: value for name, value in options.items() if name.startswith("sasl")}
    told = {
        "sasl_mechanism": "SCRAM-SHA-512",
        "sasl_plain_username": "intake",
        "sasl_plain_password": "invented",
    }
    assert sasl == (told if security.startswith("SASL") else {})


def test_what_is_not_set_or_empty_is_the_plainest() -> None:
    empty = dict.fromkeys(("SECURITY", "CA", "CERT", "KEY", "SASL", "USER", "PASSWORD", "REPLICATION"), "")
    for env in (PLAIN, PLAIN | {f"SPIS_KAFKA_{name}": value for name, value in empty.items()}):
        assert KafkaSettings.from_env(env) == KafkaSettings(servers="one:9092,two:9092")


@pytest.mark.parametrize(
    ("told", "named"),
    [
        ({"SPIS_KAFKA": ""}, "SPIS_KAFKA"),
        ({"SPIS_KAFKA_SECURITY": "TLS"}, "SPIS_KAFKA_SECURITY"),
        ({"SPIS_KAFKA_SECURITY": "ssl"}, "SPIS_KAFKA_SECURITY"),
        ({"SPIS_KAFKA_SECURITY": "SASL_SSL"}, "SPIS_KAFKA_SASL"),
        (SASL | {"SPIS_KAFKA_SECURITY": "SASL_SSL", "SPIS_KAFKA_SASL": "GSSAPI"}, "SPIS_KAFKA_SASL"),
        (SASL | {"SPIS_KAFKA_SECURITY": "SASL_SSL", "SPIS_KAFKA_USER": ""}, "SPIS_KAFKA_USER"),
        (SASL | {"SPIS_KAFKA_SECURITY": "SASL_PLAINTEXT", "SPIS_KAFKA_PASSWORD": ""}, "SPIS_KAFKA_PASSWORD"),
        ({"SPIS_KAFKA_SECURITY": "SSL", "SPIS_KAFKA_CA": "gone.pem"}, "SPIS_KAFKA_CA"),
        ({"SPIS_KAFKA_SECURITY": "SSL", "SPIS_KAFKA_CERT": "gone.pem"}, "SPIS_KAFKA_CERT"),
        ({"SPIS_KAFKA_SECURITY": "SSL", "SPIS_KAFKA_KEY": "gone.pem"}, "SPIS_KAFKA_KEY"),
        ({"SPIS_KAFKA_REPLICATION": "three"}, "SPIS_KAFKA_REPLICATION"),
        ({"SPIS_KAFKA_REPLICATION": "0"}, "SPIS_KAFKA_REPLICATION"),
    ],
)
def test_a_mistake_is_told_in_one_sentence_that_names_its_variable(told: dict[str, str], named: str) -> None:
    with pytest.raises(SettingMissing, match=rf"^{named} [^\n]+$") as refused:
        KafkaSettings.from_env(PLAIN | told)
    assert "invented" not in str(refused.value), "a password is never repeated"


def test_a_file_that_holds_no_certificate_is_told_too(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("not a certificate")
    with pytest.raises(SettingMissing, match="SPIS_KAFKA_CA"):
        KafkaSettings.from_env(PLAIN | {"SPIS_KAFKA_SECURITY": "SSL", "SPIS_KAFKA_CA": str(tmp_path / "ca.pem")})


def described(topic: Topic, partitions: int, error_code: int = 0) -> dict[str, object]:
    """A topic as a broker tells of it."""
    return {"topic": topic.name, "error_code": error_code, "partitions": [{}] * partitions}


def test_a_topic_that_a_broker_cannot_tell_of_yet_is_no_other_topic() -> None:
    expect_the_catalogs([described(TOPICS[0], 0, error_code=3), described(TOPICS[1], TOPICS[1].partitions)])


def test_a_topic_with_another_number_of_partitions_is_refused() -> None:
    with pytest.raises(SystemExit, match="partition counts never change"):
        expect_the_catalogs([described(TOPICS[0], TOPICS[0].partitions + 1)])
