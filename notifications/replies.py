"""What notifications answers over HTTP: references, codes, dates and a reason in every language, never a name."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import Path as InPath
from fastapi import Query
from pydantic import BaseModel, ConfigDict, Field

from notifications.alert import Alert, AlertState
from notifications.frames import reason
from services.contracts.codes import Severity
from services.contracts.names import Names
from services.http.sse import FRAME_NUMBER_MAX

AlertReference = Annotated[
    str,
    InPath(max_length=40, pattern=r"^[A-Z0-9-]+$", description="An alert's own", examples=["A-7KQ2M-XW4ZP-3HJKLM"]),
]
AfterFrame = Annotated[
    int | None,
    Query(ge=0, le=FRAME_NUMBER_MAX, description="Begin after this frame, unless `Last-Event-ID` says.", examples=[0]),
]


class Nothing(BaseModel):
    """There is nothing to say beyond the address."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Answer(BaseModel):
    """What is answered, as JSON."""

    model_config = ConfigDict(frozen=True)

    def plain(self) -> dict[str, Any]:
        """As JSON."""
        return self.model_dump(mode="json")


class AlertLine(Answer):
    """An alert on a desk, and why."""

    alert: str
    code: str
    severity: Severity
    state: AlertState
    desk: str
    unit: str
    subject: Annotated[str, Field(description="What it is about: a report, a case or a referral")]
    case: Annotated[str | None, Field(description="Null too on a desk of whoever a referral asks")]
    step: Annotated[int, Field(description="1 for the desk that hears it first, more when it climbed here")]
    repeats: Annotated[int, Field(description="How often it rang again without an answer")]
    late: Annotated[bool, Field(description="It became known long after it was recorded")]
    happened_at: datetime
    raised_at: datetime
    acknowledge_by: Annotated[datetime | None, Field(description="Null when nobody has to acknowledge it")]
    acknowledged_by: str | None
    acknowledged_at: datetime | None
    resolved_at: datetime | None
    reason: Annotated[dict[str, str], Field(description="Why, by language")]


class AlertPage(BaseModel):
    """A page of alerts; a stream that begins after `last_frame` misses nothing the page does not show."""

    items: list[AlertLine]
    next: str | None
    last_frame: int


class AlertNoted(Answer):
    """Where an alert stands after somebody took note; who was first stays."""

    alert: str
    state: AlertState
    acknowledged_by: str | None
    acknowledged_at: datetime | None
    resolved_at: datetime | None


def line(alert: Alert, words: Names | None) -> AlertLine:
    """An alert as a list shows it."""
    return AlertLine(
        alert=alert.ref,
        code=alert.cause.code,
        severity=alert.severity,
        state=alert.state,
        desk=alert.desk,
        unit=alert.cause.unit,
        subject=alert.cause.subject,
        case=alert.case_shown,
        step=alert.step,
        repeats=alert.repeats,
        late=alert.late,
        happened_at=alert.cause.happened_at,
        raised_at=alert.raised_at,
        acknowledge_by=alert.acknowledge_by,
        acknowledged_by=alert.acknowledged_by,
        acknowledged_at=alert.acknowledged_at,
        resolved_at=alert.resolved_at,
        reason=reason(words),
    )


def noted(alert: Alert) -> AlertNoted:
    """What whoever acknowledges is told."""
    return AlertNoted(
        alert=alert.ref,
        state=alert.state,
        acknowledged_by=alert.acknowledged_by,
        acknowledged_at=alert.acknowledged_at,
        resolved_at=alert.resolved_at,
    )
