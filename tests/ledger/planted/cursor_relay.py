"""Planted: the relay reads on from the last row it published, and a row that is committed late is never seen."""

from intake.__main__ import ROOM
from tests.ledger.witness.stage import Amendment, amended, serve

AMENDMENTS = (
    Amendment(
        "unpublished",
        "WHERE published_at IS NULL",
        "WHERE id > (SELECT coalesce(max(id), 0) FROM outbox WHERE published_at IS NOT NULL)",
    ),
)

if __name__ == "__main__":
    serve(ROOM, amended(*AMENDMENTS))
