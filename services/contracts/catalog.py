"""Every event that may cross the building: its wire name, topic, key, owner and readers.

A topic belongs to one owner and one subject and never expires; its partition count is never raised (a new topic version
instead), because that would move keys and break their order.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from pydantic import TypeAdapter, ValidationError

from services.contracts import intake, notifications, referral
from services.contracts.envelope import Envelope
from services.contracts.failures import Malformed
from services.contracts.upcasts import UPCASTS

Announcement = Any
"""An instance of one of the dataclasses listed in `CATALOG`."""


@dataclass(frozen=True, slots=True)
class Topic:
    """One owner, one subject, kept for ever unless `retention_ms` says otherwise."""

    name: str
    owner: str
    partitions: int = 6
    retention_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """One version of one event, and the field that is its key."""

    event: type[Announcement]
    type: str
    topic: Topic
    key: str
    readers: tuple[str, ...]

    @property
    def owner(self) -> str:
        """The room that may say it."""
        return self.topic.owner


REPORTS = Topic("spis.intake.reports.v1", "intake")
CASES = Topic("spis.intake.cases.v1", "intake")
REFERRALS = Topic("spis.referral.referrals.v1", "referral")
DIRECTORY = Topic("spis.referral.directory.v1", "referral", partitions=1)
ALERTS = Topic("spis.notifications.alerts.v1", "notifications")
HEARTBEATS = Topic("spis.heartbeats.v1", "every room", partitions=1, retention_ms=86_400_000)

TOPICS: tuple[Topic, ...] = (REPORTS, CASES, REFERRALS, DIRECTORY, ALERTS, HEARTBEATS)

_OTHERS_OF_INTAKE = ("referral", "notifications", "analytics")
_OTHERS_OF_REFERRAL = ("intake", "notifications", "analytics")

CATALOG: tuple[Entry, ...] = (
    Entry(intake.ReportReceived, "ba.spis.intake.report.received.v1", REPORTS, "report", ("notifications", "analytics")),
    Entry(intake.ReportScreened, "ba.spis.intake.report.screened.v1", REPORTS, "report", ("notifications", "analytics")),
    Entry(intake.CaseOpened, "ba.spis.intake.case.opened.v1", CASES, "case", _OTHERS_OF_INTAKE),
    Entry(referral.ReferralSent, "ba.spis.referral.referral.sent.v1", REFERRALS, "case", _OTHERS_OF_REFERRAL),
    Entry(referral.ReferralAccepted, "ba.spis.referral.referral.accepted.v1", REFERRALS, "case", _OTHERS_OF_REFERRAL),
    Entry(referral.ReferralDeclined, "ba.spis.referral.referral.declined.v1", REFERRALS, "case", _OTHERS_OF_REFERRAL),
    Entry(referral.ServiceStarted, "ba.spis.referral.service.started.v1", REFERRALS, "case", _OTHERS_OF_REFERRAL),
    Entry(referral.ReferralCompleted, "ba.spis.referral.referral.completed.v1", REFERRALS, "case", _OTHERS_OF_REFERRAL),
    Entry(referral.ReferralWithdrawn, "ba.spis.referral.referral.withdrawn.v1", REFERRALS, "case", _OTHERS_OF_REFERRAL),
    Entry(referral.ReferralFellSilent, "ba.spis.referral.referral.fell_silent.v1", REFERRALS, "case", _OTHERS_OF_REFERRAL),
    Entry(referral.ReferralEscalated, "ba.spis.referral.referral.escalated.v1", REFERRALS, "case", _OTHERS_OF_REFERRAL),
    Entry(referral.NeedUnserved, "ba.spis.referral.need.unserved.v1", REFERRALS, "case", _OTHERS_OF_REFERRAL),
    Entry(referral.InstitutionListed, "ba.spis.referral.institution.listed.v1", DIRECTORY, "institution", _OTHERS_OF_REFERRAL),
    Entry(referral.AccountListed, "ba.spis.referral.account.listed.v1", DIRECTORY, "institution", _OTHERS_OF_REFERRAL),
    Entry(notifications.AlertRaised, "ba.spis.notifications.alert.raised.v1", ALERTS, "desk", ("analytics",)),
    Entry(notifications.AlertAcknowledged, "ba.spis.notifications.alert.acknowledged.v1", ALERTS, "desk", ("analytics",)),
    Entry(notifications.AlertEscalated, "ba.spis.notifications.alert.escalated.v1", ALERTS, "desk", ("analytics",)),
    Entry(notifications.AlertResolved, "ba.spis.notifications.alert.resolved.v1", ALERTS, "desk", ("analytics",)),
)

BY_EVENT: Mapping[type, Entry] = {entry.event: entry for entry in CATALOG}
BY_TYPE: Mapping[str, Entry] = {entry.type: entry for entry in CATALOG}


@cache
def shape(event: type[Announcement]) -> TypeAdapter[Announcement]:
    """The reader's and writer's view of one event: unknown fields are ignored, missing ones refused."""
    return TypeAdapter(event)


def body(announcement: Announcement) -> bytes:
    """The JSON that goes on the wire."""
    return shape(type(announcement)).dump_json(announcement)


def parse(envelope: Envelope) -> Announcement:
    """The announcement in an envelope, in its newest version; `Malformed` when it breaks its contract."""
    wire_type, data = envelope.type, envelope.data
    while upcast := UPCASTS.get(wire_type):
        wire_type, data = upcast(data)
    entry = BY_TYPE.get(wire_type)
    if entry is None:
        raise Malformed(f"unknown event type {envelope.type[:120]!r}")
    try:
        return shape(entry.event).validate_json(data)
    except ValidationError as error:
        places = sorted({".".join(str(part) for part in each["loc"]) or "the body" for each in error.errors()})
        raise Malformed(f"{wire_type} breaks its contract at: {', '.join(places)[:400]}") from None


def topics_heard_by(room: str) -> tuple[Topic, ...]:
    """The topics a room subscribes to: those with an event it is named a reader of."""
    return tuple(topic for topic in TOPICS if any(e.topic == topic and room in e.readers for e in CATALOG))
