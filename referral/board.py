"""The board: an institution's live referrals in columns by what is owed for them, the oldest date first. Pure."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from referral.forms import Shown, Standing
from referral.offers import offered
from referral.showing import Row, record_of_row, shown
from referral.terms import Terms
from services.contracts.calendars import Calendar
from services.security.rights import Reach, Record


class Column(StrEnum):
    """What a live referral waits for."""

    OWED = "owed"
    WAITING = "waiting"
    ACCEPTED = "accepted"
    UNDER_WAY = "under_way"


@dataclass(frozen=True, slots=True)
class Item:
    """A referral on the board, as far as its reader may see it, and the steps its reader may take."""

    it: Shown
    received: bool
    late: bool
    steps: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Listed:
    """One column: how many referrals stand in it, and as many of them as are shown."""

    column: Column
    number: int
    items: tuple[Item, ...]

    @property
    def more(self) -> bool:
        """Whether some are not shown."""
        return self.number > len(self.items)


@dataclass(frozen=True, slots=True)
class Reader:
    """Who looks at the board: what they may see, and whether they may take a step."""

    reach: Reach
    may: Callable[[Record, str], bool]

    def item(self, row: Row, now: datetime) -> Item:
        """A row as this reader sees it."""
        it = shown(row, self.reach)
        record = record_of_row(row)
        steps = offered(it.state, lambda action: self.may(record, action))
        late = it.state is Standing.WAITING and it.answer_by is not None and it.answer_by < now
        return Item(it, received=self.reach.sender != it.sender, late=late, steps=steps)


def day_ends(terms: Terms, now: datetime) -> Mapping[str, datetime]:
    """When today is over in each unit, by its own calendar: what is owed before that is owed today."""
    ends = {code: _midnight_after(calendar, now) for code, calendar in terms.calendars.items()}
    return {unit.code: ends[unit.calendar] for unit in terms.units}


def column_of(row: Row, ends: Mapping[str, datetime]) -> Column:
    """Where a live referral stands on the board."""
    match Standing(row["state"]):
        case Standing.WAITING:
            # A place that is no longer in the policy has no day of its own; what is late there is red all the same.
            ends_here = ends.get(row["unit"])
            return Column.OWED if ends_here and row["answer_by"] < ends_here else Column.WAITING
        case live:
            return Column(live)


def columns(rows: Iterable[Row], reader: Reader, ends: Mapping[str, datetime], now: datetime) -> tuple[Listed, ...]:
    """The whole board; each row comes in its order, and knows how many stand in its column."""
    placed: dict[Column, list[Item]] = {column: [] for column in Column}
    numbers = dict.fromkeys(Column, 0)
    for row in rows:
        column = column_of(row, ends)
        placed[column].append(reader.item(row, now))
        numbers[column] = row["number"]
    return tuple(Listed(column, numbers[column], tuple(placed[column])) for column in Column)


def _midnight_after(calendar: Calendar, now: datetime) -> datetime:
    tomorrow = calendar.local_day(now) + timedelta(days=1)
    return datetime.combine(tomorrow, time(), tzinfo=ZoneInfo(calendar.timezone)).astimezone(UTC)
