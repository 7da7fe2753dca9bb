"""In which of the languages of the house a reader is answered: the one they chose, or the first a browser asks for."""

import re
from collections.abc import Mapping

from services.contracts.names import LANGUAGES

CHOICE = "spis-language"
"""The cookie that keeps what somebody chose; scripts of the house may read it."""

USUAL = "bs"
OWN_NAMES = {"bs": "Bosanski", "hr": "Hrvatski", "sr-Cyrl": "Српски", "sr-Latn": "Srpski", "en": "English"}
ASKED_MAX = 20
CHOSEN = re.compile(rf"(?:^|;)\s*{CHOICE}=([\w-]+)")

_ALSO = {"sr": "sr-Cyrl", "sh": "bs", "cnr": "sr-Latn"}
"""What a browser may ask for besides: Serbian is written in both scripts, the first of them by law."""


def language_for(chosen: str, accepted: str) -> str:
    """One of `LANGUAGES`, by what a reader chose, else by the browser's Accept-Language, else the usual one."""
    if chosen in LANGUAGES:
        return chosen
    asked = sorted((_asked(part) for part in accepted.split(",")[:ASKED_MAX]), key=lambda each: -each[1])
    return next((known for tag, weight in asked if weight > 0 and (known := _known(tag))), USUAL)


def language_of(headers: Mapping[str, str], unasked: str) -> str:
    """The language to answer a request in, by its headers; `unasked` where neither a choice nor a wish came with it."""
    found = CHOSEN.search(headers.get("cookie", ""))
    chosen, accepted = found[1] if found else "", headers.get("accept-language", "").strip()
    # Programs that take whatever there is say so with a star.
    return language_for(chosen, accepted) if chosen in LANGUAGES or accepted not in ("", "*") else unasked


def _asked(part: str) -> tuple[str, float]:
    """A language tag and how much it is wanted; what cannot be read is not wanted."""
    tag, _, weight = part.strip().partition(";q=")
    try:
        return tag.strip().lower(), float(weight or 1)
    except ValueError:
        return tag, 0.0


def _known(tag: str) -> str | None:
    """The language of a tag such as `sr-Latn-BA`, the longest form that is known first."""
    parts = tag.split("-")
    for number in range(len(parts), 0, -1):
        wanted = "-".join(parts[:number])
        if found := next((known for known in LANGUAGES if known.lower() == wanted), _ALSO.get(wanted)):
            return found
    return None
