"""Where an event stands in the order of its key. Pure: it removes every repeat, so there is no inbox table."""

from dataclasses import dataclass
from enum import Enum


@dataclass(frozen=True, slots=True)
class Mark:
    """The last event of a key that was dealt with."""

    incarnation: int
    last: int
    last_id: str


class Place(Enum):
    """What to do with an event, seen from the mark of its key."""

    NEXT = "apply it"
    REPEAT = "drop it: it was dealt with"
    AHEAD = "hold it: an earlier one is missing or parked"
    CLASH = "alarm: another event has the same number"


def place(mark: Mark | None, incarnation: int, sequence: int, event_id: str) -> Place:
    """An event's place: numbers follow one another, and a later incarnation begins again at 1."""
    match mark:
        case None:
            return Place.NEXT if sequence == 1 else Place.AHEAD
        case Mark(known, last, last_id) if (incarnation, sequence) == (known, last):
            return Place.REPEAT if event_id == last_id else Place.CLASH
        case Mark(known, last, _) if incarnation < known or (incarnation == known and sequence < last):
            return Place.REPEAT
        case Mark(known, last, _) if (incarnation, sequence) == (known, last + 1):
            return Place.NEXT
        case _ if incarnation > mark.incarnation and sequence == 1:
            return Place.NEXT
        case _:
            return Place.AHEAD
