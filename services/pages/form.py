"""A form as a browser sends it: its fields by name, and the same again with what is wrong beside each of them.

The names of fields are the places in the form it becomes, so a fault is found beside the field that caused it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs

from pydantic import ValidationError

from services.contracts.failures import Malformed
from services.pages.speech import ZONE

FIELDS_MAX = 400
MINUTE = "%Y-%m-%dT%H:%M"
OWN = frozenset({"csrf", "key"})
"""What every form carries for the house itself."""


@dataclass(frozen=True, slots=True)
class Wrong:
    """What is wrong with one field: its name, and which rule it breaks with the numbers of that rule."""

    place: str
    rule: str
    limits: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Sheet:
    """What stands in a form, and what is wrong with it; a fresh one is empty."""

    fields: Mapping[str, Sequence[str]] = field(default_factory=dict)
    wrong: tuple[Wrong, ...] = ()

    def one(self, name: str) -> str:
        """What was written into a field; of one that comes twice the last."""
        values = self.fields.get(name, ("",))
        return values[-1].strip()

    def all(self, name: str) -> list[str]:
        """Everything that was ticked."""
        return [value for value in self.fields.get(name, ()) if value]

    def given(self, *names: str) -> dict[str, str]:
        """The fields of these names that are not empty, by the last part of their name."""
        return {name.rpartition(".")[2]: value for name in names if (value := self.one(name))}

    def moment(self, name: str) -> str | None:
        """A day and time of the country's clocks, with its zone; what is none is left for the form to refuse."""
        written = self.one(name)
        try:
            return datetime.strptime(written[:16], MINUTE).replace(tzinfo=ZONE).isoformat()
        except ValueError:
            return written or None

    def faults(self, place: str) -> list[Wrong]:
        """What is wrong with one field, or with what lies under its name."""
        return [each for each in self.wrong if each.place == place or each.place.startswith(f"{place}.")]

    def refused(self, error: ValidationError, whole: str = "") -> "Sheet":
        """The same with what a form found wrong; what is wrong with it as a whole is said beside the field `whole`."""
        found = (_wrong(each, whole) for each in error.errors(include_url=False, include_input=False))
        return Sheet(self.fields, (*self.wrong, *{each.place: each for each in found}.values()))

    def with_fault(self, place: str, rule: str) -> "Sheet":
        """The same with one fault more."""
        return Sheet(self.fields, (*self.wrong, Wrong(place, rule)))


def read_sheet(body: bytes) -> Sheet:
    """The fields of a form."""
    try:
        return Sheet(parse_qs(body.decode("utf-8"), keep_blank_values=True, max_num_fields=FIELDS_MAX))
    except ValueError:
        raise Malformed("this is no form in UTF-8: send it from the page") from None


def _wrong(error: Any, whole: str) -> Wrong:
    place = ".".join(str(part) for part in error["loc"] if not isinstance(part, int)) or whole
    return Wrong(place, error["type"], error.get("ctx", {}))
