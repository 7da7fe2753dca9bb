"""The pages of the development issuer: who signs in, and that somebody signed out. Everybody on them is invented."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from pathlib import Path
from zlib import crc32

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse

from referral.accounts import ACCOUNTS_FILE, AccountRules, load_accounts
from referral.directory_files import load_directory
from services.contracts.languages import USUAL, language_of
from services.contracts.names import Names, sort_key
from services.contracts.policy import load_policy, read_file
from services.pages.page import asset
from services.pages.speech import Labels, Speech, Words, load_labels, load_words

FOLDER = Path(__file__).with_name("sign_in")
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Vary": "Accept-Language, Cookie",
}
GIVEN = ("Amra", "Ivana", "Milica", "Lejla", "Jovana", "Marija", "Emir", "Ivan", "Marko", "Tarik", "Petar", "Adnan")
FAMILY = ("Izmišljena", "Nepostojeća", "Ogledna", "Zamišljena")
HIS = ("Izmišljeni", "Nepostojeći", "Ogledni", "Zamišljeni")
WOMEN = 6


@dataclass(frozen=True, slots=True)
class Invented:
    """Everybody a house invents, what their places are called, and whose place is shown first."""

    accounts: tuple[str, ...] = ()
    places: Mapping[str, Names] | None = None
    first: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody to choose."""

    account: str
    name: str
    does: str


@dataclass(frozen=True, slots=True)
class Group:
    """The people of one place."""

    name: str
    people: tuple[Person, ...]
    open: bool


def invented_people(policy: Path) -> Invented:
    """The accounts of people that a policy folder invents; none where its accounts are real, or it lists none."""
    path = policy / ACCOUNTS_FILE
    if not path.exists() or not (rules := read_file(path, AccountRules)).invented:
        return Invented()
    read = load_policy(policy)
    accounts = load_accounts(policy, load_directory(policy, read), read.units) or ()
    people = tuple(account.account for account in accounts if not account.client)
    return Invented(people, {unit.code: unit.names for unit in read.units}, rules.shown_first)


def choose(request: Request, invented: Invented, kept: Mapping[str, str], hint: str) -> HTMLResponse:
    """The page on which somebody says who they are; `kept` goes along with the answer."""
    t = _speech(request)
    people = [account for account in invented.first if account in invented.accounts]
    first = (Group(t.say("shown_first"), tuple(_person(t, invented, each) for each in people), open=True),)
    groups = (first if people else ()) + tuple(_groups(t, invented, hint))
    says = "" if groups else t.say("nobody_invented")
    return _page(t, "who_today", says=says, groups=groups, kept=kept, hint=hint)


def refused(request: Request) -> HTMLResponse:
    """The page for a request that cannot be sent back to whoever made it."""
    t = _speech(request)
    return _page(t, "cannot_go_on", says=t.say("unknown_client"), status=400)


def signed_out(request: Request) -> HTMLResponse:
    """The page after signing out, where nobody said where to go on."""
    t = _speech(request)
    return _page(t, "signed_out", says=t.say("close_window"))


def _groups(t: Speech, invented: Invented, hint: str) -> Iterable[Group]:
    """The people by the unit they work in, in the order of the alphabet."""

    def unit(account: str) -> str:
        return account.partition("@")[2].partition(".")[0]

    def place(account: str) -> tuple[tuple[int, ...], str]:
        return sort_key(_place(t, invented, unit(account))), unit(account)

    for code, accounts in groupby(sorted(invented.accounts, key=lambda each: (*place(each), each)), key=unit):
        people = tuple(_person(t, invented, account) for account in accounts)
        opened = any(person.account == hint for person in people) or len(invented.accounts) <= len(people)
        yield Group(_place(t, invented, code), people, opened)


def _place(t: Speech, invented: Invented, unit: str) -> str:
    names = (invented.places or {}).get(unit)
    return t.name(names) if names else unit


def _person(t: Speech, invented: Invented, account: str) -> Person:
    """An invented name, the same each time, and what this person does where."""
    role, _, place = account.partition("@")
    unit, _, kind = place.partition(".")
    chance = crc32(account.encode())
    number = chance % len(GIVEN)
    family = (FAMILY if number < WOMEN else HIS)[chance // len(GIVEN) % len(FAMILY)]
    said = [t.label("role", role) if role in t.labels["role"] else role]
    if kind:
        said.append(t.label("institution_kind", kind) if kind in t.labels["institution_kind"] else kind)
    return Person(account, f"{GIVEN[number]} {family}", ", ".join([*said, _place(t, invented, unit)]))


def _speech(request: Request) -> Speech:
    words, labels = _words()
    return Speech(language_of(request.headers, unasked=USUAL), words, labels)


def _page(t: Speech, title: str, *, says: str = "", status: int = 200, **shown: object) -> HTMLResponse:
    nothing = {"groups": (), "kept": {}, "hint": ""}
    page = _template().get_template("choose.html").render(nothing | shown, t=t, title=t.say(title), says=says)
    return HTMLResponse(page, status, HEADERS | {"Content-Language": t.language})


@cache
def _words() -> tuple[Words, Labels]:
    return load_words(FOLDER), load_labels()


@cache
def _template() -> Environment:
    templates = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.globals["asset"] = asset
    return templates
