"""The envelope of every event: CloudEvents 1.0 in Kafka's binary mode, written and read directly.

Context attributes may be logged by anybody on the way, so nothing sensitive is ever put in one.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from services.contracts.failures import Malformed

SEQUENCE_DIGITS = 19
BODY_BYTES_MAX = 256_000
TEXT_CHARACTERS_MAX = 400
SEQUENCE_MAX = 2**63 - 1
INCARNATION_MAX = 2**31 - 1

Headers = list[tuple[str, bytes]]


@dataclass(frozen=True, slots=True)
class Envelope:
    """One event as it travels: who says it, about what, in which place of its key's order."""

    id: str
    source: str
    type: str
    subject: str
    key: str
    sequence: int
    incarnation: int
    time: datetime
    recorded_time: datetime
    correlation_id: str
    unit: str
    traceparent: str | None
    data: bytes


def encode(envelope: Envelope) -> tuple[bytes, bytes, Headers]:
    """Key, value and headers of the Kafka record."""
    key = envelope.key.encode()
    headers = [
        ("ce_specversion", b"1.0"),
        ("ce_id", envelope.id.encode()),
        ("ce_source", envelope.source.encode()),
        ("ce_type", envelope.type.encode()),
        ("ce_subject", envelope.subject.encode()),
        ("ce_time", moment_text(envelope.time).encode()),
        ("ce_partitionkey", key),
        ("ce_sequence", b"%0*d" % (SEQUENCE_DIGITS, envelope.sequence)),
        ("ce_incarnation", b"%d" % envelope.incarnation),
        ("ce_recordedtime", moment_text(envelope.recorded_time).encode()),
        ("ce_correlationid", envelope.correlation_id.encode()),
        ("ce_unit", envelope.unit.encode()),
    ]
    if envelope.traceparent:
        headers.append(("ce_traceparent", envelope.traceparent.encode()))
    headers.append(("content-type", b"application/json"))
    return key, envelope.data, headers


def decode(key: bytes | None, value: bytes | None, headers: Iterable[tuple[str, bytes]]) -> Envelope:
    """The envelope of a Kafka record; `Malformed` when it is not one of ours."""
    try:
        found = {name[3:]: raw.decode() for name, raw in headers if name.startswith("ce_")}
        if found.get("specversion") != "1.0":
            raise Malformed("not a CloudEvents 1.0 record")
        if value is None or len(value) > BODY_BYTES_MAX:
            raise Malformed("the body is missing or larger than 256000 bytes")
        envelope = Envelope(
            id=found["id"],
            source=found["source"],
            type=found["type"],
            subject=found["subject"],
            key=found["partitionkey"],
            sequence=int(found["sequence"]),
            incarnation=int(found["incarnation"]),
            time=_moment(found["time"]),
            recorded_time=_moment(found["recordedtime"]),
            correlation_id=found["correlationid"],
            unit=found["unit"],
            traceparent=found.get("traceparent"),
            data=value,
        )
    except KeyError as missing:
        raise Malformed(f"the header ce_{missing.args[0]} is missing") from None
    except (ValueError, UnicodeDecodeError):
        raise Malformed("a header cannot be read") from None
    if key is None or key.decode(errors="replace") != envelope.key:
        raise Malformed("the record's key is not its partitionkey")
    if not (0 < envelope.sequence <= SEQUENCE_MAX and 0 < envelope.incarnation <= INCARNATION_MAX):
        raise Malformed("sequence and incarnation start at 1 and have an end")
    if max(map(len, found.values())) > TEXT_CHARACTERS_MAX or not "".join(found.values()).isprintable():
        raise Malformed("a header is too long or holds characters that cannot be printed")
    return envelope


def moment_text(moment: datetime) -> str:
    """RFC 3339 in UTC, with microseconds."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(text)
    return moment
