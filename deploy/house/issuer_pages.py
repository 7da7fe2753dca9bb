"""The pages of the development issuer: who signs in, and that somebody signed out. Everybody on them is invented."""

from collections.abc import Iterable, Mapping
from html import escape
from itertools import groupby
from pathlib import Path

from starlette.responses import HTMLResponse

from referral.accounts import ACCOUNTS_FILE, AccountRules, load_accounts
from referral.directory_files import load_directory
from services.contracts.policy import load_policy, read_file

HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; base-uri 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
PAGE = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{title}</title></head>
<body>
<main>
<h1>{title}</h1>
<p><strong>Nobody here is real.</strong> This page belongs to a house for trying things out, on one machine.</p>
{content}
</main>
</body>
</html>
"""


def invented_people(policy: Path) -> tuple[str, ...]:
    """The accounts of people that a policy folder invents; none where its accounts are real, or it lists none."""
    path = policy / ACCOUNTS_FILE
    if not path.exists() or not read_file(path, AccountRules).invented:
        return ()
    read = load_policy(policy)
    accounts = load_accounts(policy, load_directory(policy, read), read.units) or ()
    return tuple(account.account for account in accounts if not account.client)


def choose(people: Iterable[str], kept: Mapping[str, str], hint: str) -> HTMLResponse:
    """The page on which somebody says who they are; `kept` goes along with the answer."""
    hidden = "".join(
        f'<input type="hidden" name="{escape(name)}" value="{escape(text)}">' for name, text in kept.items()
    )
    groups = []
    for place, accounts in groupby(sorted(people, key=_by_place), key=lambda account: _by_place(account)[0]):
        options = "".join(
            f'<option value="{escape(each)}"{" selected" if each == hint else ""}>{escape(each)}</option>'
            for each in accounts
        )
        groups.append(f'<optgroup label="{escape(place)}">{options}</optgroup>')
    form = (
        f'<form method="post" action="/id/authorize">{hidden}<p><label for="account">Sign in as</label> '
        f'<select id="account" name="account" required>{"".join(groups)}</select> '
        f'<button type="submit">Sign in</button></p></form>'
    )
    return _page("Who are you today?", form if groups else "<p>This house invents nobody.</p>")


def refused(says: str) -> HTMLResponse:
    """The page for a request that cannot be sent back to whoever made it."""
    return _page("This sign-in cannot go on", f"<p>{escape(says)}</p>", status=400)


def signed_out() -> HTMLResponse:
    """The page after signing out, where nobody said where to go on."""
    return _page("You are signed out", "<p>You can close this window.</p>")


def _page(title: str, content: str, *, status: int = 200) -> HTMLResponse:
    return HTMLResponse(PAGE.format(title=escape(title), content=content), status, HEADERS)


def _by_place(account: str) -> tuple[str, str]:
    name, _, place = account.partition("@")
    return place, name
