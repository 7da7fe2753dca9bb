"""How people sign in at the development issuer: by code with PKCE, renewed by refresh tokens that are good once.

It asks for no password, because everybody it knows is invented; nobody reaches it but from this machine.
"""

import asyncio
import base64
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from hmac import compare_digest
from urllib.parse import parse_qs, unquote_plus, urlencode

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from deploy.house import issuer_pages as pages
from deploy.house.issuer_grants import Asked, Granted, Grants
from deploy.house.issuer_pages import Invented

CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
STATE_CHARACTERS_MAX = 500


@dataclass(frozen=True, slots=True)
class Client:
    """The one client that people sign in to, and the only addresses it may be answered at."""

    name: str
    secret: str
    redirect_uri: str
    after_sign_out: str


class SignIn:
    """The addresses that a browser and its client use, beside those of the institutions' own systems."""

    def __init__(self, client: Client, people: Callable[[], Invented], now: Callable[[], float]) -> None:
        self.client = client
        self._people = cache(people)
        self._now = now
        self._grants = Grants()

    def routes(self) -> list[Route]:
        """Where people sign in and out."""
        return [
            Route("/id/authorize", self._choose, methods=["GET"]),
            Route("/id/authorize", self._chosen, methods=["POST"]),
            Route("/id/revoke", self._revoke, methods=["POST"]),
            Route("/id/sign-out", self._sign_out, methods=["GET"]),
        ]

    def granted(self, form: Mapping[str, str], client: str, secret: str) -> Granted | None:
        """What a code or a refresh token gives; None when the client does not prove who it is."""
        if not self._is_client(client, secret):
            return None
        if form["grant_type"] == "refresh_token":
            return self._grants.renew(form.get("refresh_token", ""), client, self._now())
        redirect_uri, verifier = form.get("redirect_uri", ""), form.get("code_verifier", "")
        return self._grants.redeem(form.get("code", ""), client, redirect_uri, verifier, self._now())

    def _is_client(self, client: str, secret: str) -> bool:
        return client == self.client.name and compare_digest(secret.encode(), self.client.secret.encode())

    async def _choose(self, request: Request) -> Response:
        told = dict(request.query_params)
        if answer := self._unanswerable(request, told):
            return answer
        if wrong := _wrong(told):
            return _back(told, error=wrong)
        if told.get("prompt") == "none":
            return _back(told, error="login_required")
        kept = {name: told[name] for name in told if name != "login_hint"}
        return pages.choose(request, await asyncio.to_thread(self._people), kept, told.get("login_hint", ""))

    async def _chosen(self, request: Request) -> Response:
        told = form_of(await request.body())
        if answer := self._unanswerable(request, told):
            return answer
        if wrong := _wrong(told):
            return _back(told, error=wrong)
        if told.get("account") not in (await asyncio.to_thread(self._people)).accounts:
            return _back(told, error="access_denied")
        names = ("client_id", "redirect_uri", "code_challenge", "nonce", "state")
        asked = Asked(*(told.get(name, "") for name in names))
        return _back(told, code=self._grants.promise(asked, told["account"], self._now()))

    def _unanswerable(self, request: Request, told: Mapping[str, str]) -> HTMLResponse | None:
        """A page instead of an answer where the answer would go to somebody else."""
        known = (self.client.name, self.client.redirect_uri)
        return None if (told.get("client_id"), told.get("redirect_uri")) == known else pages.refused(request)

    async def _revoke(self, request: Request) -> Response:
        form = form_of(await request.body())
        client, secret = credentials(request.headers.get("authorization", ""), form)
        if not self._is_client(client, secret):
            return JSONResponse({"error": "invalid_client"}, 401)
        self._grants.revoke(form.get("token", ""), client)
        return Response(status_code=200)

    async def _sign_out(self, request: Request) -> Response:
        # There is nothing to end: whoever comes back is asked again who they are.
        if request.query_params.get("post_logout_redirect_uri") != self.client.after_sign_out:
            return pages.signed_out(request)
        state = request.query_params.get("state", "")
        query = f"?{urlencode({'state': state})}" if state else ""
        return RedirectResponse(f"{self.client.after_sign_out}{query}", 303)


def document(issuer: str) -> dict[str, object]:
    """What the issuer says of itself, as any OIDC provider does."""
    return {
        "issuer": issuer,
        "authorization_endpoint": f"{issuer}/authorize",
        "token_endpoint": f"{issuer}/token",
        "jwks_uri": f"{issuer}/jwks.json",
        "revocation_endpoint": f"{issuer}/revoke",
        "end_session_endpoint": f"{issuer}/sign-out",
        "response_types_supported": ["code"],
        "grant_types_supported": ["authorization_code", "refresh_token", "client_credentials"],
        "subject_types_supported": ["public"],
        "scopes_supported": ["openid", "offline_access"],
        "id_token_signing_alg_values_supported": ["ES256"],
        "code_challenge_methods_supported": ["S256"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
    }


def form_of(body: bytes) -> dict[str, str]:
    """A form's fields; of one that comes twice the last."""
    return {name: values[-1] for name, values in parse_qs(body.decode("ascii", "replace")).items()}


def credentials(authorization: str, form: Mapping[str, str]) -> tuple[str, str]:
    """The id and secret of a client, from its header or its form."""
    scheme, _, encoded = authorization.partition(" ")
    if scheme.lower() == "basic":
        with suppress(ValueError):
            client, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
            return unquote_plus(client), unquote_plus(secret)
    return form.get("client_id", ""), form.get("client_secret", "")


def _wrong(told: Mapping[str, str]) -> str:
    """What is wrong with a request for a code, in the standard's word, or nothing."""
    if told.get("response_type") != "code":
        return "unsupported_response_type"
    if "openid" not in told.get("scope", "").split():
        return "invalid_scope"
    proves = told.get("code_challenge_method") == "S256" and CHALLENGE.fullmatch(told.get("code_challenge", ""))
    returns = 0 < len(told.get("state", "")) <= STATE_CHARACTERS_MAX
    return "" if proves and returns else "invalid_request"


def _back(told: Mapping[str, str], **answer: str) -> Response:
    """The answer, carried by the browser to where it was wanted."""
    query = urlencode(answer | {"state": told.get("state", "")[:STATE_CHARACTERS_MAX]})
    return RedirectResponse(f"{told['redirect_uri']}?{query}", 303)
