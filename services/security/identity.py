"""Who is asking: a signed token says which account, the directory's rows say what that account may be today.

No right is ever read from a token, and no key is accepted that could also be a shared secret.
"""

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, Protocol

import httpx2
import structlog
from joserfc import jwk, jwt
from joserfc.errors import ExpiredTokenError, InvalidKeyIdError, JoseError

from services.contracts.codes import Role
from services.contracts.failures import AccountUnknown, TokenRefused, Unavailable
from services.security.rights import Person

ALGORITHMS = ("ES256", "ES384", "EdDSA", "Ed25519", "RS256", "PS256")
KEYS_FRESH_SECONDS = 300
KEYS_STALE_SECONDS_MAX = 86_400
KEYS_ASK_AGAIN_SECONDS = 2
KEYS_BYTES_MAX = 65_536
FETCH_SECONDS_MAX = 5.0
TOKEN_CHARACTERS_MAX = 4_096
TOKEN_SECONDS_MAX = 3_600
VERIFIED_MAX = 4_096
CLOCK_SKEW_SECONDS_MAX = 5
ACCOUNT = re.compile(r"[!-~\w]{1,200}")

log = structlog.get_logger()


def real_now() -> datetime:
    """The time of the wall: tokens and streams live in it, whatever the domain clock says."""
    return datetime.now(UTC)  # noqa: TID251


@dataclass(frozen=True, slots=True)
class Claims:
    """What a verified token says, and nothing more."""

    account: str
    expires_at: datetime


class Reads(Protocol):
    """The part of a room's database that identity needs."""

    async def read_row(self, statement: str, *arguments: object) -> Any: ...


def bearer_of(authorization: str | None) -> str:
    """The token of an Authorization header."""
    scheme, _, token = (authorization or "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise TokenRefused("token_missing")
    return token.strip()


class Verifier:
    """Checks tokens of one issuer; an old set of its keys serves while a new one is fetched."""

    def __init__(self, *, issuer: str, jwks: str, audience: str, now: Callable[[], datetime] = real_now) -> None:
        self._jwks = jwks
        self._now = now
        self._keys: jwk.KeySet | None = None
        # What these very keys have signed is known by its digest; it is forgotten with them.
        self._verified_by: jwk.KeySet | None = None
        self._verified: dict[bytes, Claims] = {}
        self._fetched_at = self._asked_at = float("-inf")
        self._fetching: asyncio.Task[None] | None = None
        self._rules = jwt.JWTClaimsRegistry(
            now=lambda: int(now().timestamp()),
            leeway=CLOCK_SKEW_SECONDS_MAX,
            iss={"essential": True, "value": issuer},
            aud={"essential": True, "value": audience},
            sub={"essential": True},
            exp={"essential": True},
            iat={"essential": True},
        )

    async def claims(self, bearer: str, **wanted: str) -> Claims:
        """What a token says, once its signature, issuer, audience, times and whatever else is wanted are checked."""
        if len(bearer) > TOKEN_CHARACTERS_MAX or not bearer.isascii():
            raise TokenRefused("token_invalid")
        keys, digest = await self._current_keys(), sha256(bearer.encode()).digest()
        if keys is not self._verified_by or len(self._verified) >= VERIFIED_MAX:
            self._verified_by, self._verified = keys, {}
        known = self._verified.get(digest)
        if known and not wanted and self._now().timestamp() <= known.expires_at.timestamp() + CLOCK_SKEW_SECONDS_MAX:
            return known
        try:
            token = await self._decoded(bearer, keys)
            self._rules.validate(token.claims)
        except ExpiredTokenError:
            raise TokenRefused("token_expired") from None
        except (JoseError, ValueError, TypeError, KeyError, OverflowError, RecursionError):
            raise TokenRefused("token_invalid") from None
        account, expires = token.claims["sub"], int(token.claims["exp"])
        if any(token.claims.get(name) != value for name, value in wanted.items()):
            raise TokenRefused("token_invalid")
        if expires - int(token.claims["iat"]) > TOKEN_SECONDS_MAX or not ACCOUNT.fullmatch(account):
            raise TokenRefused("token_invalid")
        said = Claims(account, datetime.fromtimestamp(expires, UTC))
        if self._keys is self._verified_by:
            self._verified[digest] = said
        return said

    async def person(self, database: Reads, claims: Claims) -> Person:
        """The account as the directory has it now; asked anew for every request."""
        row = await database.read_row("directory_account", claims.account)
        if row is None or not row["active"]:
            raise AccountUnknown
        roles = frozenset(role for role in Role if role.value in row["roles"])
        return Person(row["account"], row["institution"], row["unit"], roles, frozenset(row["desks"]), row["stopped"])

    async def _decoded(self, bearer: str, keys: jwk.KeySet) -> jwt.Token:
        try:
            return jwt.decode(bearer, keys, algorithms=ALGORITHMS)
        except InvalidKeyIdError:
            # The issuer may have a new key.
            return jwt.decode(bearer, await self._current_keys(newest=True), algorithms=ALGORITHMS)

    async def _current_keys(self, *, newest: bool = False) -> jwk.KeySet:
        now = self._now().timestamp()
        age = now - self._fetched_at
        # Whatever callers send, the issuer is asked at most every few seconds.
        if (newest or age > KEYS_FRESH_SECONDS) and now - self._asked_at >= KEYS_ASK_AGAIN_SECONDS:
            self._asked_at = now
            self._fetching = asyncio.create_task(self._fetch(), name="issuer keys")
        if self._fetching and (newest or age > KEYS_STALE_SECONDS_MAX):
            await asyncio.shield(self._fetching)
        if self._keys is None or now - self._fetched_at > KEYS_STALE_SECONDS_MAX:
            raise Unavailable("the keys of the token issuer cannot be fetched")
        return self._keys

    async def _fetch(self) -> None:
        try:
            async with httpx2.AsyncClient(timeout=FETCH_SECONDS_MAX, follow_redirects=False, trust_env=False) as client:
                answer = await client.get(self._jwks)
                answer.raise_for_status()
            if len(answer.content) > KEYS_BYTES_MAX:
                raise ValueError("the key document is too large")
            # A shared secret in it is left out, never used.
            public = [key for key in answer.json()["keys"] if key.get("kty") in ("EC", "OKP", "RSA")]
            self._keys = jwk.KeySet.import_key_set({"keys": public})
            self._fetched_at = self._now().timestamp()
        except (httpx2.HTTPError, httpx2.InvalidURL, JoseError, ValueError, KeyError, TypeError) as error:
            log.warning("issuer_keys_not_fetched", exc_info=error)
