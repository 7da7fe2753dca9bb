"""What a thing is called in the languages of the house; it never chooses a language for the reader."""

from dataclasses import dataclass

LANGUAGES = ("bs", "hr", "sr-Cyrl", "sr-Latn", "en")

_LATIN = {
    "а": "a", "б": "b", "в": "v", "г": "g", "д": "d", "ђ": "đ", "е": "e", "ж": "ž", "з": "z", "и": "i",
    "ј": "j", "к": "k", "л": "l", "љ": "lj", "м": "m", "н": "n", "њ": "nj", "о": "o", "п": "p", "р": "r",
    "с": "s", "т": "t", "ћ": "ć", "у": "u", "ф": "f", "х": "h", "ц": "c", "ч": "č", "џ": "dž", "ш": "š",
}  # fmt: skip
_TO_LATIN = str.maketrans(_LATIN | {cyrillic.upper(): latin.capitalize() for cyrillic, latin in _LATIN.items()})


def latin(cyrillic: str) -> str:
    """Serbian Cyrillic in Latin letters; the way back loses letters, so nothing here offers it."""
    return cyrillic.translate(_TO_LATIN)


def is_cyrillic(text: str) -> bool:
    """Whether a text has a letter of the Serbian Cyrillic script."""
    return latin(text) != text


ALPHABET = "a b c č ć d dž đ e f g h i j k l lj m n nj o p q r s š t u v w x y z ž".split()
_PLACES = {letter: place for place, letter in enumerate(ALPHABET)}


def sort_key(text: str) -> tuple[int, ...]:
    """The place of a text in the order of the alphabet, in whichever script: č < ć < d < dž < đ, and nj after n."""
    letters, place, key = latin(text).casefold(), 0, []
    while place < len(letters):
        width = 2 if letters[place : place + 2] in _PLACES else 1
        letter = letters[place : place + width]
        # What is no letter comes before all letters.
        key.append(_PLACES.get(letter, ord(letter[0]) - 0x110000))
        place += width
    return tuple(key)


@dataclass(frozen=True, slots=True)
class Names:
    """One name or sentence, written by a person in each language and script."""

    bs: str
    hr: str
    sr_cyrl: str
    en: str

    @property
    def sr_latn(self) -> str:
        """The Serbian form in Latin letters, derived."""
        return latin(self.sr_cyrl)

    def spoken(self, language: str) -> str:
        """The form of one of `LANGUAGES`; another language is answered in English."""
        match language:
            case "bs":
                return self.bs
            case "hr":
                return self.hr
            case "sr-Cyrl":
                return self.sr_cyrl
            case "sr-Latn":
                return self.sr_latn
            case _:
                return self.en
