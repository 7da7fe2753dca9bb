"""Anybody may put a record on a topic: what no database keeps is refused before anything is done about it."""

from datetime import UTC, datetime

import pytest

from services.bus.checkpoints import Checkpoint, checkpoint_envelope, checkpoint_of
from services.contracts.envelope import Headers, decode, encode
from services.contracts.failures import Malformed

MOMENT = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
GOOD = encode(checkpoint_envelope(Checkpoint("/intake", 1, 1, 1), "invented", 0, MOMENT))


def with_header(name: str, value: bytes) -> Headers:
    return [(each, value if each == name else kept) for each, kept in GOOD[2]]


def test_a_whole_record_is_read() -> None:
    assert decode(*GOOD).source == "/intake"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ce_id", b"a\x00b"),
        ("ce_subject", b"line\nbreak"),
        ("ce_correlationid", b"x" * 401),
        ("ce_sequence", str(2**63).encode()),
        ("ce_sequence", b"0"),
        ("ce_incarnation", str(2**31).encode()),
        ("ce_time", b"2026-03-02T08:00:00"),
    ],
)
def test_a_record_whose_headers_no_database_would_keep_is_malformed(name: str, value: bytes) -> None:
    key, body, _ = GOOD
    with pytest.raises(Malformed):
        decode(key, body, with_header(name, value))


@pytest.mark.parametrize(
    "data", [b'{"term": 1, "count": 9223372036854775808}', b'{"term": -1, "count": 1}', b"[]", b"?"]
)
def test_a_checkpoint_that_cannot_be_true_is_malformed(data: bytes) -> None:
    key, _, headers = GOOD
    with pytest.raises(Malformed):
        checkpoint_of(decode(key, data, headers))
