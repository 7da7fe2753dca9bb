"""Planted: how far was read is committed first, and the effects in a transaction of their own behind it."""

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
    """Keep a batch in two steps, the position first."""
    moved = await keep_batch(database, stamp, claim, records, nothing, park)
    await effects_alone(database, stamp, records, hear)
    return moved


if __name__ == "__main__":
    serve(ROOM, keep=keep)
