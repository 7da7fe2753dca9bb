"""What an answer that says no tells its reader in their language; where it is raised, it is said in English.

A row of `advice.toml` is found by its code and by the English sentence, which also gives what was inserted into it.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from http import HTTPStatus
from pathlib import Path
from typing import Any

from services.contracts.names import Names
from services.contracts.policy import read_file

ADVICE = Path(__file__).with_name("advice.toml")
SPOKEN_WHERE_IT_IS_SAID = "en"
INSERTED = re.compile(r"\{(\w+)\}")

TOKEN_ADVICE = {
    "token_missing": "Send a token of the house's issuer in a header Authorization: Bearer …, or sign in at /sign-in.",
    "token_expired": "The token has expired: get a new one (a browser: at /sign-in/renew) and send the same again.",
    "token_invalid": "The token is not one this house accepts: get one from its issuer, or sign in anew at /sign-in.",
}
PLAIN = {
    400: ("body_unreadable", "The body cannot be read: send one JSON document in UTF-8."),
    404: ("path_unknown", "There is nothing at this address: see openapi.json of the room."),
    405: ("method_not_allowed", "This address does not take that method: see openapi.json of the room."),
    413: ("body_too_large", "The body is larger than this house accepts: send 256000 bytes at most."),
}

SHAPE = {
    "title": "Problem",
    "type": "object",
    "description": "What is wrong and what to do, in the reader's language; it never repeats what was sent.",
    "properties": {name: {"type": "string"} for name in ("type", "title", "code", "detail", "correlation_id")}
    | {"status": {"type": "integer"}, "errors": {"type": "array", "items": {"type": "object"}}},
    "required": ["type", "title", "status", "code", "detail", "correlation_id"],
}


@cache
def load_advice() -> Mapping[str, Names]:
    """Every row by its key; a language that is missing is refused."""
    return read_file(ADVICE, dict[str, Names])


def title_of(status: int, language: str) -> str:
    """What a status of HTTP is called; one that no answer of ours has is called as HTTP calls it."""
    title = None if language == SPOKEN_WHERE_IT_IS_SAID else load_advice().get(f"title.{status}")
    return title.spoken(language) if title else HTTPStatus(status).phrase


def in_language(problem: Mapping[str, Any], language: str) -> Mapping[str, Any]:
    """A problem with its English sentences in one of the languages of the house; codes and rules stay as they are."""
    if language == SPOKEN_WHERE_IT_IS_SAID:
        return problem
    said: dict[str, Any] = {"detail": _detail(problem["code"], problem["detail"], language)}
    if "errors" in problem:
        said["errors"] = [{**each, "says": _rule(each["rule"], each["says"], language)} for each in problem["errors"]]
    return {**problem, **said}


def _detail(code: str, english: str, language: str) -> str:
    """A sentence of a code; one that nobody wrote a row for stays English, and a test finds it."""
    return next(_said(_rows().get(code, ()), english, language), english)


def _rule(kind: str, english: str, language: str) -> str:
    """What is wrong with a field, at least that it is not accepted: `rule` beside it says which kind it is."""
    # Where pydantic names what it expects, it joins the last two with a word.
    english = english.replace("' or '", "', '")
    usual = load_advice()["rule.other"].spoken(language)
    return next(_said(_rows().get(f"rule.{kind}", ()), english, language), usual)


def _said(rows: Sequence[tuple[re.Pattern[str], Names]], english: str, language: str) -> Iterator[str]:
    for pattern, names in rows:
        if found := pattern.fullmatch(english):
            yield names.spoken(language).format_map(found.groupdict())


@cache
def _rows() -> Mapping[str, Sequence[tuple[re.Pattern[str], Names]]]:
    """The rows of each code, each with the pattern of its English sentence."""
    rows: dict[str, list[tuple[re.Pattern[str], Names]]] = {}
    for key, names in load_advice().items():
        fixed, *inserted = INSERTED.split(names.en)
        pairs = zip(inserted[::2], inserted[1::2], strict=True)
        pattern = re.escape(fixed) + "".join(f"(?P<{name}>.*?){re.escape(text)}" for name, text in pairs)
        rows.setdefault(key.partition("/")[0], []).append((re.compile(pattern), names))
    return rows
