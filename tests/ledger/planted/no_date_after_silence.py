"""Planted: a step of silence is taken and no next one is dated."""

from collections.abc import Mapping
from dataclasses import replace

from referral.room import ROOM
from referral.streams import REFERRAL
from services.runtime.room import OnDue, Surroundings
from services.storage.work import Work
from tests.ledger.witness.stage import serve


def on_due(around: Surroundings) -> Mapping[str, OnDue]:
    """The room's own step, and then nothing."""
    own = ROOM.on_due(around)[REFERRAL.name]

    async def look(work: Work, ref: str) -> None:
        await own(work, ref)
        work.clear_deadline(REFERRAL.name, ref)

    return {REFERRAL.name: look}


if __name__ == "__main__":
    serve(replace(ROOM, on_due=on_due))
