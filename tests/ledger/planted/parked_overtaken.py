"""Planted: what cannot be dealt with is parked without its key, and later events of the key go on as if nothing was.

So that there is something to pass over, one kind of announcement is more than the room can deal with.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from analytics.__main__ import ROOM
from services.bus.batch import Claim, keep_batch
from services.bus.heard import Arrived, Heard, Reaction
from services.bus.ordering import keep_aside
from services.contracts.codes import DeclineReason
from services.contracts.referral import ReferralDeclined
from services.runtime.room import Surroundings
from services.storage.database import Database
from services.storage.stamp import Stamp
from services.storage.work import Work
from tests.ledger.planted.halves import heard_of
from tests.ledger.witness.stage import serve


class TooMuch(Exception):
    """A bug of the room."""


def hears(around: Surroundings) -> Mapping[type, Reaction]:
    """The room's own, but for a refusal for want of capacity."""
    own = ROOM.hears(around)

    async def declined(work: Work, heard: Heard) -> None:
        if heard.announcement.reason is DeclineReason.NO_CAPACITY:
            raise TooMuch
        await own[ReferralDeclined](work, heard)

    return {**own, ReferralDeclined: declined}


async def keep(
    database: Database,
    stamp: Stamp,
    claim: Claim,
    records: Sequence[Arrived],
    hear: Reaction,
    park: Mapping[int, str],
) -> Claim:
    """Keep a batch, and what fails of it in the parking lot, by its place alone: nothing waits behind it."""
    arrived = {heard.envelope.id: record for record in records if (heard := heard_of(record))}

    async def hear_or_park(work: Work, heard: Heard) -> None:
        try:
            await hear(work, heard)
        except TooMuch:
            keep_aside(work, arrived[heard.envelope.id], None, "too much")

    return await keep_batch(database, stamp, claim, records, hear_or_park, park)


if __name__ == "__main__":
    serve(replace(ROOM, hears=hears), keep=keep)
