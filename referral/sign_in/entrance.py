"""How people sign in and out: the code flow with PKCE at any OIDC provider, ending in two sealed cookies.

Every room reads the first, which holds a token and the secret of forms; the second, which renews it, comes here only.
"""

import hashlib
import re
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Awaitable, Callable
from typing import Any

import structlog
from fastapi import APIRouter, Request, Response
from starlette.responses import RedirectResponse

from referral.sign_in.pages import LANGUAGE_PATH, SignInPages, link_to_sign_in
from referral.sign_in.provider import Provider, SignInFailed, Tokens, account_in
from referral.sign_in.renewals import Renewals
from services.contracts.failures import AccountUnknown, TokenRefused, Unavailable
from services.contracts.languages import CHOICE, language_for
from services.contracts.session import SESSION, Sessions
from services.http.calls import Reception
from services.http.permits import session_of
from services.http.problems import problem_of
from services.pages.page import Pages
from services.pages.places import places_for
from services.security.identity import real_now
from services.security.rights import Person

ATTEMPT, RENEWAL = "attempt", "renewal"
LANGUAGE_SECONDS = 365 * 86_400
ATTEMPT_SECONDS = 600
SESSION_SECONDS = 8 * 3600
COOKIE_CHARACTERS_MAX = 4_000
HERE, START = "/sign-in/here", "/sign-in/start"
OWN_PATH = re.compile(r"/(?!/)[A-Za-z0-9/_.~?&=%@:,+-]{0,1000}")
Handler = Callable[[Request], Awaitable[Response]]

log = structlog.get_logger()


def entrance(provider: Provider, sessions: Sessions, pages: Pages) -> APIRouter:
    """Every address around signing in; none of them shows or does anything else."""
    way_in = WayIn(provider, sessions, pages)
    addresses = APIRouter(prefix="/sign-in")
    for path, handler, method in (
        ("", way_in.begin, "GET"),
        ("/callback", way_in.finish, "GET"),
        ("/renew", way_in.renew, "GET"),
        ("/here", way_in.here, "GET"),
        ("/start", way_in.start, "GET"),
        (LANGUAGE_PATH.removeprefix("/sign-in"), way_in.speak, "GET"),
        ("/out", way_in.sign_out, "POST"),
        ("/out", way_in.signed_out, "GET"),
    ):
        addresses.add_api_route(path, way_in.answering(handler), methods=[method], response_model=None)
    return addresses


def own_path(wanted: str) -> str:
    """Where somebody goes on after signing in: an address of this house, whatever was asked for."""
    return wanted if OWN_PATH.fullmatch(wanted) else HERE


class WayIn:
    """The steps of signing in, of staying and of leaving."""

    def __init__(self, provider: Provider, sessions: Sessions, pages: Pages) -> None:
        self._provider = provider
        self._sessions = sessions
        self._pages = SignInPages(pages)
        self._renewals = Renewals(provider.renew)
        prefix = "__Secure-spis" if sessions.is_secure else "spis"
        self._cookies = {SESSION: sessions.cookie, ATTEMPT: f"{prefix}-{ATTEMPT}", RENEWAL: f"{prefix}-{RENEWAL}"}

    async def begin(self, request: Request) -> Response:
        """Send the browser to the provider, with a note to itself of what it asked."""
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        challenge = urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        answer = RedirectResponse(await self._provider.begin(state=state, nonce=nonce, challenge=challenge), 303)
        then = own_path(request.query_params.get("next", START))
        note = {"state": state, "nonce": nonce, "verifier": verifier, "next": then}
        self._keep(answer, ATTEMPT, note | {"ends": real_now().timestamp() + ATTEMPT_SECONDS})
        return answer

    async def finish(self, request: Request) -> Response:
        """Take the browser back: only with the state it was sent away with, and tokens that answer its own attempt."""
        told = request.query_params
        try:
            note = self._kept(ATTEMPT, request)
        except TokenRefused:
            raise SignInFailed("attempt_unknown") from None
        if not secrets.compare_digest(told.get("state", "").encode(), note["state"].encode()):
            raise SignInFailed("attempt_unknown")
        if not told.get("code"):
            raise SignInFailed("provider_refused")
        tokens = await self._provider.redeem(told["code"], note["verifier"])
        verifier = _reception(request).verifier
        account = await account_in(tokens, self._provider, verifier, note["nonce"])
        session = {"csrf": secrets.token_urlsafe(32), "ends": real_now().timestamp() + SESSION_SECONDS}
        answer = await self._signed_in(request, RedirectResponse(note["next"], 303), tokens, session, account)
        self._drop(answer, ATTEMPT)
        log.info("signed_in", account=account)
        return answer

    async def renew(self, request: Request) -> Response:
        """A new token for a session that has not ended; scripts that give no `next` are answered without content."""
        then = request.query_params.get("next")
        try:
            kept = self._kept(RENEWAL, request)
            tokens = _with_what_stays(await self._renewals.of(kept["refresh"]), kept)
            answer = RedirectResponse(own_path(then), 303) if then else Response(status_code=204)
            session = {"csrf": kept["csrf"], "ends": kept["ends"]}
            return await self._signed_in(request, answer, tokens, session, kept["account"])
        except (TokenRefused, SignInFailed) as error:
            if isinstance(error, SignInFailed) and error.code == "account_unknown":
                return self.forgotten(self._pages.failed(request, error.code))
            if then:
                return self.forgotten(RedirectResponse(link_to_sign_in(own_path(then)), 303))
            over = problem_of(TokenRefused("token_expired"), frozenset())
            return self.forgotten(over.answer(request.state.correlation_id, request.headers))

    async def here(self, request: Request) -> Response:
        """Say who is signed in."""
        person = await self._person(request)
        if person is None:
            return RedirectResponse(f"/sign-in/renew?next={HERE}", 303)
        return self._pages.here(request, person, request.state.session["csrf"])

    async def start(self, request: Request) -> Response:
        """Go to where the day of whoever is signed in begins."""
        person = await self._person(request)
        if person is None:
            return RedirectResponse(f"/sign-in/renew?next={START}", 303)
        return RedirectResponse(next((place.path for place in places_for(person)), HERE), 303)

    async def sign_out(self, request: Request) -> Response:
        """End the session here, and its refresh token and session at the provider."""
        try:
            await session_of(request, self._sessions)
            kept = self._kept(RENEWAL, request)
        except TokenRefused:
            return self.forgotten(self._pages.signed_out(request))
        await self._provider.revoke(kept["refresh"])
        log.info("signed_out", account=kept["account"])
        return self.forgotten(self._pages.signed_out(request, await self._provider.end(kept["identity"])))

    async def signed_out(self, request: Request) -> Response:
        """Where the provider sends people who signed out."""
        return self._pages.signed_out(request)

    async def speak(self, request: Request) -> Response:
        """Keep the language somebody chose, which every room reads, and go back to where they were."""
        told = request.query_params
        answer = RedirectResponse(own_path(told.get("next", HERE)), 303)
        # No secret, and no sign of who somebody is: scripts of the house may read it, and it outlives the session.
        place: Any = {"path": "/", "secure": self._sessions.is_secure, "samesite": "lax"}
        answer.set_cookie(CHOICE, language_for(told.get("to", ""), ""), max_age=LANGUAGE_SECONDS, **place)
        return answer

    def answering(self, handler: Handler) -> Handler:
        """A handler whose failures are pages."""

        async def answer(request: Request) -> Response:
            await _reception(request).pace.keep_stranger(request)
            try:
                return await handler(request)
            except SignInFailed as error:
                log.info("sign_in_failed", code=error.code)
                return self._pages.failed(request, error.code)
            except AccountUnknown:
                return self._pages.failed(request, "account_unknown")
            except Unavailable:
                return self._pages.away(request)

        return answer

    async def _person(self, request: Request) -> Person | None:
        """Who is signed in, None where that has ended."""
        reception = _reception(request)
        try:
            session = await session_of(request, self._sessions)
            claims = await reception.verifier.claims(session["token"])
        except TokenRefused:
            return None
        return await reception.verifier.person(reception.database, claims)

    async def _signed_in(
        self, request: Request, answer: Response, tokens: Tokens, session: dict[str, Any], account: str
    ) -> Response:
        """The answer with both cookies, for an account that the directory still has."""
        reception = _reception(request)
        try:
            claims = await reception.verifier.claims(tokens.access)
            await reception.verifier.person(reception.database, claims)
        except AccountUnknown:
            await self._provider.revoke(tokens.refresh)
            raise SignInFailed("account_unknown") from None
        if claims.account != account:
            raise SignInFailed("tokens_unfit")
        self._keep(answer, SESSION, session | {"token": tokens.access})
        more = {"refresh": tokens.refresh, "identity": tokens.identity, "account": account}
        self._keep(answer, RENEWAL, session | more)
        return answer

    def _keep(self, answer: Response, kind: str, content: dict[str, Any]) -> None:
        sealed = self._sessions.seal(kind, content)
        if len(sealed) > COOKIE_CHARACTERS_MAX:
            raise SignInFailed("tokens_too_large")
        seconds = int(content["ends"] - real_now().timestamp())
        answer.set_cookie(self._cookies[kind], sealed, max_age=seconds, **self._place(kind))

    def _kept(self, kind: str, request: Request) -> dict[str, Any]:
        return self._sessions.open(kind, request.cookies.get(self._cookies[kind], ""), real_now().timestamp())

    def _drop(self, answer: Response, kind: str) -> None:
        answer.delete_cookie(self._cookies[kind], **self._place(kind))

    def forgotten(self, answer: Response) -> Response:
        """An answer that takes every cookie back."""
        for kind in self._cookies:
            self._drop(answer, kind)
        return answer

    def _place(self, kind: str) -> Any:
        path = "/" if kind == SESSION else "/sign-in"
        # Lax, not strict: the provider sends people back from another site, and so does a link in a letter.
        return {"path": path, "secure": self._sessions.is_secure, "httponly": True, "samesite": "lax"}


def _with_what_stays(tokens: Tokens, kept: dict[str, Any]) -> Tokens:
    """Renewed tokens; what a provider does not give anew stays as it was."""
    return Tokens(tokens.access, tokens.refresh or kept["refresh"], tokens.identity or kept["identity"])


def _reception(request: Request) -> Reception:
    reception: Reception = request.app.state.reception
    return reception
