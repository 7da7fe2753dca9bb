"""The few pages around signing in. They hold no script, load nothing, and repeat nothing that came with a request."""

from html import escape
from urllib.parse import quote

from starlette.responses import HTMLResponse

from services.security.rights import Person

HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
}
PAGE = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width">{head}
<title>{title} · SPIS</title></head>
<body>
<main>
<h1>{title}</h1>
{content}
</main>
</body>
</html>
"""
AGAIN = '<p><a href="/sign-in">Sign in</a></p>'
WHY = {
    "attempt_unknown": "This sign-in was begun in another browser, too long ago, or in another window after this one.",
    "account_unknown": "The directory has no such active account: ask who keeps it at your institution.",
    "tokens_too_large": "What the provider of identities gave is too large for a browser to keep: tell who runs it.",
}


def failed(code: str) -> HTMLResponse:
    """Why a sign-in did not go on, and how to begin again."""
    says = WHY.get(code, "The provider of identities did not confirm who you are.")
    status = 403 if code == "account_unknown" else 400
    return _page("You are not signed in", f"<p>{says}</p>{AGAIN}", status=status)


def away() -> HTMLResponse:
    """The provider does not answer."""
    says = "The provider of identities does not answer at the moment. Nothing is lost: try again soon."
    return _page("You cannot sign in just now", f"<p>{says}</p>{AGAIN}", status=503)


def here(person: Person, csrf: str) -> HTMLResponse:
    """Who is signed in, and the button that ends it."""
    told = {
        "Account": person.account,
        "Institution": person.institution,
        "Roles": ", ".join(sorted(person.roles)),
        "Desks": ", ".join(sorted(person.desks)) or "none",
    }
    rows = "".join(f"<dt>{name}</dt><dd>{escape(text)}</dd>" for name, text in told.items())
    form = (
        '<form method="post" action="/sign-in/out">'
        f'<input type="hidden" name="csrf" value="{escape(csrf)}"><button type="submit">Sign out</button></form>'
    )
    return _page("You are signed in", f"<dl>{rows}</dl>{form}")


def signed_out(onward: str = "") -> HTMLResponse:
    """Somebody signed out here; `onward` is where the provider ends its own session too."""
    if not onward:
        return _page("You are signed out", AGAIN)
    link = escape(onward)
    content = f'<p>The provider of identities is told too. <a href="{link}">Go on</a></p>'
    # A form may only be sent to this house, and so may not be redirected to the provider: the page goes on by itself.
    return _page("You are signed out", content, head=f'<meta http-equiv="refresh" content="0; url={link}">')


def link_to_sign_in(then: str) -> str:
    """The address that signs somebody in and brings them back."""
    return f"/sign-in?next={quote(then)}"


def _page(title: str, content: str, *, status: int = 200, head: str = "") -> HTMLResponse:
    return HTMLResponse(PAGE.format(title=title, content=content, head=head), status, HEADERS)
