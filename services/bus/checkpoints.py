"""Checkpoints: what a source says it has put on a partition, so that a reader sees what never came.

After new events the relay puts one behind them, at most twice a minute. A reader that counts fewer distinct events than
the checkpoint before it claims has lost some, and says so at once.
"""

import json
from dataclasses import dataclass
from datetime import datetime

from services.contracts.envelope import SEQUENCE_MAX, Envelope
from services.contracts.failures import Malformed

CHECKPOINT = "ba.spis.checkpoint.v1"
SECONDS_BETWEEN = 30.0


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """`count` distinct events of this source and incarnation lie before it on its partition."""

    source: str
    incarnation: int
    term: int
    count: int


def checkpoint_envelope(checkpoint: Checkpoint, topic: str, partition: int, now: datetime) -> Envelope:
    """The envelope a checkpoint travels in; its number orders nothing, since it has no key of a case."""
    place = f"{topic}/{partition}"
    name = f"{checkpoint.source}/{place}/{checkpoint.incarnation}/{checkpoint.term}/{checkpoint.count}"
    return Envelope(
        id=name,
        source=checkpoint.source,
        type=CHECKPOINT,
        subject=place,
        key=place,
        sequence=1,
        incarnation=checkpoint.incarnation,
        time=now,
        recorded_time=now,
        correlation_id=name,
        unit="-",
        traceparent=None,
        data=json.dumps({"term": checkpoint.term, "count": checkpoint.count}).encode(),
    )


def checkpoint_of(envelope: Envelope) -> Checkpoint:
    """The checkpoint in an envelope; `Malformed` when it is none."""
    try:
        data = json.loads(envelope.data)
        term, count = int(data["term"]), int(data["count"])
    except (ValueError, KeyError, TypeError):
        raise Malformed("a checkpoint that cannot be read") from None
    if not (0 <= term <= SEQUENCE_MAX and 0 <= count <= SEQUENCE_MAX):
        raise Malformed("a checkpoint that cannot be true")
    return Checkpoint(envelope.source, envelope.incarnation, term, count)


def missing(checkpoint: Checkpoint, counted: int) -> int:
    """How many events a reader lacks; one that has more has heard what a passed-over relay sent as well."""
    return max(0, checkpoint.count - counted)
