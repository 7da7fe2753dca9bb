"""The course of one invented case, drawn from a year: who, where, when, and what people will do about it.

The same seed and number always give the same course. Nobody is meant; the family names say so.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random
from typing import TypeVar

from deploy.load.year import Answering, Span, Year
from services.contracts.codes import CaseOutcome, Concern, DeclineReason, Outcome, RiskBand, Sex
from services.contracts.names import is_cyrillic

GIVEN = {
    Sex.FEMALE: ("Amina", "Ivana", "Милица", "Lejla", "Ana", "Јована", "Emina", "Marija", "Сања", "Nejra"),
    Sex.MALE: ("Amar", "Ivan", "Марко", "Tarik", "Luka", "Стефан", "Harun", "Petar", "Никола", "Adnan"),
}
FAMILY = {
    False: ("Izmišljenović", "Primjerić", "Nepostojić", "Uzorković", "Zamišljenović"),
    True: ("Измишљеновић", "Примјерић", "Непостојић"),
}
"""Family names, by whether they are written in Cyrillic, as the given name is."""
TRIES_AT_CLOSING = 6
DAYS_OF_A_YEAR = 365.25

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Answer:
    """What an institution does when it is asked: nothing for long, if `late` is set."""

    after: timedelta
    declines: DeclineReason | None
    late: timedelta | None
    starts_after: timedelta
    serves: timedelta
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Course:
    """A report and what becomes of it; `decisions` answer, need by need, whoever is asked first."""

    seed: int
    number: int
    unit: str
    reported_at: datetime
    given_name: str
    family_name: str
    birth_date: date
    sex: Sex
    concerns: tuple[Concern, ...]
    screened_after: timedelta
    screened_out: bool
    risk: RiskBand
    answers: Mapping[str, Answer]
    asked_again_after: timedelta
    second: Answer
    closes_after: timedelta | None
    outcome: CaseOutcome


@dataclass(frozen=True, slots=True)
class Place:
    """What can be drawn: the units that report, and the needs there are."""

    units: tuple[str, ...]
    needs: tuple[str, ...]


def draw(year: Year, place: Place, seed: int, number: int, reported_at: datetime) -> Course:
    """The course of one number."""
    chance = Random(f"{seed}/{number}")
    sex = _one_of(chance, year.sex)
    given = chance.choice(GIVEN[sex])
    return Course(
        seed=seed,
        number=number,
        unit=chance.choice(place.units),
        reported_at=reported_at,
        given_name=given,
        family_name=chance.choice(FAMILY[is_cyrillic(given)]),
        birth_date=_born(chance, year, reported_at.date()),
        sex=sex,
        concerns=_concerns(chance, year),
        screened_after=_hours(chance, year.screening.hours),
        screened_out=chance.random() < year.screening.screened_out,
        risk=_one_of(chance, year.screening.bands),
        answers={need: _answer(chance, year.answering) for need in _needs(chance, year, place.needs)},
        asked_again_after=_hours(chance, year.answering.hours),
        second=_answer(chance, year.answering, willing=True),
        closes_after=_days(chance, year.closing.days) if chance.random() < year.closing.closed else None,
        outcome=chance.choice(year.closing.outcomes),
    )


def noted_after(chance: Random, year: Year) -> timedelta:
    """How long after it was raised somebody takes note of an alert."""
    soon = _hours(chance, year.noting.hours)
    return soon if chance.random() < year.noting.noted else soon + timedelta(hours=chance.uniform(8, 40))


def _answer(chance: Random, year: Answering, *, willing: bool = False) -> Answer:
    what = 0.0 if willing else chance.random()
    return Answer(
        after=_hours(chance, year.hours),
        declines=chance.choice(year.reasons) if year.accepted <= what < year.accepted + year.declined else None,
        late=_days(chance, year.late_days) if what >= year.accepted + year.declined else None,
        starts_after=_hours(chance, year.start_hours),
        serves=_days(chance, year.service_days),
        outcome=chance.choice(year.outcomes),
    )


def _born(chance: Random, year: Year, on: date) -> date:
    """A birth date that is within the band on that day and the weeks after it."""
    band = _one_of(chance, {band: band.children for band in year.age_bands.values()})
    youngest, oldest = band.youngest * DAYS_OF_A_YEAR + 2, (band.oldest + 1) * DAYS_OF_A_YEAR - 40
    return on - timedelta(days=int(chance.uniform(youngest, oldest)))


def _concerns(chance: Random, year: Year) -> tuple[Concern, ...]:
    known = year.concerns[_one_of(chance, year.reasons)]
    return tuple(chance.sample(known, min(len(known), chance.choice((1, 1, 2)))))


def _needs(chance: Random, year: Year, needs: Sequence[str]) -> list[str]:
    number = _one_of(chance, dict(enumerate(year.screening.needs, start=1)))
    return chance.sample(needs, number)


def _one_of(chance: Random, weights: Mapping[T, float]) -> T:
    return chance.choices(tuple(weights), tuple(weights.values()))[0]


def _hours(chance: Random, span: Span) -> timedelta:
    return timedelta(hours=chance.uniform(*span))


def _days(chance: Random, span: Span) -> timedelta:
    return timedelta(days=chance.uniform(*span))
