"""Who serves what, where: institutions, the needs they serve and the desks at which they must hear; it reads no file.

A need is looked for in the unit itself and then in each unit above it, so a place without a service has a fallback.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache

from services.contracts.codes import DeskPurpose, InstitutionKind
from services.contracts.failures import Malformed
from services.contracts.names import Names
from services.contracts.referral import Desk
from services.contracts.units import UnitTree

AUTHORITY = "authority"
"""Ends the code of the institution that speaks for a unit above the municipalities."""


class UnknownInstitution(Malformed):
    """A code that names no institution of the directory."""

    def __init__(self, code: str) -> None:
        super().__init__(f"unknown institution {code[:60]!r}")
        self.code = code


@dataclass(frozen=True, slots=True)
class Service:
    """A need that an institution serves; among those of one unit, 1 is asked before 2."""

    need: str
    preference: int = 1


@dataclass(frozen=True, slots=True)
class Institution:
    """Who acts: a centre, a school, a ministry; its code begins with the code of its unit."""

    code: str
    kind: InstitutionKind
    names: Names
    desks: tuple[DeskPurpose, ...]
    services: tuple[Service, ...] = ()

    @property
    def unit(self) -> str:
        """The code of the unit it belongs to."""
        return self.code.rpartition(".")[0]

    def desk_list(self) -> tuple[Desk, ...]:
        """Its desks with their codes, as the directory announces them."""
        return tuple(Desk(f"{self.code}/{purpose}", purpose) for purpose in self.desks)


@dataclass(frozen=True, slots=True)
class UnitDirectory:
    """The institutions of one unit in one version: one file."""

    unit: str
    version: int
    valid_from: date
    institutions: tuple[Institution, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Directory:
    """Every institution by its code, and those of each unit; equal only to itself, so that it can be looked up by."""

    institutions: Mapping[str, Institution]
    by_unit: Mapping[str, tuple[Institution, ...]] = field(repr=False)
    by_need: Mapping[tuple[str, str], tuple[Institution, ...]] = field(repr=False)
    """Those of a unit that serve a need, in the order in which they are asked."""

    @classmethod
    def of(cls, files: Iterable[UnitDirectory]) -> "Directory":
        """The directory of these files, in the order of the institutions' codes."""
        everyone = sorted((each for file in files for each in file.institutions), key=lambda each: each.code)
        by_unit: dict[str, tuple[Institution, ...]] = {}
        for each in everyone:
            by_unit[each.unit] = (*by_unit.get(each.unit, ()), each)
        offers = [(service.preference, each, service.need) for each in everyone for service in each.services]
        by_need: dict[tuple[str, str], tuple[Institution, ...]] = {}
        for _, each, need in sorted(offers, key=lambda offer: (offer[0], offer[1].code)):
            by_need[each.unit, need] = (*by_need.get((each.unit, need), ()), each)
        return cls({each.code: each for each in everyone}, by_unit, by_need)

    def __iter__(self) -> Iterator[Institution]:
        return iter(self.institutions.values())

    def __len__(self) -> int:
        return len(self.institutions)

    def __contains__(self, code: object) -> bool:
        return code in self.institutions

    def institution(self, code: str) -> Institution:
        """The institution of a code, or `UnknownInstitution`."""
        try:
            return self.institutions[code]
        except KeyError:
            raise UnknownInstitution(code) from None

    def names_of(self, code: str) -> Names:
        """What an institution is called; a code that is not listed stands for itself."""
        known = self.institutions.get(code)
        return known.names if known else Names(code, code, code, code)

    def desk(self, institution: str, purpose: DeskPurpose) -> Desk:
        """The desk of an institution for one purpose, or `Malformed` when it has none."""
        for desk in self.institution(institution).desk_list():
            if desk.purpose == purpose:
                return desk
        raise Malformed(f"institution {institution[:60]!r} has no desk for {purpose}")

    def in_unit(self, unit: str) -> tuple[Institution, ...]:
        """The institutions that belong to a unit itself."""
        return self.by_unit.get(unit, ())

    def serving(self, unit: str, need: str, tree: UnitTree) -> tuple[Institution, ...]:
        """Whoever serves a need of somebody in a unit: nearest first, then in the order of preference."""
        return _serving(self, unit, need, tree)


@lru_cache(4_096)
def _serving(directory: Directory, unit: str, need: str, tree: UnitTree) -> tuple[Institution, ...]:
    places = dict.fromkeys((unit, *(above.code for above in tree.path_up(unit))))
    return tuple(each for place in places for each in directory.by_need.get((place, need), ()))
