"""Every event that may cross the building: its wire name, topic, key, owner and readers.

A topic belongs to one owner and one subject and never expires; its partition count is never raised (a new topic version
instead), because that would move keys and break their order.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter, ValidationError

from services.contracts import analytics, intake, notifications, referral
from services.contracts.envelope import Envelope
from services.contracts.failures import Malformed
from services.contracts.upcasts import UPCASTS

Announcement = Any
"""An instance of one of the dataclasses listed in `CATALOG`."""


@dataclass(frozen=True, slots=True)
class Topic:
    """One owner, one subject, kept for ever."""

    name: str
    owner: str
    partitions: int = 6


@dataclass(frozen=True, slots=True)
class Entry:
    """One version of one event, and which of its fields are its key, its subject and the time it happened."""

    event: type[Announcement]
    type: str
    topic: Topic
    key: str
    subject: str
    moment: str
    readers: tuple[str, ...]

    @property
    def owner(self) -> str:
        """The room that may say it."""
        return self.topic.owner


REPORTS = Topic("spis.intake.reports.v1", "intake")
CASES = Topic("spis.intake.cases.v1", "intake")
ACCESS_LOG = Topic("spis.intake.access_log.v1", "intake", partitions=1)
PEOPLE = Topic("spis.intake.people.v1", "intake", partitions=1)
MERGES = Topic("spis.intake.merges.v1", "intake", partitions=1)
REFERRALS = Topic("spis.referral.referrals.v1", "referral")
DIRECTORY = Topic("spis.referral.directory.v1", "referral", partitions=1)
CASE_WALKS = Topic("spis.intake.walks.v1", "intake", partitions=1)
REFERRAL_WALKS = Topic("spis.referral.walks.v1", "referral", partitions=1)
ALERTS = Topic("spis.notifications.alerts.v1", "notifications")
SURGES = Topic("spis.analytics.surges.v1", "analytics")

TOPICS: tuple[Topic, ...] = (
    *(REPORTS, CASES, ACCESS_LOG, PEOPLE, MERGES, CASE_WALKS),
    *(REFERRALS, DIRECTORY, REFERRAL_WALKS, ALERTS, SURGES),
)

_OTHERS_OF_INTAKE = ("referral", "notifications", "analytics")
_OTHERS_OF_REFERRAL = ("intake", "notifications", "analytics")


def _on(
    topic: Topic, key: str, readers: tuple[str, ...], *rows: tuple[type[Announcement], str, str, str]
) -> list[Entry]:
    return [Entry(event, type_, topic, key, subject, moment, readers) for event, type_, subject, moment in rows]


# A row: the event, its wire name, the field that is its subject, the field that says when it happened.
CATALOG: tuple[Entry, ...] = (
    *_on(
        REPORTS,
        "report",
        ("notifications", "analytics"),
        (intake.ReportReceived, "ba.spis.intake.report.received.v1", "report", "occurred_at"),
        (intake.ReportScreened, "ba.spis.intake.report.screened.v1", "report", "screened_at"),
    ),
    *_on(
        CASES,
        "case",
        _OTHERS_OF_INTAKE,
        (intake.CaseOpened, "ba.spis.intake.case.opened.v1", "case", "opened_at"),
        (intake.CaseClosed, "ba.spis.intake.case.closed.v1", "case", "closed_at"),
    ),
    *_on(
        ACCESS_LOG,
        "log",
        ("referral",),
        (intake.AccessLogSealed, "ba.spis.intake.access_log.sealed.v1", "log", "sealed_at"),
    ),
    *_on(
        PEOPLE,
        "person",
        ("analytics",),
        (intake.PersonForgotten, "ba.spis.intake.person.forgotten.v1", "person", "forgotten_at"),
    ),
    *_on(
        MERGES,
        "pseudonym",
        ("analytics",),
        (intake.PeopleMerged, "ba.spis.intake.people.merged.v1", "pseudonym", "merged_at"),
    ),
    *_on(
        REFERRALS,
        "case",
        _OTHERS_OF_REFERRAL,
        (referral.ReferralSent, "ba.spis.referral.referral.sent.v1", "referral", "sent_at"),
        (referral.ReferralAccepted, "ba.spis.referral.referral.accepted.v1", "referral", "accepted_at"),
        (referral.ReferralDeclined, "ba.spis.referral.referral.declined.v1", "referral", "declined_at"),
        (referral.ServiceStarted, "ba.spis.referral.service.started.v1", "referral", "started_at"),
        (referral.ReferralCompleted, "ba.spis.referral.referral.completed.v1", "referral", "completed_at"),
        (referral.ReferralWithdrawn, "ba.spis.referral.referral.withdrawn.v2", "referral", "withdrawn_at"),
        (referral.ReferralFellSilent, "ba.spis.referral.referral.fell_silent.v1", "referral", "silent_since"),
        (referral.ReferralEscalated, "ba.spis.referral.referral.escalated.v1", "referral", "escalated_at"),
        (referral.NeedUnserved, "ba.spis.referral.need.unserved.v1", "case", "noticed_at"),
    ),
    *_on(
        DIRECTORY,
        "institution",
        _OTHERS_OF_REFERRAL,
        (referral.InstitutionListed, "ba.spis.referral.institution.listed.v1", "institution", "listed_at"),
        (referral.AccountListed, "ba.spis.referral.account.listed.v1", "account", "listed_at"),
    ),
    *_on(
        CASE_WALKS,
        "institution",
        ("notifications", "analytics"),
        (intake.CaseWalkStopped, "ba.spis.intake.walk.stopped.v1", "walk", "stopped_at"),
    ),
    *_on(
        REFERRAL_WALKS,
        "institution",
        ("notifications", "analytics"),
        (referral.ReferralWalkStopped, "ba.spis.referral.walk.stopped.v1", "walk", "stopped_at"),
    ),
    *_on(
        ALERTS,
        "desk",
        ("analytics",),
        (notifications.AlertRaised, "ba.spis.notifications.alert.raised.v1", "alert", "raised_at"),
        (notifications.AlertAcknowledged, "ba.spis.notifications.alert.acknowledged.v1", "alert", "acknowledged_at"),
        (notifications.AlertEscalated, "ba.spis.notifications.alert.escalated.v1", "alert", "escalated_at"),
        (notifications.AlertResolved, "ba.spis.notifications.alert.resolved.v1", "alert", "resolved_at"),
    ),
    *_on(
        SURGES,
        "unit",
        ("notifications",),
        (analytics.SurgeDetected, "ba.spis.analytics.surge.detected.v1", "surge", "detected_at"),
    ),
)

BY_EVENT: Mapping[type, Entry] = {entry.event: entry for entry in CATALOG}
BY_TYPE: Mapping[str, Entry] = {entry.type: entry for entry in CATALOG}

SHAPES: Mapping[type, TypeAdapter[Announcement]] = {entry.event: TypeAdapter(entry.event) for entry in CATALOG}
"""The reader's and writer's view of each event: unknown fields are ignored, missing ones refused."""


def body(announcement: Announcement) -> bytes:
    """The JSON that goes on the wire."""
    return SHAPES[type(announcement)].dump_json(announcement)


def parse(envelope: Envelope) -> Announcement:
    """The announcement in an envelope, in its newest version; `Malformed` when it breaks its contract."""
    wire_type, data = envelope.type, envelope.data
    while upcast := UPCASTS.get(wire_type):
        wire_type, data = upcast(data)
    entry = BY_TYPE.get(wire_type)
    if entry is None:
        raise Malformed(f"unknown event type {envelope.type[:120]!r}")
    try:
        return SHAPES[entry.event].validate_json(data)
    except ValidationError as error:
        places = sorted({".".join(str(part) for part in each["loc"]) or "the body" for each in error.errors()})
        raise Malformed(f"{wire_type} breaks its contract at: {', '.join(places)[:400]}") from None


def topics_heard_by(room: str) -> tuple[Topic, ...]:
    """The topics a room subscribes to: those with an event it is named a reader of."""
    return tuple(topic for topic in TOPICS if any(e.topic == topic and room in e.readers for e in CATALOG))
