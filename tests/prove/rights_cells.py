"""Every question that the contracts and the printed table raise: each operation, about each kind of thing in each
state, by each account. An operation for which no question can be made stops the proof and says what to add.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import httpx2

from deploy.house.layout import ROOMS
from tests.journeys.printed_rights import Cell, Someone
from tests.prove.rights_stage import FORMS, RELEASE, STATES, Known, Stage

ACTION = "x-spis-action"
HERE = "tests/prove/rights_cells.py"

Form = Callable[[Stage, Known], Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of a contract, with the action that decides it."""

    method: str
    path: str
    action: str
    asks_body: bool
    asks_query: frozenset[str]


@dataclass(frozen=True, slots=True)
class Recipe:
    """What an operation is asked about, and what a request must hold; `seen_by` decides whether a no may admit it."""

    kind: str
    form: Form = lambda _, __: {}
    query: Form = lambda _, __: {}
    seen_by: str = ""


def _step(name: str) -> Form:
    return lambda _, __: FORMS.get(name, {})


RECIPES: Mapping[str, Recipe] = {
    "report.receive": Recipe("unit", lambda stage, known: stage.here.paper(unit=known.ref), seen_by="public"),
    "report.screen": Recipe("report", lambda stage, _: stage.here.screening()),
    "case.close": Recipe("case", _step("close")),
    # Without the version that was read, whoever may correct is asked for it, so nothing is corrected.
    "case.correct_child": Recipe("case"),
    "journey.see": Recipe("list", query=lambda _, __: {"of": "R-22222-22222-2"}),
    "disclosure.read": Recipe("shared"),
    "person.forget": Recipe("person", lambda _, __: {"ground": "retention_over"}),
    "person.hold": Recipe("person", lambda _, __: {"reason": None}),
    # Refused by a rule wherever the table allows it: nobody is merged into themselves, so nobody is merged.
    "person.merge": Recipe("person", lambda _, known: {"into": known.ref}),
    "referral.send": Recipe(
        "referral",
        lambda _, known: {name: known.names[name] for name in ("case", "need", "receiver")},
        seen_by="referral.see",
    ),
    **{
        f"referral.{step}": Recipe("referral", _step(step), seen_by="referral.see")
        for step in ("accept", "start", "complete", "decline", "withdraw")
    },
    "directory.look_up": Recipe("unit", query=lambda _, known: {"unit": known.ref}, seen_by="public"),
    "release.ask": Recipe("press", lambda _, __: RELEASE, seen_by="public"),
    "figure.see": Recipe(
        "unit", query=lambda _, known: {"indicator": "cases_opened", "unit": known.ref}, seen_by="public"
    ),
}
"""By action, where the operation alone does not say it: what follows a `{ref}` and asks for nothing needs none."""


@dataclass(frozen=True, slots=True)
class Question:
    """May this account do this to such a thing?"""

    operation: Operation
    recipe: Recipe
    kind: str
    state: str
    someone: Someone

    def cell(self, stage: Stage, known: Known) -> Cell:
        """The request about one thing."""
        about = None if self.recipe.kind == "list" else known.thing
        path, it = self.operation.path.replace("{ref}", known.ref), self.operation
        form, query = self.recipe.form(stage, known), self.recipe.query(stage, known)
        return Cell(it.action, it.method, path, about, form, query, self.recipe.seen_by)


async def operations(http: httpx2.AsyncClient) -> list[Operation]:
    """Every operation of every room, as the rooms themselves offer them."""
    found = []
    for room in ROOMS:
        document = (await http.get(f"/{room}/openapi.json")).json()
        for path, methods in document["paths"].items():
            for method, it in methods.items():
                asked = [each for each in it.get("parameters", ()) if each.get("required") and each["in"] == "query"]
                body = it.get("requestBody", {}).get("required", False)
                names = frozenset(each["name"] for each in asked)
                found.append(Operation(method.upper(), path, it.get(ACTION, ""), body, names))
    return found


def recipe_of(operation: Operation) -> Recipe:
    """How an operation is asked; an error that says what to add where that cannot be known."""
    noun = operation.action.partition(".")[0]
    if operation.action in RECIPES:
        recipe = RECIPES[operation.action]
    elif "{" not in operation.path and operation.method == "GET":
        recipe = Recipe("list")
    else:
        recipe = Recipe(noun)
    made_of_nothing = operation.action not in RECIPES and (operation.asks_body or operation.asks_query)
    if not operation.action or recipe.kind not in STATES or made_of_nothing or operation.path.count("{") > 1:
        raise LookupError(
            f"{operation.method} {operation.path} ({operation.action or 'no action'}): nothing says what it is asked "
            f"about; add its Recipe to {HERE}, and a kind of thing to tests/prove/rights_stage.py if there is none"
        )
    return recipe


def questions(offered: Sequence[Operation], people: Mapping[str, Someone]) -> Iterator[Question]:
    """Each operation, state and account once."""
    for operation in offered:
        recipe = recipe_of(operation)
        for kind, states in STATES.items():
            if kind.partition(" ")[0] == recipe.kind:
                for state, someone in product(states, people.values()):
                    yield Question(operation, recipe, kind, state, someone)
