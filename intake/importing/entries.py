"""What a table brings: each good row as the very request that takes it in, with a key that its content gives it.

The same row is the same request however the table was saved, sorted or added to: sent again, nothing happens twice.
"""

import hmac
import json
from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from intake.forms import ReportForm
from intake.importing.row import read_row
from intake.importing.table import CHARACTERS_MAX, HEADER, Fault, read_table

PATH = "/intake/v1/reports"
KEY_DIGITS = 32


@dataclass(frozen=True, slots=True)
class Entry:
    """A good row; `same_as` is an earlier row that says the same, or 0."""

    row: int
    form: ReportForm
    body: bytes
    key: str
    same_as: int


@dataclass(frozen=True, slots=True)
class Checked:
    """Every row of a table: what can be taken in, and what is wrong with the rest."""

    entries: tuple[Entry, ...] = ()
    faults: tuple[Fault, ...] = ()

    @property
    def bad_rows(self) -> int:
        """How many rows have something wrong; what is wrong with the table as a whole stands in no row of it."""
        return len({fault.row for fault in self.faults if fault.row > HEADER})

    @property
    def repeated(self) -> tuple[Entry, ...]:
        """The rows that say the same as an earlier one."""
        return tuple(entry for entry in self.entries if entry.same_as)


def check(text: str, unit: str, now: datetime, secret: bytes, characters_max: int = CHARACTERS_MAX) -> Checked:
    """Read a table for a unit, as seen from now; `secret` is the room's, and only keys are made with it."""
    table = read_table(text, characters_max)
    faults, entries = list(table.faults), list[Entry]()
    times: Counter[bytes] = Counter()
    first: dict[bytes, int] = {}
    for line in table.lines:
        match read_row(line, unit, now):
            case ReportForm() as form:
                body = body_of(form)
                key = key_of(secret, body, times[body])
                entries.append(Entry(line.row, form, body, key, first.get(body, 0)))
                times[body] += 1
                first.setdefault(body, line.row)
            case wrong:
                faults.extend(wrong)
    return Checked(tuple(entries), tuple(sorted(faults, key=lambda fault: fault.row)))


def body_of(form: ReportForm) -> bytes:
    """A report as the API is sent it: one way of writing for one content, also when fields are added one day."""
    said = form.model_dump(mode="json", exclude_defaults=True)
    return json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def key_of(secret: bytes, body: bytes, before: int) -> str:
    """The key of a row that stood so often before it in the table.

    It is kept in clear beside the answer; made with the room's secret it confirms no guess at what a row says.
    """
    return "import-" + hmac.digest(secret, b"import %d\n%b" % (before, body), "sha256").hex()[:KEY_DIGITS]


def fingerprint_of(secret: bytes, entry: Entry) -> bytes:
    """The fingerprint that the API gives this request, so that a page and a program may go on with one import."""
    return hmac.digest(secret, f"POST {PATH}?\n".encode() + entry.body, "sha256")
