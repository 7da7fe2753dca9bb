"""What analytics announces: that far more is happening in a place than is usual there; never about anybody."""

from dataclasses import dataclass
from datetime import datetime

from services.contracts.codes import LiveCount


@dataclass(frozen=True, slots=True)
class SurgeDetected:
    """Far more of one kind was said in a place within a time than is usual there."""

    surge: str
    unit: str
    indicator: LiveCount
    need: str | None
    count: int
    usual: int
    window_starts: datetime
    window_ends: datetime
    detected_at: datetime
