"""Tables of invented reports as programs write them, and what the room makes of a text."""

import csv
import io
from typing import Any

from intake.importing.entries import Checked, check
from intake.importing.table import COLUMNS
from tests.core.intake_stories import MONDAY, UNIT

SECRET = b"invented"
ROW: dict[str, str] = {
    "occurred_at": "2026-03-01",
    "channel": "paper",
    "concerns": "neglect poverty",
    "reporter_kind": "school",
    "given_name": "Ана",
    "family_name": "Izmišljenović",
    "narrative": 'Izmišljeno: "x";\nи још један ред, са зарезом.',
}
CANARY = "Kanarinka"
MORE = [ROW | {"narrative": f"Izmišljeno {number}"} for number in range(8)]


def table(*rows: dict[str, str], separator: str = ",", columns: tuple[str, ...] = COLUMNS, **how: Any) -> str:
    """A table as a program writes it."""
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, restval="", delimiter=separator, **how)
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def checked(text: str) -> Checked:
    """What the room makes of a text."""
    return check(text, UNIT, MONDAY, SECRET)
