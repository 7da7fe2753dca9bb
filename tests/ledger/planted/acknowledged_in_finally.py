"""Planted: how far was read is kept in a `finally`, which swallows whatever became of the effects."""

from collections.abc import Mapping, Sequence

from analytics.__main__ import ROOM
from services.bus.batch import Claim, keep_batch
from services.bus.heard import Arrived, Reaction
from services.storage.database import Database
from services.storage.stamp import Stamp
from tests.ledger.planted.halves import effects_alone, nothing
from tests.ledger.witness.stage import serve


async def keep(
    database: Database,
    stamp: Stamp,
    claim: Claim,
    records: Sequence[Arrived],
    hear: Reaction,
    park: Mapping[int, str],
) -> Claim:
    """Keep the effects of a batch, and the position behind it in any case."""
    try:
        await effects_alone(database, stamp, records, hear)
    finally:
        return await keep_batch(database, stamp, claim, records, nothing, park)  # noqa: B012 - this is the bug


if __name__ == "__main__":
    serve(ROOM, keep=keep)
