"""Planted: a record that cannot be read is passed over, as `except Malformed: continue` does it."""

from collections.abc import Mapping, Sequence

from analytics.__main__ import ROOM
from services.bus.batch import Claim, apply_batch, move_position, opened
from services.bus.checkpoints import CHECKPOINT
from services.bus.heard import Arrived, Reaction
from services.bus.ordering import Ordering
from services.storage.database import Database
from services.storage.stamp import Stamp
from services.storage.work import Work
from tests.ledger.planted.halves import heard_of
from tests.ledger.witness.stage import serve


async def keep(
    database: Database,
    stamp: Stamp,
    claim: Claim,
    records: Sequence[Arrived],
    hear: Reaction,
    park: Mapping[int, str],
) -> Claim:
    """Keep what can be read of a batch, and move on past the rest."""
    readable = [record for record in records if heard_of(record) or _is_checkpoint(record)]

    async def action(work: Work) -> Claim:
        opened(claim, await Ordering(work, claim.topic, claim.partition, hear, park).load([]))
        moved = await apply_batch(work, claim, readable, hear, park) if readable else claim
        return move_position(work, moved, records[-1].offset + 1)

    return await database.transact(stamp, action)


def _is_checkpoint(record: Arrived) -> bool:
    return dict(record.headers).get("ce_type") == CHECKPOINT.encode()


if __name__ == "__main__":
    serve(ROOM, keep=keep)
