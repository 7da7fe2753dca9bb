"""The chain of the access log: each link is a hash over one entry and the link before it, so no past changes unseen.

Values in, values out. Entries hold references only, so forgetting a person changes none of them.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

FIELDS = (
    "account",
    "action",
    "subject",
    "unit",
    "correlation_id",
    "at",
    "by_right",
    "record",
    "referral",
    "recorded_at",
)
"""What of an entry is sealed, in this order, for ever: another order or a further field would be another chain."""


@dataclass(frozen=True, slots=True)
class Head:
    """How far a chain goes, and its last link; whoever keeps it can tell every change of what lies before."""

    length: int
    hash: bytes


@dataclass(frozen=True, slots=True)
class Link:
    """One link of a chain: the number and hash of one entry."""

    number: int
    entry: int
    hash: bytes


BEGINNING = Head(0, bytes(32))


def sealed(head: Head, entry: int, content: Mapping[str, Any]) -> Link:
    """The link that follows a head; of an entry that is gone the content is empty, and so it stays."""
    said = [_plain(content[field]) for field in FIELDS] if content else []
    text = json.dumps([head.length + 1, entry, *said], ensure_ascii=False, separators=(",", ":"))
    return Link(head.length + 1, entry, sha256(head.hash + text.encode()).digest())


def links_after(head: Head, entries: Iterable[tuple[int, Mapping[str, Any]]]) -> Iterator[Link]:
    """The links of further entries, in their order."""
    for entry, content in entries:
        link = sealed(head, entry, content)
        head = Head(link.number, link.hash)
        yield link


def _plain(value: object) -> object:
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else value
