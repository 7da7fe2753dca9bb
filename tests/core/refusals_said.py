"""What the product says when it says no, found in its source: every code with every sentence, and every status."""

import ast
from collections.abc import Iterator
from itertools import product

from starlette.exceptions import HTTPException

from services.contracts.advice import PLAIN, TOKEN_ADVICE
from services.http.problems import problem_of
from tests.architecture.sources import REPOSITORY, ROOMS, name_of, python_files, tree

SAID_ELSEWHERE = {
    "analytics/recount.py": "an operator's command",
    "analytics/release/book.py": "a judgement: its code is kept with the release",
    "analytics/release/counted.py": "a judgement",
    "analytics/release/hiding.py": "a judgement",
    "analytics/release/judging.py": "a judgement",
    "analytics/release/releasing.py": "a judgement",
    "analytics/release/table.py": "a judgement",
    "intake/access_log/verifying.py": "an operator's command",
    "notifications/catalogue.py": "a worker that hears of an alert",
    "referral/barring.py": "an operator's command",
    "services/bus/checkpoints.py": "a reader of topics",
    "services/bus/parking.py": "an operator's command",
    "services/contracts/catalog.py": "a reader of topics",
    "services/contracts/envelope.py": "a reader of topics",
    "services/runtime/operations.py": "an operator's command",
}
"""Where a refusal is no answer over HTTP: it is said in English to whoever runs the house, or to nobody."""

PASSED_ON = {"services/http/gate.py", "services/http/permits.py", "services/http/problems.py"}
"""Where a problem is made of what was said elsewhere."""


def calls() -> Iterator[tuple[str, ast.Call, str]]:
    """Every call by the name of what it calls, in whatever answers over HTTP."""
    for path in python_files("services", *ROOMS):
        if (file := name_of(path)) not in SAID_ELSEWHERE:
            for node in ast.walk(tree(path)):
                match node:
                    case ast.Call(func=ast.Name(id=name)):
                        yield name, node, file
                    case ast.ClassDef(bases=[ast.Name(id="Malformed")], body=[*_, ast.FunctionDef(body=[first, *_])]):
                        # Its own sentence is what it gives to the one above it.
                        assert isinstance(first, ast.Expr)
                        assert isinstance(first.value, ast.Call)
                        yield "Malformed", first.value, file
                    case _:
                        pass


def _texts(expression: ast.expr, file: str) -> list[str]:
    """What an expression may say, with {} where it inserts something, and … where that is quoted."""
    match expression:
        case ast.Constant(value=str(text)):
            return [text]
        case ast.JoinedStr(values=parts):
            return ["".join(str(part.value) if isinstance(part, ast.Constant) else _mark(part) for part in parts)]
        case ast.IfExp(body=one, orelse=other):
            return [*_texts(one, file), *_texts(other, file)]
        case ast.Name(id=name):
            assigned = [
                node.value
                for node in ast.walk(tree(REPOSITORY / file))
                if isinstance(node, ast.Assign) and node.lineno < expression.lineno
                if any(isinstance(target, ast.Name) and target.id == name for target in node.targets)
            ]
            return _texts(max(assigned, key=lambda value: value.lineno), file) if assigned else []
        case _:
            return []


def _mark(part: ast.expr) -> str:
    return "…" if isinstance(part, ast.FormattedValue) and part.conversion == ord("r") else "{}"


def said() -> set[tuple[str, str]]:
    """Each code with each sentence that the product says under it."""
    not_answered = problem_of(HTTPException(418), frozenset())
    found = {*PLAIN.values(), *TOKEN_ADVICE.items(), (not_answered.code, not_answered.detail)}
    for name, call, file in calls():
        match name, call.args:
            case ("Problem", [_, code, sentence, *_]) | ("Refused", [code, sentence]):
                pairs = list(product(_texts(code, file), _texts(sentence, file)))
            case "Malformed", [sentence]:
                pairs = [("malformed", text) for text in _texts(sentence, file)]
            case "Problem" | "Refused" | "Malformed", _:
                pairs = []
            case _:
                continue
        assert pairs or file in PASSED_ON, f"{file}:{call.lineno}: say the code and the sentence where it is raised"
        found.update(pairs)
    return found


def statuses() -> set[int]:
    """Each status of a problem."""
    given = {
        call.args[0].value for name, call, _ in calls() if name == "Problem" and isinstance(call.args[0], ast.Constant)
    }
    return {status for status in given if isinstance(status, int)} | set(PLAIN)


def broken_rules() -> dict[str, str]:
    """The kinds of wrong fields that we named ourselves, with what is said of them."""
    given = [(call.args, file) for name, call, file in calls() if name == "PydanticCustomError"]
    return {
        kind: says for (code, sentence), file in given for kind in _texts(code, file) for says in _texts(sentence, file)
    }
