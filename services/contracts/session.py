"""The cookie of somebody who signed in: sealed by the room that signs people in, opened by all. It reads no clock.

It holds a token and the secret of forms, and is kept nowhere: a disabled account is stopped by the directory.
"""

import json
from collections.abc import Mapping
from typing import Any

from joserfc import jwe, jwk
from joserfc.errors import JoseError

from services.contracts.failures import TokenRefused

SESSION = "session"
SEAL = {"alg": "dir", "enc": "A256GCM"}


class Sessions:
    """Opens the cookies of one origin, and seals them for the room that signs people in."""

    def __init__(self, origin: str, key: bytes) -> None:
        self.is_secure = origin.startswith("https:")
        # Browsers take a name of this kind only from the whole origin itself, and only over TLS.
        self.cookie = "__Host-spis" if self.is_secure else "spis"
        self._key = jwk.OctKey.import_key(key)

    def seal(self, kind: str, content: Mapping[str, Any]) -> str:
        """Something for a browser to keep until `ends`; it opens as nothing but its kind."""
        return jwe.encrypt_compact(SEAL | {"typ": kind}, json.dumps(content), self._key)

    def open(self, kind: str, sealed: str, now: float) -> dict[str, Any]:
        """What was sealed as this kind and has not ended."""
        try:
            opened = jwe.decrypt_compact(sealed, self._key, list(SEAL.values()))
            content: dict[str, Any] = json.loads(opened.plaintext or b"")
        except (JoseError, ValueError, TypeError, KeyError, AssertionError, RecursionError):
            raise TokenRefused("token_invalid") from None
        if opened.protected.get("typ") != kind:
            raise TokenRefused("token_invalid")
        if content["ends"] <= now:
            raise TokenRefused("token_expired")
        return content
