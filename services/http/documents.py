"""What the contract of a room says about refusals, so that a client can be written from it alone."""

from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI

from services.http.problems import MEDIA_TYPE

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

TEXT = {"type": "string"}
PROBLEM_SCHEMA: dict[str, Any] = {
    "title": "Problem",
    "type": "object",
    "description": "What is wrong and what to do; it never repeats what was sent.",
    "required": ["type", "title", "status", "code", "detail", "correlation_id"],
    "properties": {
        "type": TEXT | {"examples": ["urn:spis:problem:token_expired"]},
        "title": TEXT,
        "status": {"type": "integer"},
        "code": TEXT | {"examples": ["token_expired"]},
        "detail": TEXT,
        "correlation_id": TEXT | {"format": "uuid"},
        "errors": {"type": "array", "items": {"type": "object", "additionalProperties": TEXT}},
    },
}


def refusals() -> dict[int | str, dict[str, Any]]:
    """Every refusal, as part of each endpoint's contract."""
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {status: {"description": says, "content": content} for status, says in REFUSALS.items()}


def document_of(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI document of an application, with the shape of a problem in it."""
    document = app.openapi()
    document.setdefault("components", {}).setdefault("schemas", {})["Problem"] = PROBLEM_SCHEMA
    return document


def names_in(part: Any) -> Iterator[str]:
    """The names of fields and parameters that a part of a contract knows."""
    if isinstance(part, dict):
        if isinstance(part.get("properties"), dict):
            yield from part["properties"]
        if isinstance(part.get("in"), str) and isinstance(part.get("name"), str):
            yield part["name"]
        part = list(part.values())
    if isinstance(part, list):
        for inner in part:
            yield from names_in(inner)
