"""What we write is a CloudEvent for everybody else, and what others write so, we read; the SDK is the judge."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from cloudevents.core.bindings.kafka import KafkaMessage, from_binary, to_binary
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent
from hypothesis import given
from hypothesis import strategies as st

from services.contracts.catalog import CATALOG, Entry
from services.contracts.envelope import BODY_BYTES_MAX, SEQUENCE_DIGITS, Envelope, decode, encode
from services.contracts.failures import Malformed
from services.contracts.schema_files import example_of

each_event = pytest.mark.parametrize("entry", CATALOG, ids=lambda entry: entry.event.__name__)
words = st.text(st.characters(categories=["L", "N", "P", "S"]), min_size=1, max_size=60)
zones = st.sampled_from([UTC, timezone(timedelta(hours=2)), timezone(timedelta(hours=-11, minutes=-30))])
moments = st.datetimes(datetime(1990, 1, 1), datetime(2200, 1, 1), timezones=zones)  # noqa: DTZ001 (the zones are added)
bodies = st.dictionaries(words, st.integers() | words | st.none() | st.lists(words), max_size=5)
envelopes = st.builds(
    Envelope,
    id=words,
    source=words,
    type=words,
    subject=words,
    key=words,
    sequence=st.integers(1, 2**63 - 1),
    incarnation=st.integers(1, 2**31 - 1),
    time=moments,
    recorded_time=moments,
    correlation_id=words,
    unit=words,
    traceparent=words | st.none(),
    data=bodies.map(lambda body: json.dumps(body).encode()),
)


def message_of(envelope: Envelope) -> KafkaMessage:
    key, value, headers = encode(envelope)
    return KafkaMessage(headers=dict(headers), key=key, value=value)


@given(envelopes)
def test_what_we_write_we_read(envelope: Envelope) -> None:
    assert decode(*encode(envelope)) == envelope


@given(envelopes)
def test_what_we_write_the_sdk_reads(envelope: Envelope) -> None:
    event = from_binary(message_of(envelope), JSONFormat())
    assert (event.get_id(), event.get_source(), event.get_type()) == (envelope.id, envelope.source, envelope.type)
    assert (event.get_subject(), event.get_time()) == (envelope.subject, envelope.time)
    assert event.get_data() == json.loads(envelope.data)
    assert event.get_datacontenttype() == "application/json"
    assert event.get_extension("partitionkey") == envelope.key
    assert int(event.get_extension("sequence")) == envelope.sequence


@given(envelopes)
def test_what_the_sdk_writes_again_we_read(envelope: Envelope) -> None:
    event = from_binary(message_of(envelope), JSONFormat())
    message = to_binary(event, JSONFormat())
    key = message.key.encode() if isinstance(message.key, str) else message.key
    read = decode(key, message.value, message.headers.items())
    assert json.loads(read.data) == json.loads(envelope.data)
    assert encode(read)[2] == encode(envelope)[2]


@each_event
def test_an_event_that_somebody_else_builds_with_the_sdk_is_read_as_ours(entry: Entry) -> None:
    attributes = example_of(entry)
    data = attributes.pop("data")
    made: dict[str, Any] = attributes | {"time": datetime.fromisoformat(attributes["time"])}
    message = to_binary(CloudEvent(made, data), JSONFormat())
    assert isinstance(message.key, str)
    envelope = decode(message.key.encode(), message.value, message.headers.items())
    assert (envelope.type, envelope.key, envelope.sequence) == (entry.type, data[entry.key], 1)
    assert json.loads(envelope.data) == data


GOOD = encode(
    Envelope(
        "id", "/intake", "type", "R-1", "R-1", 1, 1, datetime(2026, 3, 2, tzinfo=UTC), datetime(2026, 3, 2, tzinfo=UTC),
        "c", "VALLEY", None, b"{}",
    )
)  # fmt: skip


@given(st.integers(1, 2**63 - 1), st.integers(1, 2**63 - 1))
def test_numbers_sort_as_texts_as_they_do_as_numbers(one: int, other: int) -> None:
    sound = decode(*GOOD)
    first, second = (dict(encode(replace(sound, sequence=number))[2])["ce_sequence"] for number in (one, other))
    assert len(first) == SEQUENCE_DIGITS
    assert (first < second) == (one < other)


@pytest.mark.parametrize("name", [name for name, _ in GOOD[2] if name.startswith("ce_")])
def test_a_missing_attribute_is_named(name: str) -> None:
    key, value, headers = GOOD
    with pytest.raises(Malformed, match=f"{name} is missing|not a CloudEvents 1.0 record"):
        decode(key, value, [(other, raw) for other, raw in headers if other != name])


@pytest.mark.parametrize(
    ("name", "raw"),
    [
        ("ce_specversion", b"0.3"),
        ("ce_sequence", b"first"),
        ("ce_sequence", b"0"),
        ("ce_sequence", b"-1"),
        ("ce_sequence", b"9" * 30),
        ("ce_incarnation", b"0"),
        ("ce_incarnation", str(2**31).encode()),
        ("ce_time", b"yesterday"),
        ("ce_time", b"2026-03-02T09:30:00"),
        ("ce_recordedtime", b""),
        ("ce_id", b"\xff"),
        ("ce_id", b"a\x00b"),
        ("ce_subject", b"x" * 10_000),
        ("ce_partitionkey", b"R-2"),
    ],
    ids=str,
)
def test_an_attribute_that_says_nothing_sound_is_refused(name: str, raw: bytes) -> None:
    key, value, headers = GOOD
    with pytest.raises(Malformed):
        decode(key, value, [(other, raw if other == name else known) for other, known in headers])


@pytest.mark.parametrize(
    ("key", "value"),
    [(None, b"{}"), (b"R-2", b"{}"), (b"\xff", b"{}"), (b"R-1", None), (b"R-1", b"x" * (BODY_BYTES_MAX + 1))],
    ids=["no key", "another key", "no text", "no body", "too much"],
)
def test_a_record_without_its_key_or_body_is_refused(key: bytes | None, value: bytes | None) -> None:
    with pytest.raises(Malformed):
        decode(key, value, GOOD[2])


@given(
    st.none() | st.binary(max_size=20),
    st.none() | st.binary(max_size=50),
    st.lists(st.tuples(st.sampled_from([name for name, _ in GOOD[2]]) | st.text(max_size=8), st.binary(max_size=30))),
)
def test_anything_else_is_malformed_and_never_a_bug(
    key: bytes | None, value: bytes | None, headers: list[tuple[str, bytes]]
) -> None:
    for mixed in (headers, [*GOOD[2], *headers]):
        try:
            decode(key, value, mixed)
        except Malformed:
            continue
