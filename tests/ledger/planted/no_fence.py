"""Planted: whoever claims a partition may read it, and whoever claimed it before goes on all the same."""

from analytics.__main__ import ROOM
from services.runtime.room import Surroundings
from tests.ledger.witness.stage import amended, serve


def arrange(around: Surroundings) -> Surroundings:
    """Claims that fence nobody, and a position that anybody may move."""
    claimed = amended("claim_partition", "epoch = p.epoch + 1", "epoch = p.epoch")(around)
    return amended("move_position", "epoch = $3 AND next_offset = $4", "$3::bigint > 0 AND $4::bigint >= 0")(claimed)


if __name__ == "__main__":
    serve(ROOM, arrange)
