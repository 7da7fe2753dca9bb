"""The ragged tree of administrative units: who lies within whom, and where what stays unanswered climbs to.

It never reads a file and knows no unit by name; half of the programme's places have no canton above them.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from services.contracts.codes import RiskBand
from services.contracts.failures import Malformed
from services.contracts.names import Names

LEVELS_MAX = 12
"""More steps to the top than any state has: a longer way up is a circle."""


class UnknownUnit(Malformed):
    """A code that names no unit of the tree."""

    def __init__(self, code: str) -> None:
        super().__init__(f"unknown unit {code[:40]!r}: use the code of a place that the house knows")
        self.code = code


class Level(StrEnum):
    """What sort of place a unit is; not every branch of the tree has every level."""

    STATE = "state"
    ENTITY = "entity"
    DISTRICT = "district"
    CANTON = "canton"
    MUNICIPALITY = "municipality"


class Mandate(StrEnum):
    """How near to a child a unit's own authority works; above coordination nobody reads identity."""

    CASEWORK = "casework"
    COORDINATION = "coordination"
    OVERSIGHT = "oversight"


@dataclass(frozen=True, slots=True)
class ExternalId:
    """What somebody else's register calls a unit; never a key of ours."""

    scheme: str
    value: str
    source: str
    verified: bool


@dataclass(frozen=True, slots=True)
class Population:
    """How many people live in a unit according to one named source."""

    year: int
    people: int
    source: str


@dataclass(frozen=True, slots=True)
class Programme:
    """When a place joined the programme."""

    phase: str
    since: int


@dataclass(frozen=True, slots=True)
class FormerParent:
    """What a unit lay in before; the first day on which it no longer did."""

    parent: str
    until: date


@dataclass(frozen=True, slots=True)
class Unit:
    """One administrative place with its own working days and its own times to answer."""

    code: str
    level: Level
    mandate: Mandate
    coordinating_unit: str
    calendar: str
    names: Names
    languages: tuple[str, ...]
    answer_working_days: Mapping[RiskBand, int] = field(hash=False)
    escalation_working_days: Mapping[RiskBand, tuple[int, ...]] = field(hash=False)
    valid_from: date
    parent: str | None = None
    former_parents: tuple[FormerParent, ...] = ()
    valid_to: date | None = None
    seat: str | None = None
    programme: Programme | None = None
    external_ids: tuple[ExternalId, ...] = ()
    population: tuple[Population, ...] = ()

    def valid_on(self, day: date) -> bool:
        """Whether the unit counts on a day; the day it ends is the first that does not."""
        return self.valid_from <= day and (self.valid_to is None or day < self.valid_to)

    def parent_on(self, day: date) -> str | None:
        """What the unit lay in on a day."""
        former = [each for each in self.former_parents if day < each.until]
        return min(former, key=lambda each: each.until).parent if former else self.parent

    def answer_days(self, band: RiskBand) -> int:
        """Working days an institution has to answer a referral of this risk."""
        return self.answer_working_days[band]

    def escalation_days(self, band: RiskBand, step: int) -> int:
        """Working days of silence before step 0, 1, … of the path up, each from the step before; the last repeats."""
        days = self.escalation_working_days[band]
        return days[min(step, len(days) - 1)]


@dataclass(frozen=True, slots=True, eq=False)
class UnitTree:
    """Every unit by its code; equal only to itself, so that what was worked out in it can be looked up by it."""

    units: Mapping[str, Unit]

    @classmethod
    def of(cls, units: Iterable[Unit]) -> "UnitTree":
        """The tree of these units, in the order of their codes."""
        return cls({unit.code: unit for unit in sorted(units, key=lambda unit: unit.code)})

    def __iter__(self) -> Iterator[Unit]:
        return iter(self.units.values())

    def __len__(self) -> int:
        return len(self.units)

    def __contains__(self, code: object) -> bool:
        return code in self.units

    def unit(self, code: str) -> Unit:
        """The unit of a code, or `UnknownUnit`."""
        try:
            return self.units[code]
        except KeyError:
            raise UnknownUnit(code) from None

    def line(self, code: str, day: date = date.max) -> tuple[Unit, ...]:
        """A unit and everything above it, nearest first: as it is, or as it was on a day."""
        line = [self.unit(code)]
        for _ in range(LEVELS_MAX):
            above = line[-1].parent_on(day)
            if above is None:
                return tuple(line)
            line.append(self.unit(above))
        raise ValueError(f"the units above {code} go round in a circle")

    def path_up(self, code: str) -> tuple[Unit, ...]:
        """Where silence climbs to: the coordinating unit of a unit first, then what lies above that, to the top."""
        return self.line(self.unit(code).coordinating_unit)

    def is_within(self, code: str, ancestor: str) -> bool:
        """Whether a unit is the other one or lies anywhere below it."""
        self.unit(ancestor)
        return any(unit.code == ancestor for unit in self.line(code))

    def below(self, code: str) -> tuple[Unit, ...]:
        """Every unit that lies below one, itself left out."""
        return tuple(unit for unit in self if unit.code != code and self.is_within(unit.code, code))

    def on(self, day: date) -> "UnitTree":
        """The tree of the units that count on a day."""
        return UnitTree({unit.code: unit for unit in self if unit.valid_on(day)})
