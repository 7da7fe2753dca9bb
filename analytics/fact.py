"""A fact: one announcement as analytics keeps it, in codes and dates; it never counts and never reads a database."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.contracts.catalog import BY_EVENT, SHAPES, Announcement
from services.contracts.envelope import Envelope

ON_THE_ENVELOPE = frozenset({"unit"})


@dataclass(frozen=True, slots=True)
class Fact:
    """Something another room said happened, once, in a unit."""

    event_id: str
    type: str
    unit: str
    key: str
    subject: str
    occurred_at: datetime
    recorded_at: datetime
    dimensions: Mapping[str, Any]


def fact_of(announcement: Announcement, envelope: Envelope) -> Fact:
    """The fact that an announcement is, under the newest name of its type; what the envelope says is not kept twice."""
    said: dict[str, Any] = SHAPES[type(announcement)].dump_python(announcement, mode="json")
    return Fact(
        event_id=envelope.id,
        type=BY_EVENT[type(announcement)].type,
        unit=envelope.unit,
        key=envelope.key,
        subject=envelope.subject,
        occurred_at=envelope.time,
        recorded_at=envelope.recorded_time,
        dimensions={name: value for name, value in said.items() if name not in ON_THE_ENVELOPE},
    )
