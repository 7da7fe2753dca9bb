"""Every event has an owner, a key, readers and a sentence; what is sent comes back, and none of it is prose."""

import dataclasses
import re
import types
import typing
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

import pytest
from cloudevents.core.bindings.kafka import KafkaMessage, from_kafka
from cloudevents.core.formats.json import JSONFormat

from services.contracts.catalog import BY_TYPE, CATALOG, Entry, body, parse
from services.contracts.envelope import Envelope, decode, encode

GLOSSARY = (Path(__file__).parents[2] / "services" / "contracts" / "GLOSSARY.md").read_text(encoding="utf-8")
MOMENT = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
REFERENCES = {
    *("report", "case", "referral", "alert", "unit", "need", "needs", "sender", "receiver", "institution", "to_unit"),
    *("coordinating_unit", "reporter_institution", "instrument", "pseudonym", "account", "desk", "desks", "to_desk"),
    *("code", "cause", "subject"),
}
"""Fields of plain text: each holds a reference or a code of a catalogue, never a sentence."""


def example_of(kind: typing.Any, name: str) -> typing.Any:
    """A made-up value for a field."""
    origin = typing.get_origin(kind)
    match kind:
        case _ if origin is tuple:
            return (example_of(typing.get_args(kind)[0], name),)
        case _ if origin in (typing.Union, types.UnionType):
            return example_of(typing.get_args(kind)[0], name)
        case type() if issubclass(kind, StrEnum):
            return next(iter(kind))
        case type() if dataclasses.is_dataclass(kind):
            return whole(kind)
        case _:
            return {str: f"X-{name}", int: 1, bool: False, datetime: MOMENT}[kind]


def whole(event: type) -> typing.Any:
    """A made-up event."""
    kinds = typing.get_type_hints(event)
    return event(**{field.name: example_of(kinds[field.name], field.name) for field in dataclasses.fields(event)})


def enveloped(entry: Entry) -> Envelope:
    return Envelope(
        id="an-id",
        source=f"/{entry.owner}",
        type=entry.type,
        subject="X-1",
        key="X-key",
        sequence=7,
        incarnation=1,
        time=MOMENT,
        recorded_time=MOMENT,
        correlation_id="a-journey",
        unit="X-unit",
        traceparent=None,
        data=body(whole(entry.event)),
    )


@pytest.mark.parametrize("entry", CATALOG, ids=lambda entry: entry.event.__name__)
def test_an_event_has_an_owner_a_key_readers_and_a_sentence(entry: Entry) -> None:
    fields = {field.name for field in dataclasses.fields(entry.event)}
    assert {entry.key, entry.subject, entry.moment, "unit"} <= fields
    assert entry.readers
    assert entry.owner not in entry.readers
    assert BY_TYPE[entry.type] is entry
    assert re.search(rf"^\| {entry.event.__name__} \| \w", GLOSSARY, re.MULTILINE)


@pytest.mark.parametrize("entry", CATALOG, ids=lambda entry: entry.event.__name__)
def test_an_event_holds_codes_references_and_dates_only(entry: Entry) -> None:
    kinds = typing.get_type_hints(entry.event)
    prose = {
        name for name, kind in kinds.items() if "str" in str(kind).replace("StrEnum", "") and name not in REFERENCES
    }
    assert not prose


@pytest.mark.parametrize("entry", CATALOG, ids=lambda entry: entry.event.__name__)
def test_what_is_said_is_what_is_heard(entry: Entry) -> None:
    envelope = enveloped(entry)
    heard = decode(*encode(envelope))
    assert heard == envelope
    assert parse(heard) == whole(entry.event)


@pytest.mark.parametrize("entry", CATALOG, ids=lambda entry: entry.event.__name__)
def test_the_official_library_reads_what_we_write(entry: Entry) -> None:
    envelope = enveloped(entry)
    key, value, headers = encode(envelope)
    event = from_kafka(KafkaMessage(headers=dict(headers), key=key, value=value), JSONFormat())
    attributes = event.get_attributes()
    assert (attributes["id"], attributes["type"], attributes["source"]) == (envelope.id, envelope.type, envelope.source)
    assert (attributes["partitionkey"], attributes["sequence"]) == (envelope.key, "7".zfill(19))
    assert attributes["time"] == MOMENT
