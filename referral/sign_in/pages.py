"""The few pages around signing in, in the reader's language; they repeat nothing that came with a request."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from fastapi import Request
from starlette.responses import HTMLResponse

from services.pages.page import Pages
from services.security.rights import Person

LANGUAGE_PATH = "/sign-in/language"
TOLD = frozenset({"attempt_unknown", "account_unknown", "tokens_too_large"})
"""The failures that have words of their own."""


def link_to_sign_in(then: str) -> str:
    """The address that signs somebody in and brings them back."""
    return f"/sign-in?next={quote(then)}"


@dataclass(frozen=True, slots=True)
class SignInPages:
    """What somebody sees before, between and after."""

    pages: Pages

    def failed(self, request: Request, code: str) -> HTMLResponse:
        """Why a sign-in did not go on, and how to begin again."""
        says = code if code in TOLD else "not_confirmed"
        return self._page(request, "not_signed_in", says, status=403 if code == "account_unknown" else 400)

    def away(self, request: Request) -> HTMLResponse:
        """The provider does not answer."""
        return self._page(request, "not_now", "away", status=503)

    def here(self, request: Request, person: Person, csrf: str) -> HTMLResponse:
        """Who is signed in, where they can go, and the button that ends it."""
        return self.pages.draw(request, "here.html", person=person, csrf=csrf)

    def signed_out(self, request: Request, onward: str = "") -> HTMLResponse:
        """Somebody signed out here; `onward` is where the provider ends its own session too."""
        # A form may only be sent to this house, and so may not be redirected to the provider: the page goes on.
        return self._page(request, "signed_out", "provider_told" if onward else "", onward=onward)

    def _page(self, request: Request, title: str, says: str, *, status: int = 200, onward: str = "") -> HTMLResponse:
        shown: dict[str, Any] = {"page_title": title, "says": says, "onward": onward, "here": "/sign-in"}
        return self.pages.draw(request, "way_in.html", status=status, **shown)
