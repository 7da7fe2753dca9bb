"""References and event ids: random where a person is behind them, derived where the same fact must have the same id."""

import secrets
from collections.abc import Callable
from functools import lru_cache
from hashlib import sha1, sha256
from uuid import NAMESPACE_URL

ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
"""No 0, 1, I or O: a reference is read over the telephone."""

NewReference = Callable[[str], str]


def new_reference(letter: str) -> str:
    """A random reference such as `C-7KQ2M-XW4ZP-3`: never derived from a person's number, 55 bits."""
    number = secrets.randbits(55)
    text = "".join([ALPHABET[(number >> place) & 31] for place in range(0, 55, 5)])
    return f"{letter}-{text[:5]}-{text[5:10]}-{text[10:]}"


@lru_cache(4_096)
def derived_reference(letter: str, *facts: str) -> str:
    """The reference that the same facts always give, so that a repeated command meets the same stream."""
    number = int(_uuid5("\x1f".join(("spis", letter, *facts))), 16)
    text = "".join([ALPHABET[(number >> place) & 31] for place in range(0, 80, 5)])
    return f"{letter}-{text[:5]}-{text[5:10]}-{text[10:]}"


def event_id(room: str, fact: str, body: bytes) -> str:
    """The id of what a room says of a fact: the same fact in the same words has the same id.

    The words count, because after a restore to an earlier point another fact may take the place of a lost one.
    """
    digits = _uuid5(f"spis/{room}/{fact}/{sha256(body).hexdigest()}")
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def _uuid5(name: str) -> str:
    """The digits of what `uuid.uuid5` gives for a URL, at a third of its price: it is asked for with every event."""
    digits = sha1(NAMESPACE_URL.bytes + name.encode(), usedforsecurity=False).hexdigest()
    return f"{digits[:12]}5{digits[13:16]}{'89ab'[int(digits[16], 16) & 3]}{digits[17:32]}"
