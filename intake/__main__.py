"""The composition root of intake: which parts make the room, in the order in which a report meets them."""

import asyncio
from collections.abc import Coroutine, Mapping, Sequence
from pathlib import Path
from typing import Any, get_args

from fastapi import APIRouter

from intake import api, pages, reactions
from intake.access_log.sealer import Sealer
from intake.access_log.verifying import verify_access_log
from intake.acts import Acts
from intake.announcements import announce_walk
from intake.desk import Desk
from intake.disclosure.terms_files import load_terms
from intake.forgetting import again
from intake.forgetting.terms_files import load_retention
from intake.gauges import measure
from intake.instrument_files import load_instruments
from intake.rights import RIGHTS
from intake.streams import CASE, REPORT
from intake.vault.opening import migrate_keys, open_vault, rewrap
from services.bus.heard import Foreseeing, Heard, Reaction
from services.contracts.ids import new_reference
from services.http.pace import WALK
from services.pages.journey import journeys
from services.pages.page import Pages
from services.runtime.room import OnDue, Room, Surroundings
from services.runtime.run import main
from services.storage.work import Work


def answers(around: Surroundings) -> APIRouter:
    """What it answers over HTTP; without the agency's key there is nowhere to put a name."""
    folder, policy = around.settings.policy, around.policy
    desk = Desk(vault=open_vault(around.environment), new_reference=new_reference)
    acts = Acts(desk, policy, load_instruments(folder))
    terms = load_terms(folder, policy.needs)
    addresses = APIRouter()
    addresses.include_router(api.router(acts, terms, load_retention(folder)))
    draw = Pages(ROOM.name, ROOM.folder, policy)
    addresses.include_router(pages.pages(draw, acts, terms))
    addresses.include_router(journeys(ROOM.name, draw))
    return addresses


def hears(_: Surroundings) -> Mapping[type, Reaction]:
    """What it hears from referral: each announcement becomes facts of a case."""
    return dict.fromkeys(get_args(reactions.Announcement), Foreseeing(note, cases_of))


async def cases_of(work: Work, heard: Sequence[reactions.Announcement]) -> None:
    """Read the cases that several announcements are about."""
    await work.read_streams(CASE, {each.case for each in heard})


async def note(work: Work, heard: Heard) -> None:
    """Keep what an announcement means for a case."""
    for case, command in reactions.react(heard.announcement):
        await work.carry_out(CASE, case, command)


def on_due(_: Surroundings) -> Mapping[str, OnDue]:
    """What it does by a date: whoever was stopped is announced at once."""
    return {WALK: walk_stopped}


async def walk_stopped(work: Work, walk: str) -> None:
    """Say that an account was stopped."""
    for row in await work.fetch("walk", walk):
        work.say(announce_walk(**row), fact=f"walk/{walk}")


def seals(around: Surroundings, stop: asyncio.Event) -> Coroutine[Any, Any, None]:
    """What its worker does all the time: every entry of the access log gets its place in the chain."""
    top = next(unit.code for unit in around.policy.units if unit.parent is None)
    return Sealer(around.database, around.clock.now, top).run(stop)


ROOM = Room(
    name="intake",
    folder=Path(__file__).parent,
    router=answers,
    rights=RIGHTS,
    deciders=(REPORT, CASE),
    view_tables=("reports", "cases", "case_facts"),
    hears=hears,
    on_due=on_due,
    measure=measure,
    wants=open_vault,
    migrate_more=migrate_keys,
    beside=seals,
    on_start=again.at_start,
    after_restore=again.after_restore,
    commands={
        "forget-again": lambda around, _: again.after_restore(around),
        "rewrap": lambda around, _: rewrap(around),
        "verify-access-log": lambda around, _: verify_access_log(around),
    },
)

if __name__ == "__main__":
    main(ROOM)
