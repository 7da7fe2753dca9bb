"""Planted: whoever claims a partition may read it, and whoever claimed it before goes on all the same."""

from analytics.__main__ import ROOM
from tests.ledger.witness.stage import Amendment, amended, serve

AMENDMENTS = (
    Amendment("claim_partition", "epoch = p.epoch + 1", "epoch = p.epoch"),
    Amendment("move_position", "epoch = $3 AND next_offset = $4", "$3::bigint > 0 AND $4::bigint >= 0"),
)

if __name__ == "__main__":
    serve(ROOM, amended(*AMENDMENTS))
