"""Silence below a coordinating unit: who owes an answer, for how long, and when what happens next. Pure.

In codes and dates: nothing here knows a child.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from referral.forms import Shown
from referral.showing import Row, shown
from services.security.rights import Reach


@dataclass(frozen=True, slots=True)
class Quiet:
    """A referral nobody answered in time, and whether its silence was last called up to whoever reads."""

    it: Shown
    climbed_here: bool


@dataclass(frozen=True, slots=True)
class Place:
    """The silence of one unit, the longest first: how many, how many of them climbed here, since when."""

    unit: str
    number: int
    climbed: int
    since: datetime
    silent: tuple[Quiet, ...]


@dataclass(frozen=True, slots=True)
class Silence:
    """All silence somebody has to answer for, the place with the longest first."""

    places: tuple[Place, ...]

    @property
    def number(self) -> int:
        """How many referrals are silent."""
        return sum(place.number for place in self.places)

    @property
    def since(self) -> datetime | None:
        """When the longest silence began."""
        return self.places[0].since if self.places else None


def silence(rows: Iterable[Row], reach: Reach, here: str) -> Silence:
    """Rows that come place by place, the longest silence of each first, as `here` sees them."""
    places = (_place(unit, list(its), reach, here) for unit, its in groupby(rows, key=lambda row: row["unit"]))
    return Silence(tuple(sorted(places, key=lambda place: (place.since, place.unit))))


def _place(unit: str, rows: list[Row], reach: Reach, here: str) -> Place:
    first = rows[0]
    silent = tuple(Quiet(shown(row, reach), row["escalated_to"] == here) for row in rows)
    return Place(unit, first["number"], first["climbed"], first["since"], silent)
