"""One section sealed with one person's key: AES-256-GCM, bound to the place it was sealed for.

It keeps no key, reads no database and shows nothing of what it seals.
"""

import json
import os
from collections.abc import Mapping

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from intake.gauges import trouble

KEY_BYTES = 32
NONCE_BYTES = 12


class SealBroken(Exception):
    """Sealed bytes are not what was sealed, or were sealed with another key or for another place."""


def seal(key: bytes, place: tuple[str, ...], content: Mapping[str, str]) -> bytes:
    """Seal what a section says, for one place."""
    return encrypt(key, place, json.dumps(dict(content), ensure_ascii=False).encode())


def unseal(key: bytes, place: tuple[str, ...], sealed: bytes) -> dict[str, str]:
    """What a section says; refuses what was changed or moved."""
    return dict(json.loads(decrypt(key, place, sealed)))


def encrypt(key: bytes, place: tuple[str, ...], plain: bytes) -> bytes:
    """Bytes that open only with the same key, and only for the same place."""
    nonce = os.urandom(NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, plain, _written(place))


def decrypt(key: bytes, place: tuple[str, ...], sealed: bytes) -> bytes:
    """The plain bytes; refuses what was changed or moved."""
    try:
        return AESGCM(key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], _written(place))
    except (InvalidTag, ValueError):
        trouble("seal_broken")
        raise SealBroken("changed, or sealed with another key or for another place") from None


def _written(place: tuple[str, ...]) -> bytes:
    return json.dumps(place).encode()
