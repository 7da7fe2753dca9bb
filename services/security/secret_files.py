"""Secrets in files that only their owner may read. What they hold is never shown, nor quoted in a complaint."""

import base64
from collections.abc import Iterator, Mapping
from pathlib import Path

from services.contracts.session import Sessions

SECRET_BYTES = 32
READABLE_BY_OTHERS = 0o077


class KeyUnfit(Exception):
    """A file of secrets cannot be used; the message says what to do."""


SECRETS = ("SPIS_SECRET", "SPIS_SESSION_KEY", "SPIS_AGENCY_KEY")


def secrets_named(env: Mapping[str, str]) -> Iterator[tuple[str, bytes]]:
    """Every secret in the files that an environment names, with the variable that names it."""
    return ((name, secret) for name in SECRETS if env.get(name) for secret in secrets_of(Path(env[name])))


def sessions_of(env: Mapping[str, str]) -> Sessions | None:
    """The sessions of browsers, where a process is told their key."""
    return Sessions(env.get("SPIS_ORIGIN", ""), secret_of(Path(key))) if (key := env.get("SPIS_SESSION_KEY")) else None


def secret_of(path: Path) -> bytes:
    """The secret in a file, which must hold 32 bytes in base64 and be readable by its owner alone."""
    secrets = secrets_of(path)
    if len(secrets) != 1:
        raise KeyUnfit(f"{path.name} must hold {SECRET_BYTES} bytes in base64")
    return secrets[0]


def secrets_of(path: Path) -> tuple[bytes, ...]:
    """The secrets in a file of one or more lines, each of 32 bytes in base64."""
    try:
        if path.stat().st_mode & READABLE_BY_OTHERS:
            raise KeyUnfit(f"{path.name} can be read by others: chmod 600 it, and consider its secret known")
        secrets = [base64.b64decode(line, validate=True) for line in path.read_text(encoding="ascii").split()]
    except OSError as error:
        raise KeyUnfit(f"{path.name} cannot be read ({error.strerror}): give its variable a file there is") from None
    except ValueError:
        secrets = []
    if not secrets or any(len(secret) != SECRET_BYTES for secret in secrets):
        raise KeyUnfit(f"{path.name} must hold {SECRET_BYTES} bytes in base64")
    return tuple(secrets)
