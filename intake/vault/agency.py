"""The agency's key, which wraps the key of every person: behind an interface, and kept in a file.

It never leaves here; what a caller gets is a wrapped key, or the key of one person for as long as one request.
"""

import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import structlog

from intake.gauges import trouble
from intake.vault.sealing import decrypt, encrypt
from services.contracts.failures import Unavailable
from services.security.secret_files import KeyUnfit, secrets_of

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Wrapped:
    """A person's key, unreadable without the agency key that is named."""

    agency_key: str
    sealed: bytes = field(repr=False)


class AgencyKey(Protocol):
    """Whatever keeps the agency's key: a file here, a key store elsewhere."""

    async def names(self) -> tuple[str, ...]:
        """The names of the agency keys there are, the current one first."""
        ...

    async def wrap(self, key: bytes, context: str) -> Wrapped:
        """Wrap a key with the current agency key; it unwraps for the same context only."""
        ...

    async def unwrap(self, wrapped: Wrapped, context: str) -> bytes:
        """The key that was wrapped."""
        ...


class KeyRing:
    """Agency keys in a file of mode 0600, one a line in base64; the first is the current one.

    The file is looked at again when it changed, so a rotation needs no restart.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._keys = _read(path)
        self._seen = _look(path)

    async def names(self) -> tuple[str, ...]:
        """The names of the keys in the file, in its order."""
        self._refresh()
        return tuple(self._keys)

    async def wrap(self, key: bytes, context: str) -> Wrapped:
        """Wrap a key with the first key of the file."""
        current, *_ = await self.names()
        return Wrapped(current, encrypt(self._keys[current], _place(context), key))

    async def unwrap(self, wrapped: Wrapped, context: str) -> bytes:
        """Unwrap with the key that is named, which may stand in the file only since a moment ago."""
        if wrapped.agency_key not in self._keys:
            self._refresh()
        if wrapped.agency_key not in self._keys:
            trouble("agency_key_unknown")
            log.error("agency_key_unknown", key=wrapped.agency_key)
            raise Unavailable(f"no line of {self._path.name} is the agency key {wrapped.agency_key}: put it back")
        return decrypt(self._keys[wrapped.agency_key], _place(context), wrapped.sealed)

    def _refresh(self) -> None:
        seen = _look(self._path)
        if seen == self._seen:
            return
        try:
            self._keys = _read(self._path)
            self._seen = seen
        except KeyUnfit as error:
            # Somebody may be in the middle of writing it: what was read before still opens what it opened.
            trouble("agency_key_unfit")
            log.error("agency_key_unfit", exc_info=error)


def _read(path: Path) -> dict[str, bytes]:
    return {hashlib.sha256(b"spis agency key" + key).hexdigest()[:16]: key for key in secrets_of(path)}


def _look(path: Path) -> tuple[int, int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


def _place(context: str) -> tuple[str, ...]:
    return "person key", context
