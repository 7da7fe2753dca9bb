"""Planted: the relay marks rows as published when it takes them, before Kafka has them."""

from intake.__main__ import ROOM
from tests.ledger.witness.stage import replaced, serve

TAKE = """
WITH next AS (
    SELECT id FROM outbox WHERE published_at IS NULL ORDER BY id LIMIT $1
), taken AS (
    UPDATE outbox o SET published_at = clock_timestamp() FROM next n WHERE o.id = n.id
    RETURNING o.id, event_id, topic, key, incarnation, sequence, type, subject, unit, occurred_at, recorded_at,
        correlation_id, traceparent, body, accepted_at
)
SELECT * FROM taken ORDER BY id"""

if __name__ == "__main__":
    serve(ROOM, replaced("unpublished", TAKE))
