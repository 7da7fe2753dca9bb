"""Words that stand nowhere else, planted wherever a person could be named, and the forms they could be kept in."""

import base64
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from deploy.demo.acts import REPORTS
from tests.journeys.town import Town

ALIGNMENTS = 3


@dataclass(frozen=True, slots=True)
class Planted:
    """One seed, which every word of one person shares."""

    seed: str
    born: str = "2013-02-28"

    def word(self, place: str) -> str:
        """The word for one place."""
        return f"{place}{self.seed}"

    def report(self, here: Town) -> dict[str, object]:
        """A report that names somebody in every field that can, in several forms."""
        plain = self.word("narrative").encode()
        return here.paper(
            reporter={"kind": "family", "name": self.word("Čuvar-"), "contact": f"{self.word('post')}@a.example"},
            child={
                "given_name": self.word("given"),
                "family_name": self.word("family"),
                "birth_date": self.born,
                "sex": "male",
                "address": f"Ulica {self.word('street')} 1, tel. {plain.hex()}",
            },
            narrative=f"Izmišljeno: {self.word('narrative')} živi u ulici {self.word('street')}; "
            f"{base64.b64encode(plain).decode()}; {plain.decode().encode('utf-16-le').hex()}; {escaped(self.seed)}",
        )


def escaped(text: str) -> str:
    """A text as JSON may write it: every letter by its number."""
    return "".join(f"\\u{ord(letter):04x}" for letter in text)


def forms_of(word: str) -> Mapping[str, bytes]:
    """Every form in which a word could lie somewhere, by name."""
    return {name: form for text in (word, word.upper()) for name, form in _forms(text)}


def _forms(text: str) -> Iterator[tuple[str, bytes]]:
    case = "upper" if text.isupper() else "as it is"
    for encoding in ("utf-8", "utf-16-le", "utf-16-be"):
        plain = text.encode(encoding)
        yield f"{encoding}, {case}", plain
        yield f"hex of {encoding}, {case}", plain.hex().encode()
        yield f"HEX of {encoding}, {case}", plain.hex().upper().encode()
        for before in range(ALIGNMENTS):
            for kind, encode in (("base64", base64.b64encode), ("base64url", base64.urlsafe_b64encode)):
                # What stands before and after decides the letters at both ends: those in between are always the same.
                inner = encode(b"\0" * before + plain)[4 if before else 0 : -4]
                yield f"{kind} of {encoding} after {before}, {case}", inner
    yield f"JSON escapes, {case}", escaped(text).encode()


def odd_requests(here: Town, planted: Planted) -> Iterator[tuple[str, object, dict[str, str], dict[str, str]]]:
    """Requests that name somebody where no field is for it: refused, or accepted without what was too much."""
    word = planted.word("odd")
    yield REPORTS, here.paper(neighbour=word), {}, {}
    yield REPORTS, here.paper(unit=word), {}, {}
    yield REPORTS, here.paper(child={"given_name": word * 10}), {}, {}
    yield REPORTS, here.paper(child={"birth_date": word}), {}, {}
    yield REPORTS, here.paper(reporter={"kind": word, "name": word}), {}, {}
    yield REPORTS, here.paper(occurred_at=word), {}, {}
    yield REPORTS, [word], {}, {}
    yield f"{REPORTS}/{word}/screen", here.screening(), {}, {}
    yield f"{REPORTS}/R-22222-22222-2/screen", here.screening(word), {}, {}
    yield REPORTS, None, {"after": word}, {}
    yield REPORTS, None, {"state": word, word: word}, {}
    yield f"{REPORTS}/{word}", None, {}, {}
    yield f"/intake/v1/{word}", None, {}, {}
    yield REPORTS, None, {}, {"X-Correlation-Id": word, "traceparent": word, "User-Agent": word, "Referer": word}
    yield REPORTS, None, {}, {"Authorization": f"Bearer {word}"}
    yield REPORTS, here.paper(), {}, {"Content-Type": f"text/{word}"}
