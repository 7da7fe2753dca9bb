"""Secrets in files that only their owner may read. What they hold is never shown, nor quoted in a complaint."""

import base64
from pathlib import Path

SECRET_BYTES = 32
READABLE_BY_OTHERS = 0o077


class KeyUnfit(Exception):
    """A file of secrets cannot be used; the message says what to do."""


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
