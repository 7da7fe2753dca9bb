"""Planted: whatever comes is dealt with as it comes, repeats and all; only the position is kept."""

from collections.abc import Mapping, Sequence

from analytics.__main__ import ROOM
from services.bus.batch import Claim, move_position, opened
from services.bus.heard import Arrived, Reaction
from services.bus.ordering import Ordering, keep_aside
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
    """Keep a batch without looking at the numbers of its events."""

    async def action(work: Work) -> Claim:
        opened(claim, await Ordering(work, claim.topic, claim.partition, hear, park).load([]))
        for record in records:
            heard = heard_of(record)
            if heard:
                await hear(work, heard)
            elif b"checkpoint" not in dict(record.headers).get("ce_type", b""):
                keep_aside(work, record, None, "unreadable")
        return move_position(work, claim, records[-1].offset + 1)

    return await database.transact(stamp, action)


if __name__ == "__main__":
    serve(ROOM, keep=keep)
