"""Planted: each relay has a lease of its own, so that two of them publish one outbox at the same time."""

from intake.__main__ import ROOM
from tests.ledger.witness.stage import Amendment, amended, replaced, serve

LEASES = """
CREATE TABLE IF NOT EXISTS leases (holder text PRIMARY KEY, beat bigint NOT NULL);
GRANT SELECT, INSERT, UPDATE ON leases TO PUBLIC"""
TAKE = """
INSERT INTO leases AS l (holder, beat) VALUES ($1, 1) ON CONFLICT (holder) DO UPDATE SET beat = l.beat + 1
RETURNING 0::bigint AS term, beat"""
AMENDMENTS = (
    Amendment("mark_published", "mark_published($1, $2, ", "mark_published('nobody', 0, "),
    Amendment("mark_published", " AS marked", " AS marked WHERE $1::text IS NOT NULL AND $2::bigint IS NOT NULL"),
)


if __name__ == "__main__":
    serve(ROOM, lambda around: replaced("take_lease", TAKE)(amended(*AMENDMENTS)(around)), schema=(LEASES,))
