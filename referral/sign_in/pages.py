"""The few pages around signing in, in the reader's language. They hold no script, load nothing, and repeat nothing that
came with a request.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from pathlib import Path
from urllib.parse import quote

from starlette.responses import HTMLResponse

from services.contracts.languages import OWN_NAMES
from services.contracts.names import Names
from services.contracts.policy import read_file
from services.security.rights import Person

WORDS = Path(__file__).with_name("words.toml")
LANGUAGE_PATH = "/sign-in/language"
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "Vary": "Accept-Language, Cookie",
}
PAGE = """<!doctype html>
<html lang="{language}">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width">{head}
<title>{title} · SPIS</title></head>
<body>
<main>
<h1>{title}</h1>
{content}
</main>
<nav aria-label="{choose}"><ul>{languages}</ul></nav>
</body>
</html>
"""
TOLD = frozenset({"attempt_unknown", "account_unknown", "tokens_too_large"})
"""The failures that have words of their own."""


def load_words() -> Mapping[str, Names]:
    """What the pages say; a language that is missing is refused."""
    return read_file(WORDS, dict[str, Names])


def link_to_sign_in(then: str) -> str:
    """The address that signs somebody in and brings them back."""
    return f"/sign-in?next={quote(then)}"


@dataclass(frozen=True, slots=True)
class Pages:
    """The pages for one reader."""

    words: Mapping[str, Names]
    language: str

    def failed(self, code: str) -> HTMLResponse:
        """Why a sign-in did not go on, and how to begin again."""
        says = self._says(code if code in TOLD else "not_confirmed")
        status = 403 if code == "account_unknown" else 400
        return self._page("not_signed_in", f"<p>{says}</p>{self._again()}", status=status)

    def away(self) -> HTMLResponse:
        """The provider does not answer."""
        return self._page("not_now", f"<p>{self._says('away')}</p>{self._again()}", status=503)

    def here(self, person: Person, csrf: str) -> HTMLResponse:
        """Who is signed in, and the button that ends it."""
        told = {
            "account": person.account,
            "institution": person.institution,
            "roles": ", ".join(sorted(person.roles)),
            "desks": ", ".join(sorted(person.desks)),
        }
        none = self._says("none")
        rows = "".join(f"<dt>{self._says(name)}</dt><dd>{escape(text) or none}</dd>" for name, text in told.items())
        form = (
            '<form method="post" action="/sign-in/out"><input type="hidden" name="csrf" '
            f'value="{escape(csrf)}"><button type="submit">{self._says("sign_out")}</button></form>'
        )
        return self._page("signed_in", f"<dl>{rows}</dl>{form}", back="/sign-in/here")

    def signed_out(self, onward: str = "") -> HTMLResponse:
        """Somebody signed out here; `onward` is where the provider ends its own session too."""
        if not onward:
            return self._page("signed_out", self._again(), back="/sign-in/out")
        link = escape(onward)
        content = f'<p>{self._says("provider_told")} <a href="{link}">{self._says("go_on")}</a></p>'
        # A form may only be sent to this house, and so may not be redirected to the provider: the page goes on.
        return self._page("signed_out", content, head=f'<meta http-equiv="refresh" content="0; url={link}">')

    def _says(self, word: str) -> str:
        return escape(self.words[word].spoken(self.language))

    def _again(self) -> str:
        return f'<p><a href="/sign-in">{self._says("sign_in")}</a></p>'

    def _page(
        self, title: str, content: str, *, back: str = "/sign-in", status: int = 200, head: str = ""
    ) -> HTMLResponse:
        languages = "".join(
            f'<li><a href="{LANGUAGE_PATH}?to={code}&amp;next={back}" lang="{code}" hreflang="{code}">{name}</a></li>'
            for code, name in OWN_NAMES.items()
        )
        told = {"language": self.language, "title": self._says(title), "choose": self._says("language")}
        return HTMLResponse(PAGE.format(content=content, head=head, languages=languages, **told), status, HEADERS)
