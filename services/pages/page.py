"""Draws the pages of one room: its templates in the one layout of the house, in the reader's language.

Nothing here decides who may see what: a page is given what an endpoint was allowed to read.
"""

import secrets
from collections.abc import Callable
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from fastapi import Request
from jinja2 import ChoiceLoader, Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse

from services.contracts.advice import in_language
from services.contracts.codes import InstitutionKind
from services.contracts.languages import OWN_NAMES, USUAL, language_of
from services.contracts.policy import Policy
from services.http.calls import Reception
from services.http.problems import Problem
from services.pages.places import CENTRE, places_for
from services.pages.routes import here
from services.pages.speech import Speech, load_labels, load_words
from services.security.rights import Person

TEMPLATES, ASSETS = Path(__file__).with_name("templates"), Path(__file__).with_name("assets")
KINDS = frozenset(InstitutionKind)
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "same-origin",
    "Vary": "Accept-Language, Cookie",
}


class Pages:
    """The pages of one room; a language or a label that is missing is refused when it starts."""

    def __init__(self, room: str, folder: Path, policy: Policy) -> None:
        self.room = room
        self.policy = policy
        self._words, self._labels = load_words(folder), load_labels()
        self._templates = Environment(
            loader=ChoiceLoader([FileSystemLoader(folder / "templates"), FileSystemLoader(TEMPLATES)]),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.globals |= {"asset": asset, "languages": OWN_NAMES, "room": room, "centre": CENTRE}

    def speech(self, request: Request) -> Speech:
        """What is said to whoever asks."""
        return Speech(language_of(request.headers, unasked=USUAL), self._words, self._labels)

    def draw(
        self, request: Request, template: str, *, status: int = 200, person: Person | None = None, **shown: Any
    ) -> HTMLResponse:
        """One page; `shown` is what it shows, `person` whoever reads it where no call says that."""
        t, reception, state = self.speech(request), _reception(request), request.state
        person = getattr(state, "person", person)
        session = getattr(state, "session", {})
        around = {
            "t": t,
            "now": reception.clock.now(),
            "here": here(request),
            "person": person,
            "places": places_for(person),
            "csrf": session.get("csrf", ""),
            "ends": int(session.get("ends", 0)),
            "key": secrets.token_urlsafe(18),
            "unit_name": self.unit_name(t),
            "need_name": self.need_name(t),
            "institution_name": self.institution_name(t),
        }
        html = self._templates.get_template(template).render(around | shown)
        return HTMLResponse(html, status, HEADERS | {"Content-Language": t.language})

    def problem(self, request: Request, problem: Problem) -> HTMLResponse:
        """The page that says why something was refused, and holds what was typed so that nothing is lost."""
        sheet = getattr(request.state, "sheet", None)
        typed = sheet.fields if sheet and request.method == "POST" else {}
        said = in_language({"code": problem.code, "detail": problem.detail}, self.speech(request).language)
        shown: dict[str, Any] = {"problem": problem, "typed": typed, "detail": said["detail"]}
        answer = self.draw(request, "problem.html", status=problem.status, **shown)
        answer.headers.update(problem.headers or {})
        return answer

    def unit_name(self, t: Speech) -> Callable[[str], str]:
        """What a unit is called; a code that the house does not know stands for itself."""
        units = self.policy.units
        return lambda code: t.name(units.unit(code).names) if code in units else code

    def institution_name(self, t: Speech) -> Callable[[str], str]:
        """What an institution is, and where: by the kind in its code, where that says one; else its code."""
        unit_name = self.unit_name(t)

        def name(code: str) -> str:
            unit, _, kind = code.partition(".")
            return f"{t.label('institution_kind', kind)}, {unit_name(unit)}" if kind in KINDS else code

        return name

    def need_name(self, t: Speech) -> Callable[[str], str]:
        """What a need is called."""
        labels = {need.code: need.labels for need in self.policy.needs}
        return lambda code: t.name(labels[code]) if code in labels else code


def _reception(request: Request) -> Reception:
    reception: Reception = request.app.state.reception
    return reception


@cache
def asset(name: str) -> str:
    """The address of a file of the layout, with a mark of what is in it, so that browsers may keep it for ever."""
    return f"/assets/{name}?v={sha256((ASSETS / name).read_bytes()).hexdigest()[:12]}"
