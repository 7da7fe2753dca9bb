"""Pages of a list by their last place, not by their number: nothing is shown twice or missed while rows are added.

A cursor is signed, and good only for the list and filters it was given for.
"""

import base64
import binascii
import hmac
import json
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated
from urllib.parse import parse_qsl, urlencode

from fastapi import Query

from services.http.problems import Problem

LIMIT_MAX = 200
LIMIT_USUAL = 50
SEAL_BYTES = 16
CURSOR_CHARACTERS_MAX = 512

Place = tuple[str | int | datetime, ...]
"""The values a list is sorted by, of the last row that was shown; together they name one row."""

Limit = Annotated[int, Query(ge=1, le=LIMIT_MAX, description="How many rows at most.", examples=[50])]
After = Annotated[
    str | None,
    Query(max_length=CURSOR_CHARACTERS_MAX, description="The `next` of the page before; absent for the first page."),
]


def write_cursor(secret: bytes, scope: str, place: Place) -> str:
    """The cursor that names a place in a list."""
    text = json.dumps([_plain(value) for value in place], separators=(",", ":"), ensure_ascii=False).encode()
    return base64.urlsafe_b64encode(_seal(secret, scope, text) + text).decode().rstrip("=")


def read_cursor(secret: bytes, scope: str, cursor: str) -> Place:
    """The place a cursor names; refuses one that this house did not give for this list."""
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raw = b""
    seal, text = raw[:SEAL_BYTES], raw[SEAL_BYTES:]
    if not hmac.compare_digest(seal, _seal(secret, scope, text)):
        raise Problem(400, "cursor_unknown", "Use `next` as the page before gave it, with the same filters.")
    return tuple(_rich(value) for value in json.loads(text))


def scope_of(path: str, query: str) -> str:
    """What a cursor is good for: one list with its filters, whatever the size of the page."""
    return f"{path}?{urlencode(sorted(_filters(query)))}"


def link_to(path: str, query: str, cursor: str) -> str:
    """The Link header to the next page."""
    kept = [(name, value) for name, value in parse_qsl(query, keep_blank_values=True) if name != "after"]
    return f'<{path}?{urlencode([*kept, ("after", cursor)])}>; rel="next"'


def _filters(query: str) -> Sequence[tuple[str, str]]:
    return [(name, value) for name, value in parse_qsl(query, keep_blank_values=True) if name not in ("after", "limit")]


def _seal(secret: bytes, scope: str, text: bytes) -> bytes:
    return hmac.digest(secret, b"cursor\x1f" + scope.encode() + b"\x1f" + text, "sha256")[:SEAL_BYTES]


def _plain(value: str | int | datetime) -> str | int:
    match value:
        case datetime():
            return f"@{value.isoformat()}"
        case str():
            return f"={value}"
        case int():
            return value


def _rich(value: str | int) -> str | int | datetime:
    match value:
        case str() if value.startswith("@"):
            return datetime.fromisoformat(value[1:])
        case str():
            return value[1:]
        case int():
            return value
