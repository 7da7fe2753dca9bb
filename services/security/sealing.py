"""The vault: names, contacts, addresses and narratives, sealed with AES-256-GCM before they reach the database.

A section opens only for the subject, section and room it was sealed for, and each opening leaves an entry in the access
log within the same transaction. Nothing here logs what it holds.
"""

import base64
import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES = 32
NONCE_BYTES = 12
READABLE_BY_OTHERS = 0o077


class KeyUnfit(Exception):
    """The agency key cannot be used; the message says what to do."""


class SealBroken(Exception):
    """A sealed section is not what was sealed, or was sealed for another place."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """One section about one subject, unreadable without the key."""

    subject: str
    section: str
    key_id: str
    sealed: bytes = field(repr=False)


class OpenWork(Protocol):
    """The part of an open transaction that the vault needs."""

    stamp: Any

    def change(self, statement: str, *arguments: object) -> None: ...

    async def fetch_row(self, statement: str, *arguments: object) -> Any: ...


class Vault:
    """Seals and opens the sections of one room with its agency's key."""

    def __init__(self, room: str, key: bytes) -> None:
        self._room = room
        self._cipher = AESGCM(key)
        self.key_id = hashlib.sha256(b"spis agency key" + key).hexdigest()[:16]

    @classmethod
    def from_file(cls, key_file: Path, room: str) -> "Vault":
        """The vault of a room with the key in a file of 32 bytes in base64 that only its owner may read."""
        return cls(room, secret_of(key_file))

    def seal(self, subject: str, section: str, content: Mapping[str, str]) -> Sealed:
        """Seal one section about a subject."""
        nonce, text = os.urandom(NONCE_BYTES), json.dumps(dict(content), ensure_ascii=False).encode()
        sealed = nonce + self._cipher.encrypt(nonce, text, self._place(subject, section))
        return Sealed(subject, section, self.key_id, sealed)

    def open(self, sealed: Sealed) -> dict[str, str]:
        """What was sealed; refuses what was changed or moved."""
        if sealed.key_id != self.key_id:
            raise SealBroken("sealed with another key than the one in use")
        nonce, text = sealed.sealed[:NONCE_BYTES], sealed.sealed[NONCE_BYTES:]
        try:
            return dict(json.loads(self._cipher.decrypt(nonce, text, self._place(sealed.subject, sealed.section))))
        except (InvalidTag, ValueError):
            raise SealBroken("changed, or sealed for another subject, section or room") from None

    async def keep(self, work: OpenWork, subject: str, section: str, content: Mapping[str, str]) -> None:
        """Seal a section and keep it when the work commits."""
        sealed = self.seal(subject, section, content)
        work.change("keep_sealed", sealed.subject, sealed.section, sealed.key_id, sealed.sealed)

    async def read(self, work: OpenWork, subject: str, section: str) -> dict[str, str] | None:
        """Open a section, with the entry in the access log committed together with the rest of the work.

        What it gives may be shown only after that commit; None when there is no such section.
        """
        stamp = work.stamp
        row = await work.fetch_row("open_sealed", subject, section, stamp.actor, stamp.correlation_id, stamp.now)
        return None if row is None else self.open(Sealed(subject, section, row["key_id"], row["sealed"]))

    def _place(self, subject: str, section: str) -> bytes:
        return json.dumps([self._room, subject, section]).encode()


def secret_of(path: Path) -> bytes:
    """The secret in a file, which must hold 32 bytes in base64 and be readable by its owner alone."""
    try:
        if path.stat().st_mode & READABLE_BY_OTHERS:
            raise KeyUnfit(f"{path.name} can be read by others: chmod 600 it, and consider its secret known")
        secret = base64.b64decode(path.read_text(encoding="ascii").strip(), validate=True)
    except OSError as error:
        raise KeyUnfit(f"{path.name} cannot be read ({error.strerror}): give its variable a file there is") from None
    except ValueError:
        secret = b""
    if len(secret) != KEY_BYTES:
        raise KeyUnfit(f"{path.name} must hold {KEY_BYTES} bytes in base64")
    return secret
