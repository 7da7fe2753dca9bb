"""Pages of a list by their last place, not by their number: nothing is shown twice or missed while rows are added.

A cursor is signed, and good only for the list and filters it was given for.
"""

import base64
import hmac
import json
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
    text = json.dumps(place, default=lambda moment: {"at": moment.isoformat()}).encode()
    return base64.urlsafe_b64encode(_seal(secret, scope, text) + text).decode().rstrip("=")


def read_cursor(secret: bytes, scope: str, cursor: str) -> Place:
    """The place a cursor names; refuses one that this house did not give for this list."""
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
    except ValueError:
        raw = b""
    seal, text = raw[:SEAL_BYTES], raw[SEAL_BYTES:]
    if not hmac.compare_digest(seal, _seal(secret, scope, text)):
        raise Problem(400, "cursor_unknown", "Use `next` as the page before gave it, with the same filters.")
    return tuple(json.loads(text, object_hook=lambda moment: datetime.fromisoformat(moment["at"])))


def scope_of(path: str, query: str) -> str:
    """What a cursor is good for: one list with its filters, whatever the size of the page."""
    given = parse_qsl(query, keep_blank_values=True)
    return f"{path}?{urlencode(sorted(pair for pair in given if pair[0] not in ('after', 'limit')))}"


def link_to(path: str, query: str, cursor: str) -> str:
    """The Link header to the next page."""
    kept = [(name, value) for name, value in parse_qsl(query, keep_blank_values=True) if name != "after"]
    return f'<{path}?{urlencode([*kept, ("after", cursor)])}>; rel="next"'


def _seal(secret: bytes, scope: str, text: bytes) -> bytes:
    return hmac.digest(secret, b"cursor\x1f" + scope.encode() + b"\x1f" + text, "sha256")[:SEAL_BYTES]
