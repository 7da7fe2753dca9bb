"""A process refuses to start with a secret that can be guessed, or an issuer that could be anybody, and says why."""

import base64
import secrets
from pathlib import Path

import pytest

from services.contracts.faults import SettingMissing
from services.contracts.fitness import refuse_unfit
from services.security.secret_files import KeyUnfit, secrets_named


def check(env: dict[str, str]) -> None:
    """Look at an environment as a process does when it starts."""
    refuse_unfit(env, secrets_named(env))


def key_file(folder: Path, name: str, content: bytes | None = None, mode: int = 0o600) -> str:
    """A file that holds a secret, by default one drawn at random."""
    path = folder / name
    path.write_bytes(base64.b64encode(secrets.token_bytes(32)) if content is None else content)
    path.chmod(mode)
    return str(path)


def database(password: str, role: str = "intake") -> str:
    """The address of a database."""
    return f"postgresql://{role}:{password}@127.0.0.1:5432/intake"


@pytest.fixture
def fit(tmp_path: Path) -> dict[str, str]:
    """An environment in which nothing is wrong."""
    files = {name: key_file(tmp_path, name) for name in ("SPIS_SECRET", "SPIS_SESSION_KEY", "SPIS_AGENCY_KEY")}
    return files | {
        "SPIS_INTAKE_DB": database(secrets.token_hex(24)),
        "SPIS_INTAKE_OWNER_DB": database(secrets.token_hex(24), "intake_owner"),
        "SPIS_KAFKA_PASSWORD": secrets.token_hex(24),
        "SPIS_ISSUER": "https://id.example.ba/realms/spis",
        "SPIS_JWKS": "https://id.example.ba/realms/spis/certs",
        "SPIS_ORIGIN": "https://spis.example.ba",
    }


def refusal(env: dict[str, str]) -> str:
    """The sentence with which an environment is refused."""
    with pytest.raises((SettingMissing, KeyUnfit)) as refused:
        check(env)
    return str(refused.value)


def test_a_fit_environment_starts(fit: dict[str, str]) -> None:
    check(fit)
    check(fit | {"SPIS_INTAKE_DB": "postgresql://intake@127.0.0.1/intake"})


@pytest.mark.parametrize(
    "password",
    [
        "postgres",
        "spis",
        "password",
        "changeme",
        "intake",
        "passwordpassword",
        "0000000000000000",
        "changemechangeme",
        "",
    ],
)
@pytest.mark.parametrize("name", ["SPIS_INTAKE_DB", "SPIS_INTAKE_OWNER_DB", "SPIS_KEYS_DB"])
def test_a_password_that_can_be_guessed_is_refused(fit: dict[str, str], name: str, password: str) -> None:
    said = refusal(fit | {name: database(password)})
    assert said.startswith(f"{name} holds a secret that can be guessed: draw one")
    assert password == "" or f" {password} " not in said


def test_kafka_s_password_is_looked_at_too(fit: dict[str, str]) -> None:
    assert "SPIS_KAFKA_PASSWORD" in refusal(fit | {"SPIS_KAFKA_PASSWORD": "changeme"})


@pytest.mark.parametrize("name", ["SPIS_SECRET", "SPIS_SESSION_KEY", "SPIS_AGENCY_KEY"])
def test_a_key_that_was_not_drawn_is_too_short_or_is_open_to_others_is_refused(
    fit: dict[str, str], tmp_path: Path, name: str
) -> None:
    noughts, short = base64.b64encode(bytes(32)), base64.b64encode(secrets.token_bytes(8))
    assert f"{name} holds a secret that can be guessed" in refusal(fit | {name: key_file(tmp_path, "noughts", noughts)})
    assert "32 bytes" in refusal(fit | {name: key_file(tmp_path, "short", short)})
    assert "32 bytes" in refusal(fit | {name: key_file(tmp_path, "words", b"changeme")})
    assert "chmod 600" in refusal(fit | {name: key_file(tmp_path, "open", mode=0o644)})
    assert "cannot be read" in refusal(fit | {name: str(tmp_path / "nothing")})


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("SPIS_SECRET", "SPIS_SESSION_KEY"),
        ("SPIS_SECRET", "SPIS_AGENCY_KEY"),
        ("SPIS_SESSION_KEY", "SPIS_AGENCY_KEY"),
    ],
)
def test_one_key_does_not_do_two_things(fit: dict[str, str], one: str, other: str) -> None:
    assert f"{other} and {one} hold the same secret" in refusal(fit | {other: fit[one]})


def test_two_roles_do_not_share_a_password(fit: dict[str, str]) -> None:
    same = secrets.token_hex(24)
    both = {"SPIS_INTAKE_DB": database(same), "SPIS_INTAKE_OWNER_DB": database(same, "intake_owner")}
    assert "hold the same secret" in refusal(fit | both)


@pytest.mark.parametrize("name", ["SPIS_ISSUER", "SPIS_JWKS", "SPIS_ORIGIN"])
def test_an_address_that_anybody_on_the_way_could_be_is_refused(fit: dict[str, str], name: str) -> None:
    assert f"{name} is an http:// address" in refusal(fit | {name: "http://id.example.ba/realms/spis"})
    for host in ("127.0.0.1:8080", "localhost", "[::1]:8080"):
        check(fit | {name: f"http://{host}/realms/spis"})


@pytest.mark.parametrize("issuer", ["http://127.0.0.1:8400/id", "https://spis.example.ba/id"])
def test_the_development_issuer_is_refused_outside_the_embedded_house(fit: dict[str, str], issuer: str) -> None:
    for house in ({}, {"SPIS_HOUSE": ""}, {"SPIS_HOUSE": "production"}):
        assert "development issuer" in refusal(fit | {"SPIS_ISSUER": issuer} | house)
    check(fit | {"SPIS_ISSUER": issuer, "SPIS_HOUSE": "embedded"})
