"""Planted: whoever claims a partition may read it, and whoever claimed it before goes on all the same."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from analytics.__main__ import ROOM
from services.bus.batch import Claim, keep_batch
from services.bus.heard import Arrived, Reaction
from services.storage.database import Database
from services.storage.stamp import Stamp
from tests.ledger.witness.stage import Amendment, amended, serve

AMENDMENTS = (Amendment("claim_partition", "epoch = p.epoch + 1", "epoch = p.epoch"),)


async def keep(
    database: Database,
    stamp: Stamp,
    claim: Claim,
    records: Sequence[Arrived],
    hear: Reaction,
    park: Mapping[int, str],
) -> Claim:
    """Keep a batch wherever its partition stands by now."""
    row = await database.read_row("position", claim.topic, claim.partition)
    assert row is not None
    return await keep_batch(database, stamp, replace(claim, next_offset=row["next_offset"]), records, hear, park)


if __name__ == "__main__":
    serve(ROOM, amended(*AMENDMENTS), keep=keep)
