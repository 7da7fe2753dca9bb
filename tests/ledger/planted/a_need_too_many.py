"""Planted: each case is referred for a need that nobody named."""

from collections.abc import Mapping
from dataclasses import replace

from referral.room import ROOM
from services.bus.heard import Heard, Reaction
from services.contracts.intake import CaseOpened
from services.runtime.room import Surroundings
from services.storage.work import Work
from tests.ledger.witness.stage import serve


def hears(around: Surroundings) -> Mapping[type, Reaction]:
    """The room's own reaction, to a case that needs more than it says."""
    own = ROOM.hears(around)[CaseOpened]

    async def case_opened(work: Work, heard: Heard) -> None:
        opened = heard.announcement
        await own(work, replace(heard, announcement=replace(opened, needs=(*opened.needs, "counselling"))))

    return {**ROOM.hears(around), CaseOpened: case_opened}


if __name__ == "__main__":
    serve(replace(ROOM, hears=hears))
