"""Live counts: how much is being said in each place, by quarters of an hour; it reads no topic, database or clock.

What the stream holds may be lost at any moment. The facts are right, so a tally begins from them, counts on from the
place in the log up to which they were kept, and is set right by them again and again.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from services.contracts.catalog import Announcement
from services.contracts.codes import LiveCount
from services.contracts.intake import CaseOpened, ReportReceived
from services.contracts.referral import ReferralSent

COUNTED: Mapping[type[Announcement], LiveCount] = {
    ReportReceived: LiveCount.REPORTS,
    CaseOpened: LiveCount.CASES,
    ReferralSent: LiveCount.REFERRALS,
}
"""What is counted as it is said."""

WINDOW = timedelta(minutes=15)
KEPT = timedelta(hours=24)
AHEAD_MAX = 200_000
"""How many events may lie ahead of the facts; the oldest beyond that count again when the facts have come so far."""

ANY_NEED = ""
"""Stands where it is counted whatever the need was."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Place = tuple[str, int]
"""A topic and one of its partitions."""


@dataclass(frozen=True, slots=True, order=True)
class Cell:
    """One number: what was said of one kind in one unit, for one need or any, in the window that starts then."""

    starts: datetime
    unit: str
    what: LiveCount
    need: str


@dataclass(frozen=True, slots=True)
class Facts:
    """What the facts count in each cell, and up to where in the log that holds."""

    counts: Mapping[Cell, int]
    positions: Mapping[Place, int]


@dataclass(frozen=True, slots=True)
class Ahead:
    """An event that was counted before the facts were known to hold it."""

    place: Place
    offset: int
    cells: tuple[Cell, ...]


def window_of(moment: datetime) -> datetime:
    """When the window of a moment starts."""
    return EPOCH + (moment - EPOCH) // WINDOW * WINDOW


def cells_of(announcement: Announcement, unit: str, said_at: datetime) -> tuple[Cell, ...]:
    """The cells in which an announcement counts, by when it was said; what happened may be long past."""
    match announcement:
        case CaseOpened(needs=needs):
            named = needs
        case ReferralSent(need=need):
            named = (need,)
        case _:
            named = ()
    what = COUNTED.get(type(announcement))
    return tuple(Cell(window_of(said_at), unit, what, need) for need in (ANY_NEED, *named)) if what else ()


class Tally:
    """The counts of one process."""

    def __init__(self, ahead_max: int = AHEAD_MAX) -> None:
        self._ahead_max = ahead_max
        self.counts: Counter[Cell] = Counter()
        self._changed: set[Cell] = set()
        self._base: dict[Place, int] = {}
        self._heard: dict[Place, int] = {}
        self._ahead: dict[str, Ahead] = {}
        self._oldest = EPOCH

    def knows(self, place: Place, offset: int) -> bool:
        """Whether what lies there is counted already, by the facts or by this tally."""
        return offset < max(self._base.get(place, 0), self._heard.get(place, 0))

    def hear(self, place: Place, offset: int, event: str = "", cells: Iterable[Cell] = ()) -> None:
        """Count what lies there; the same event told twice is counted once, and what was said long ago is not live."""
        if self.knows(place, offset):
            return
        self._heard[place] = offset + 1
        counted = tuple(cell for cell in cells if cell.starts >= self._oldest)
        if not counted or event in self._ahead:
            return
        self._ahead[event] = Ahead(place, offset, counted)
        if len(self._ahead) > self._ahead_max:
            del self._ahead[next(iter(self._ahead))]
        self.counts.update(counted)
        self._changed.update(counted)

    def behind(self, positions: Mapping[Place, int]) -> int:
        """How many records the facts are ahead of what was heard here."""
        return sum(max(0, at - self._at(place)) for place, at in positions.items())

    def reconcile(self, facts: Facts, oldest: datetime) -> int | None:
        """Begin again from the facts and what lies ahead of them; by how much the counts were wrong.

        None where that cannot be said: at first, while the facts are ahead, and while they are being counted again.
        """
        if any(facts.positions.get(place, 0) < at for place, at in self._base.items()):
            return None
        self._oldest = oldest
        comparable = bool(self._base) and self.behind(facts.positions) == 0
        ahead = {
            event: each for event, each in self._ahead.items() if each.offset >= facts.positions.get(each.place, 0)
        }
        right = Counter(dict(facts.counts))
        right.update(cell for each in ahead.values() for cell in each.cells if cell.starts >= oldest)
        kept = Counter({cell: count for cell, count in self.counts.items() if cell.starts >= oldest})
        wrong = {cell: abs(right[cell] - kept[cell]) for cell in right.keys() | kept.keys()}
        self._changed |= {cell for cell, by in wrong.items() if by}
        self.counts, self._base, self._ahead = right, dict(facts.positions), ahead
        return sum(wrong.values()) if comparable else None

    def changed(self) -> dict[Cell, int]:
        """The cells that changed since they were last written, with their counts."""
        return {cell: self.counts[cell] for cell in sorted(self._changed)}

    def wrote(self, counts: Mapping[Cell, int]) -> None:
        """These were written; what has changed meanwhile is still to be."""
        self._changed -= {cell for cell, count in counts.items() if self.counts[cell] == count}

    def _at(self, place: Place) -> int:
        return max(self._base.get(place, 0), self._heard.get(place, 0))
