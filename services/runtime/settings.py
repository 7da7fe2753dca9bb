"""Everything one process of a room can be told by its environment, read once and checked before anything starts."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from services.bus.kafka import KafkaSettings
from services.contracts.faults import SettingMissing
from services.contracts.limits import Limits

POLICY = Path(__file__).parents[2] / "deploy"


class Address(NamedTuple):
    """Where a process listens."""

    host: str
    port: int


@dataclass(frozen=True, slots=True)
class Settings:
    """What a process of one room needs to know of the world."""

    room: str
    kafka: KafkaSettings
    database: str
    owner_database: str | None
    api: Address
    worker: Address
    issuer: str
    jwks: str
    audience: str
    policy: Path
    secret: Path
    gateway: str
    limits: Limits
    log: str

    @classmethod
    def from_env(cls, room: str, env: Mapping[str, str]) -> "Settings":
        """Read the variables of one room; see the table in the README."""
        prefix = f"SPIS_{room.upper()}_"
        issuer = wanted(env, "SPIS_ISSUER", "the `iss` of the tokens, such as https://id.example.ba")
        return cls(
            room=room,
            kafka=KafkaSettings.from_env(env),
            database=url_in(env, f"{prefix}DB"),
            owner_database=env.get(f"{prefix}OWNER_DB"),
            api=_address(env, f"{prefix}API", 8000),
            worker=_address(env, f"{prefix}WORKER", 8001),
            issuer=issuer,
            jwks=env.get("SPIS_JWKS") or f"{issuer.rstrip('/')}/jwks.json",
            audience=env.get("SPIS_AUDIENCE", "spis"),
            policy=Path(env["SPIS_POLICY"]) if env.get("SPIS_POLICY") else POLICY,
            secret=Path(wanted(env, "SPIS_SECRET", "a file of mode 0600 with 32 random bytes in base64")),
            gateway=env.get("SPIS_GATEWAY", "127.0.0.1"),
            limits=Limits.from_text(env.get("SPIS_PACE", "")),
            log=env.get("SPIS_LOG", "json"),
        )


def wanted(env: Mapping[str, str], name: str, what: str) -> str:
    """A variable that must be set; `what` says what it should hold."""
    if not env.get(name):
        raise SettingMissing(f"{name} is not set: give it {what}")
    return env[name]


def url_in(env: Mapping[str, str], name: str) -> str:
    """The address of a database, which must be set."""
    url = wanted(env, name, "a URL such as postgresql://role:password@host:5432/database")
    if urlsplit(url).scheme not in ("postgresql", "postgres"):
        raise SettingMissing(f"{name} must begin with postgresql://")
    return url


def _address(env: Mapping[str, str], name: str, port: int) -> Address:
    host, _, number = env.get(name, f"127.0.0.1:{port}").rpartition(":")
    if not number.isdigit():
        raise SettingMissing(f"{name} must be host:port, such as 127.0.0.1:{port}")
    return Address(host or "127.0.0.1", int(number))
