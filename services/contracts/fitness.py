"""What a secret and an issuer must be before a process may start; it reads no file and no environment itself."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from urllib.parse import unquote, urlsplit

from services.contracts.faults import SettingMissing

LENGTH_MIN, DIFFERENT_MIN = 16, 8
ADDRESSES = ("SPIS_ISSUER", "SPIS_JWKS", "SPIS_ORIGIN")
LOOPBACK = ("127.0.0.1", "localhost", "::1")
DEVELOPMENT_PATH = "/id"


def refuse_unfit(env: Mapping[str, str], secrets: Iterable[tuple[str, bytes]]) -> None:
    """Say in one sentence what of an environment, or of the secrets in its files, is unfit, and what to do."""
    for name in ADDRESSES:
        parts = urlsplit(env.get(name, ""))
        if parts.scheme == "http" and parts.hostname not in LOOPBACK:
            raise SettingMissing(f"{name} is an http:// address that anybody on the way could be: give it https://")
    if urlsplit(env.get("SPIS_ISSUER", "")).path == DEVELOPMENT_PATH and env.get("SPIS_HOUSE") != "embedded":
        raise SettingMissing(
            "SPIS_ISSUER is a development issuer, which believes everybody: use an OIDC issuer of yours"
        )
    named: dict[bytes, str] = {}
    for name, secret in chain(passwords(env), secrets):
        if len(secret) < LENGTH_MIN or len(set(secret)) < DIFFERENT_MIN:
            raise SettingMissing(f"{name} holds a secret that can be guessed: draw one, as openssl rand -hex 24 does")
        if (other := named.setdefault(secret, name)) != name:
            raise SettingMissing(f"{name} and {other} hold the same secret: draw one for each")


def passwords(env: Mapping[str, str]) -> Iterator[tuple[str, bytes]]:
    """The passwords of databases and of Kafka in an environment, by the variable that holds them."""
    for name, value in env.items():
        if name.startswith("SPIS_") and name.endswith("_DB"):
            password = urlsplit(value).password
            if password is not None:
                yield name, unquote(password).encode()
        elif name == "SPIS_KAFKA_PASSWORD":
            yield name, value.encode()
