"""The provider of identities, spoken to behind the browser's back: what it offers, and what it gives for a code.

It keeps no token, and believes nothing that is not signed by the provider and meant for this client.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote_plus, urlencode, urlsplit

import httpx2
import structlog

from services.contracts.failures import TokenRefused, Unavailable
from services.contracts.faults import SettingMissing
from services.security.identity import Verifier

DOCUMENT = "/.well-known/openid-configuration"
DOCUMENT_FRESH_SECONDS = 3_600.0
ASK_SECONDS_MAX = 5.0
ANSWER_BYTES_MAX = 65_536
SECRET_CHARACTERS_MIN = 16
NEEDED = ("authorization_endpoint", "token_endpoint")
OFFERED = ("revocation_endpoint", "end_session_endpoint")

log = structlog.get_logger()


class SignInFailed(Exception):
    """A sign-in that cannot go on; `code` says why, and a page says what to do."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Client:
    """What this house is called at its provider, and the addresses that belong to the two."""

    name: str
    secret: str = field(repr=False)
    scope: str
    issuer: str
    origin: str

    @classmethod
    def from_env(cls, env: Mapping[str, str], issuer: str, origin: str) -> "Client | None":
        """The client that the environment names; None where people do not sign in here."""
        if not env.get("SPIS_CLIENT_ID"):
            return None
        path, secret = env.get("SPIS_CLIENT_SECRET"), ""
        if path:
            try:
                secret = Path(path).read_text(encoding="ascii").strip()
            except (OSError, ValueError):
                raise SettingMissing("SPIS_CLIENT_SECRET cannot be read: give it a file with the secret") from None
            if len(secret) < SECRET_CHARACTERS_MIN:
                raise SettingMissing("SPIS_CLIENT_SECRET is too short to be a secret: have the provider make one")
        return cls(env["SPIS_CLIENT_ID"], secret, env.get("SPIS_CLIENT_SCOPE") or "openid", issuer, origin)

    @property
    def callback(self) -> str:
        """Where the provider sends people back to."""
        return f"{self.origin}/sign-in/callback"

    @property
    def after_sign_out(self) -> str:
        """Where the provider sends people who signed out."""
        return f"{self.origin}/sign-in/out"


@dataclass(frozen=True, slots=True)
class Tokens:
    """What the provider gave; the refresh token is empty where it gives none."""

    access: str = field(repr=False)
    refresh: str = field(repr=False)
    identity: str = field(repr=False)


class Provider:
    """One OIDC provider and our client there."""

    def __init__(self, client: Client, jwks: str) -> None:
        self.client = client
        self.verifier = Verifier(issuer=client.issuer, jwks=jwks, audience=client.name)
        self._document: dict[str, str] = {}
        self._asked_at = float("-inf")

    async def begin(self, *, state: str, nonce: str, challenge: str) -> str:
        """The address to which a browser is sent to sign in."""
        query = {
            "response_type": "code",
            "client_id": self.client.name,
            "redirect_uri": self.client.callback,
            "scope": self.client.scope,
            "state": state,
            "nonce": nonce,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        return _with_query((await self._offered())["authorization_endpoint"], query)

    async def redeem(self, code: str, verifier: str) -> Tokens:
        """What a code is worth."""
        return await self._tokens(
            grant_type="authorization_code", code=code, redirect_uri=self.client.callback, code_verifier=verifier
        )

    async def renew(self, refresh: str) -> Tokens:
        """New tokens for an old refresh token, which may be good only once."""
        return await self._tokens(grant_type="refresh_token", refresh_token=refresh)

    async def revoke(self, refresh: str) -> None:
        """End what a refresh token stands for, as far as the provider can be reached and offers it."""
        try:
            if refresh and (address := (await self._offered()).get("revocation_endpoint")):
                await self._ask(address, {"token": refresh, "token_type_hint": "refresh_token"})
        except (Unavailable, SignInFailed):
            log.warning("refresh_token_not_revoked")

    async def end(self, identity: str) -> str:
        """The address at which the provider ends its own session too; empty where it has none, or is away."""
        try:
            address = (await self._offered()).get("end_session_endpoint", "")
        except Unavailable:
            return ""
        query = {"client_id": self.client.name, "post_logout_redirect_uri": self.client.after_sign_out}
        return address and _with_query(address, query | ({"id_token_hint": identity} if identity else {}))

    async def _tokens(self, **form: str) -> Tokens:
        answer = await self._ask((await self._offered())["token_endpoint"], form)
        named = [answer.get(name, "") for name in ("access_token", "refresh_token", "id_token")]
        if not answer.get("access_token") or not all(isinstance(each, str) for each in named):
            raise SignInFailed("no_tokens")
        return Tokens(*named)

    async def _ask(self, address: str, form: Mapping[str, str]) -> dict[str, Any]:
        client = self.client
        if client.secret:
            # Both parts are quoted first, as the standard says and few providers need.
            auth = (quote_plus(client.name), quote_plus(client.secret))
            answer = await _fetched("POST", address, data=dict(form), auth=auth)
        else:
            answer = await _fetched("POST", address, data=dict(form) | {"client_id": client.name})
        if answer.status_code >= 500 or answer.status_code == 429:
            raise Unavailable("the provider of identities does not answer")
        if answer.status_code >= 400:
            raise SignInFailed("provider_refused")
        return _object(answer)

    async def _offered(self) -> dict[str, str]:
        """What the provider says of itself; asked again each hour, and an old answer serves while it is away."""
        if not self._document or time.monotonic() - self._asked_at > DOCUMENT_FRESH_SECONDS:
            try:
                told = _object(await _fetched("GET", f"{self.client.issuer.rstrip('/')}{DOCUMENT}"))
            except Unavailable:
                if not self._document:
                    raise
                return self._document
            if told.get("issuer") != self.client.issuer or not all(_is_trusted(told.get(name)) for name in NEEDED):
                log.error("provider_document_unfit")
                raise Unavailable("the provider of identities describes another one")
            self._document = {name: told[name] for name in (*NEEDED, *OFFERED) if _is_trusted(told.get(name))}
            self._asked_at = time.monotonic()
        return self._document


async def account_in(tokens: Tokens, provider: Provider, verifier: Verifier, nonce: str) -> str:
    """Who signed in, when both tokens name the same account and the one for us answers this very attempt."""
    try:
        told = await provider.verifier.claims(tokens.identity, nonce=nonce)
        if (await verifier.claims(tokens.access)).account == told.account:
            return told.account
    except TokenRefused:
        pass
    raise SignInFailed("tokens_unfit")


async def _fetched(method: str, address: str, **more: Any) -> httpx2.Response:
    try:
        async with httpx2.AsyncClient(timeout=ASK_SECONDS_MAX, follow_redirects=False, trust_env=False) as http:
            return await http.request(method, address, **more)
    except (httpx2.HTTPError, httpx2.InvalidURL) as error:
        raise Unavailable("the provider of identities cannot be reached") from error


def _object(answer: httpx2.Response) -> dict[str, Any]:
    try:
        content = answer.json() if answer.content and len(answer.content) <= ANSWER_BYTES_MAX else {}
    except ValueError:
        content = {}
    return content if answer.status_code == 200 and isinstance(content, dict) else {}


def _is_trusted(address: object) -> bool:
    """Whether nobody on the way can read what is sent there."""
    if not isinstance(address, str):
        return False
    parts = urlsplit(address)
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in ("127.0.0.1", "localhost", "::1"))


def _with_query(address: str, query: Mapping[str, str]) -> str:
    return f"{address}{'&' if urlsplit(address).query else '?'}{urlencode(query)}"
