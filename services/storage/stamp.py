"""Who caused something, when in domain time, and the thread of events it belongs to."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """Domain time: what it is for the people and dates of a case, as an aware moment in UTC."""

    def now(self) -> datetime: ...


@dataclass(frozen=True, slots=True)
class Stamp:
    """Written on everything one command leaves behind; `now` is domain time, `actor` an account or "system"."""

    now: datetime
    actor: str
    correlation_id: str
    traceparent: str | None = None
