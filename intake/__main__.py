"""The composition root of intake: which parts make the room, in the order in which a report meets them."""

from collections.abc import Mapping
from pathlib import Path
from typing import get_args

from fastapi import APIRouter

from intake import api, reactions
from intake.desk import Desk
from intake.instrument_files import load_instruments
from intake.rights import RIGHTS
from intake.streams import CASE, REPORT
from intake.vault.opening import migrate_keys, open_vault, rewrap
from services.bus.heard import Heard, Reaction
from services.contracts.ids import new_reference
from services.runtime.room import Room, Surroundings
from services.runtime.run import main
from services.storage.work import Work


def answers(around: Surroundings) -> APIRouter:
    """What it answers over HTTP; without the agency's key there is nowhere to put a name."""
    desk = Desk(vault=open_vault(around.environment), new_reference=new_reference)
    return api.router(desk, around.policy, load_instruments(around.policy_folder))


def hears(_: Surroundings) -> Mapping[type, Reaction]:
    """What it hears from referral: each announcement becomes facts of a case."""
    return dict.fromkeys(get_args(reactions.Announcement), note)


async def note(work: Work, heard: Heard) -> None:
    """Keep what an announcement means for a case."""
    for case, command in reactions.react(heard.announcement):
        await work.carry_out(CASE, case, command)


ROOM = Room(
    name="intake",
    folder=Path(__file__).parent,
    router=answers,
    rights=RIGHTS,
    deciders=(REPORT, CASE),
    view_tables=("reports", "cases", "case_facts"),
    hears=hears,
    wants=open_vault,
    migrate_more=migrate_keys,
    commands={"rewrap": rewrap},
)

if __name__ == "__main__":
    main(ROOM)
