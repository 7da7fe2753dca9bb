"""A fact: one announcement as analytics keeps it, in codes and dates; it never counts and never reads a database."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from services.contracts.catalog import BY_EVENT, SHAPES, Announcement
from services.contracts.envelope import Envelope
from services.contracts.intake import CaseOpened, PeopleMerged
from services.contracts.referral import ReferralSent

ON_THE_ENVELOPE = frozenset({"unit"})

DIMENSIONS: Mapping[str, tuple[str, ...]] = {
    "sex": ("sex",),
    "age_band": ("age_band",),
    "need": ("need",),
    "institution": ("receiver", "institution"),
    "risk": ("risk",),
    "reason": ("reason", "outcome"),
    "step": ("step",),
}
"""What figures are broken down by, and the fields in which an announcement may say it, the nearest first."""

LocalDay = Callable[[str, datetime], date]
"""The day on which a moment falls in a unit."""


@dataclass(frozen=True, slots=True)
class Context:
    """What a case or a referral says of itself once, for everything that is said about it later, or was before."""

    subject: str
    sex: str | None = None
    age_band: str | None = None
    need: str | None = None
    institution: str | None = None
    risk: str | None = None
    sent_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Fact:
    """Something another room said happened, once, in a unit: on a day there, and known since another."""

    event_id: str
    type: str
    unit: str
    key: str
    subject: str
    occurred_at: datetime
    recorded_at: datetime
    day: date
    known_on: date
    dimensions: Mapping[str, Any]
    codes: Mapping[str, str | None]
    context: Context | None = None
    child: str | None = None
    same_child: tuple[str, str] | None = None


def fact_of(announcement: Announcement, envelope: Envelope, local_day: LocalDay) -> Fact:
    """The fact that an announcement is, under the newest name of its type; what the envelope says is not kept twice."""
    said: dict[str, Any] = SHAPES[type(announcement)].dump_python(announcement, mode="json")
    codes = {name: _first(said, fields) for name, fields in DIMENSIONS.items()}
    return Fact(
        event_id=envelope.id,
        type=BY_EVENT[type(announcement)].type,
        unit=envelope.unit,
        key=envelope.key,
        subject=envelope.subject,
        occurred_at=envelope.time,
        recorded_at=envelope.recorded_time,
        day=local_day(envelope.unit, envelope.time),
        known_on=local_day(envelope.unit, envelope.recorded_time),
        dimensions={name: value for name, value in said.items() if name not in ON_THE_ENVELOPE},
        codes=codes,
        context=_context(announcement, codes),
        child=announcement.pseudonym if isinstance(announcement, CaseOpened) else None,
        same_child=_same_child(announcement),
    )


def row_of(fact: Fact) -> dict[str, Any]:
    """A fact as the database keeps it."""
    row: dict[str, Any] = {
        "event_id": fact.event_id,
        "type": fact.type,
        "unit": fact.unit,
        "key": fact.key,
        "subject": fact.subject,
        "occurred_at": fact.occurred_at.isoformat(),
        "recorded_at": fact.recorded_at.isoformat(),
        "day": fact.day.isoformat(),
        "known_on": fact.known_on.isoformat(),
        "dimensions": fact.dimensions,
        "child": fact.child,
        **fact.codes,
    }
    if fact.child:
        row["pseudonyms"] = [fact.child]
    if fact.same_child:
        name, into = fact.same_child
        row |= {"pseudonyms": [name, into], "merges": [{"pseudonym": name, "into": into}]}
    if fact.context:
        sent_at = fact.context.sent_at
        told = {name: getattr(fact.context, name) for name in Context.__dataclass_fields__}
        row["context"] = told | {"sent_at": sent_at and sent_at.isoformat()}
    return row


def _context(announcement: Announcement, codes: Mapping[str, str | None]) -> Context | None:
    match announcement:
        case CaseOpened(case=case):
            return Context(
                case, sex=codes["sex"], age_band=codes["age_band"], institution=codes["institution"], risk=codes["risk"]
            )
        case ReferralSent(referral=referral, sent_at=sent_at):
            return Context(
                referral, need=codes["need"], institution=codes["institution"], risk=codes["risk"], sent_at=sent_at
            )
        case _:
            return None


def _same_child(announcement: Announcement) -> tuple[str, str] | None:
    match announcement:
        case PeopleMerged(pseudonym=pseudonym, into_pseudonym=into_pseudonym):
            return pseudonym, into_pseudonym
        case _:
            return None


def _first(said: Mapping[str, Any], fields: tuple[str, ...]) -> str | None:
    for field in fields:
        if said.get(field) is not None:
            return str(said[field])
    return None
