"""What pages say, in the language of one reader: sentences and labels from data files, dates and numbers by its rules.

Times are shown as clocks in the country show them; no clock is read here.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Protocol
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_datetime, format_time, format_timedelta
from babel.numbers import format_decimal, format_percent

from services.contracts.names import Names, sort_key
from services.contracts.policy import read_file

ZONE = ZoneInfo("Europe/Sarajevo")
LOCALES = {"bs": "bs_Latn_BA", "hr": "hr_BA", "sr-Cyrl": "sr_Cyrl_BA", "sr-Latn": "sr_Latn_BA", "en": "en_GB"}
OWN = Path(__file__).with_name("words")


@dataclass(frozen=True, slots=True)
class Plural:
    """One sentence about a number: 1 and 21, 2 to 4 and 22, and every other number; English says `few` like `other`."""

    one: Names
    few: Names
    other: Names


Words = Mapping[str, Names | Plural]
Labels = Mapping[str, Mapping[str, Names]]


def load_words(*folders: Path) -> Words:
    """The sentences of some folders' `words.toml`; where two have the same name, the later folder's counts."""
    found: dict[str, Names | Plural] = {}
    for folder in (OWN, *folders):
        found |= read_file(folder / "words.toml", dict[str, Names | Plural])
    return found


def load_labels() -> Labels:
    """What the codes of the house are called, by list and code."""
    return read_file(OWN / "labels.toml", dict[str, dict[str, Names]])


class Named(Protocol):
    """A thing with a code and a name for it."""

    @property
    def code(self) -> str:
        """Its code."""
        ...

    @property
    def labels(self) -> Names:
        """What it is called."""
        ...


@dataclass(frozen=True)
class Speech:
    """Everything a page says to one reader."""

    language: str
    words: Words
    labels: Labels

    @cached_property
    def _locale(self) -> Locale:
        return Locale.parse(LOCALES[self.language])

    def say(self, word: str, **values: object) -> str:
        """A sentence; one about a number is told the `number`, in whose form it is."""
        form = self.words[word]
        if isinstance(form, Plural):
            number = values["number"]
            assert isinstance(number, int)
            plural = self._locale.plural_form(number)
            form = {"one": form.one, "few": form.few}.get(plural, form.other)
            values["number"] = self.number(number)
        return form.spoken(self.language).format(**values)

    def label(self, kind: str, code: str) -> str:
        """What a code of a list is called."""
        return self.labels[kind][code].spoken(self.language)

    def options(self, kind: str, codes: Iterable[str]) -> list[tuple[str, str]]:
        """Codes of a list with what they are called, in the order of the list."""
        return [(code, self.label(kind, code)) for code in codes]

    def named(self, things: Iterable[Named]) -> list[tuple[str, str]]:
        """Codes of things that carry their own names, in their own order."""
        return [(thing.code, self.name(thing.labels)) for thing in things]

    def in_order(self, options: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
        """The same in the order of the alphabet."""
        return sorted(options, key=lambda option: sort_key(option[1]))

    def name(self, names: Names) -> str:
        """One of several names of the same thing."""
        return names.spoken(self.language)

    def number(self, number: float) -> str:
        """A number with the separators of the language."""
        return format_decimal(number, locale=self._locale)

    def share(self, share: float) -> str:
        """A part of one, in per cent."""
        return format_percent(share, locale=self._locale, format="#,##0.#\u00a0%")

    def day(self, moment: date) -> str:
        """A day, such as 2. mart 2026."""
        return format_date(_local(moment), format="long", locale=self._locale)

    def short_day(self, moment: date) -> str:
        """A day in few letters, for tables."""
        return format_date(
            _local(moment), format="d. M. y." if self.language != "en" else "d MMM y", locale=self._locale
        )

    def moment(self, moment: datetime) -> str:
        """A day and the time of that day."""
        pattern = "d. M. y. HH:mm" if self.language != "en" else "d MMM y, HH:mm"
        return format_datetime(moment, pattern, tzinfo=ZONE, locale=self._locale)

    def clock(self, moment: datetime) -> str:
        """A time of day."""
        return format_time(moment, "HH:mm", tzinfo=ZONE, locale=self._locale)

    def away(self, span: timedelta) -> str:
        """How far off something is, in its largest unit: in 2 hours, or 2 hours ago."""
        return format_timedelta(span, threshold=1.2, add_direction=True, locale=self._locale)

    def iso_day(self, day: str) -> str:
        """A day that is written as 2026-03-02."""
        return self.day(date.fromisoformat(day))

    def local(self, moment: datetime) -> str:
        """A moment as a field for a day and time holds it."""
        return moment.astimezone(ZONE).strftime("%Y-%m-%dT%H:%M")

    def month(self, month: str) -> str:
        """A month that is written as 2026-03."""
        return format_date(date.fromisoformat(f"{month}-01"), "LLLL y", locale=self._locale)


def _local(moment: date) -> date:
    return moment.astimezone(ZONE).date() if isinstance(moment, datetime) else moment
