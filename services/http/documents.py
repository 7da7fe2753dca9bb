"""What the contract of a room says about refusals, so that a client can be written from it alone."""

from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI

from services.http.problems import MEDIA_TYPE

PROBLEM = "Problem"

REFUSALS = {
    400: "The request cannot be read, or a header it needs is missing.",
    401: "There is no valid token.",
    403: "The account may not do this.",
    404: "There is no such record that this account may see.",
    409: "The rules say no as things stand, or the same request is still being carried out.",
    413: "The body is too large.",
    415: "The body is not JSON.",
    422: "Fields are missing or wrong, or the key named another request before.",
    429: "Too many live streams are open.",
    503: "Something needed is away; Retry-After says when to try again.",
}

PROBLEM_SCHEMA: dict[str, Any] = {
    "title": PROBLEM,
    "type": "object",
    "description": "What is wrong and what to do; it never repeats what was sent.",
    "required": ["type", "title", "status", "code", "detail", "correlation_id"],
    "properties": {
        "type": {"type": "string", "examples": ["urn:spis:problem:token_expired"]},
        "title": {"type": "string", "examples": ["Unauthorized"]},
        "status": {"type": "integer", "examples": [401]},
        "code": {"type": "string", "examples": ["token_expired"]},
        "detail": {"type": "string", "examples": ["The token has expired: get a new one and send the same again."]},
        "correlation_id": {"type": "string", "format": "uuid"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["place", "rule", "says"],
                "properties": {"place": {"type": "string"}, "rule": {"type": "string"}, "says": {"type": "string"}},
            },
        },
    },
}


def described() -> dict[int | str, dict[str, Any]]:
    """Every refusal, as part of each endpoint's contract."""
    schema = {"$ref": f"#/components/schemas/{PROBLEM}"}
    return {
        status: {"description": says, "content": {MEDIA_TYPE: {"schema": schema}}} for status, says in REFUSALS.items()
    }


def document_of(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI document of an application, with the shape of a problem in it."""
    document = app.openapi()
    document.setdefault("components", {}).setdefault("schemas", {})[PROBLEM] = PROBLEM_SCHEMA
    return document


def names_in(document: dict[str, Any]) -> frozenset[str]:
    """The names of fields and parameters that a contract knows: the only ones an error may repeat."""
    return frozenset(("body", "query", "path", "header", *_names(document)))


def _names(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        if isinstance(part.get("properties"), dict):
            yield from part["properties"]
        if isinstance(part.get("in"), str) and isinstance(part.get("name"), str):
            yield part["name"]
    inner = part.values() if isinstance(part, dict) else part if isinstance(part, list) else ()
    for each in inner:
        yield from _names(each)
