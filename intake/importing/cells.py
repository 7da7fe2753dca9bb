"""What stands in a cell, read as people write it: days and times of the country's clocks, yes, no, codes."""

import re
from datetime import UTC, date, datetime, time

from services.pages.speech import ZONE

DAY = r"(?:(?P<y>\d{4})-(?P<m>\d{1,2})-(?P<d>\d{1,2})|(?P<ld>\d{1,2})\. ?(?P<lm>\d{1,2})\. ?(?P<ly>\d{4})\.?)"
TIME = r"(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:\.\d+)?)?"
OFFSET = r"(?P<offset>Z|[+-]\d{2}:\d{2})?"
ONLY_DAY = re.compile(DAY, re.ASCII)
DAY_AND_TIME = re.compile(rf"{DAY}(?:(?:T|,? ){TIME} ?{OFFSET})?", re.ASCII)
YES = frozenset({"da", "yes", "true", "1", "да"})
NO = frozenset({"ne", "no", "false", "0", "не", ""})
BETWEEN_CODES = re.compile(r"[\s;,]+")


def day_in(cell: str) -> date | None:
    """A day such as 2026-03-02 or 2. 3. 2026.; None where there is no such day."""
    found = ONLY_DAY.fullmatch(_spaced(cell))
    try:
        return _day(found) if found else None
    except ValueError:
        return None


def moment_in(cell: str) -> datetime | None:
    """A day and time; without a time the day's beginning, without an offset by the country's clocks."""
    found = DAY_AND_TIME.fullmatch(_spaced(cell))
    try:
        return _moment(found).astimezone(UTC) if found else None
    except (ValueError, OverflowError):
        return None


def yes_or_no(cell: str) -> bool | None:
    """Yes or no; an empty cell is no, any other word None."""
    word = cell.casefold()
    return True if word in YES else False if word in NO else None


def codes_in(cell: str) -> list[str]:
    """The codes of a cell in their order, each once."""
    return list(dict.fromkeys(code for code in BETWEEN_CODES.split(cell.casefold()) if code))


def _spaced(cell: str) -> str:
    """Spreadsheets put spaces of other kinds and widths into dates."""
    return " ".join(cell.split())


def _day(found: re.Match[str]) -> date:
    year, month, day = ("y", "m", "d") if found["y"] else ("ly", "lm", "ld")
    return date(int(found[year]), int(found[month]), int(found[day]))


def _moment(found: re.Match[str]) -> datetime:
    hour, minute, second = (int(found[part] or 0) for part in ("hour", "minute", "second"))
    # Python reads offsets only behind a whole moment.
    zone = datetime.fromisoformat(f"2000-01-01T00:00:00{found['offset']}").tzinfo if found["offset"] else ZONE
    return datetime.combine(_day(found), time(hour, minute, second), zone)
