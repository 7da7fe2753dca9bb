"""The composition root of analytics: which parts make the room."""

import asyncio
from collections.abc import Mapping
from pathlib import Path

from fastapi import APIRouter

from analytics import api, pages
from analytics.dashboard_files import load_dashboard
from analytics.definitions import settle
from analytics.indicator_files import load_indicators
from analytics.live import api as live
from analytics.live.process import count_live
from analytics.reactions import reactions
from analytics.recount import recount
from analytics.release import api as releases
from analytics.release import pages as published
from analytics.release.releasing import Press
from analytics.release.rule_files import load_rule
from analytics.rights import RIGHTS
from services.bus.heard import Reaction
from services.contracts.ids import new_reference
from services.pages.journey import journeys
from services.pages.page import Pages
from services.runtime.room import Room, Surroundings
from services.runtime.run import main
from services.storage.stamp import Stamp


def answers(around: Surroundings) -> APIRouter:
    """What it answers over HTTP."""
    folder = around.settings.policy
    indicators, draw = load_indicators(folder), Pages(ROOM.name, ROOM.folder, around.policy)
    asked = api.router(indicators, around.policy)
    live.counts(asked, around.policy)
    releases.offer(asked, indicators, around.policy, new_reference)
    addresses = APIRouter()
    addresses.include_router(asked)
    addresses.include_router(pages.pages(draw, indicators, load_dashboard(folder, indicators), around.policy))
    addresses.include_router(published.pages(draw, indicators, around.policy, new_reference))
    addresses.include_router(journeys(ROOM.name, draw))
    return addresses


def hears(around: Surroundings) -> Mapping[type, Reaction]:
    """What it hears: everything that happens, but not who works where."""
    return reactions(around.policy)


async def begin(around: Surroundings) -> None:
    """Count by what the files of the house say now."""
    stamp = Stamp(around.clock.now(), "system", "definitions")
    await settle(around.database, stamp, load_indicators(around.settings.policy), around.policy.units)


async def publish(around: Surroundings, stop: asyncio.Event) -> None:
    """Publish the releases that were asked for."""
    folder = around.settings.policy
    indicators, tree = load_indicators(folder), around.policy.units
    await Press(around.database, indicators, tree, load_rule(folder), around.clock.now).run(stop)


ROOM = Room(
    name="analytics",
    folder=Path(__file__).parent,
    router=answers,
    rights=RIGHTS,
    hears=hears,
    on_start=begin,
    beside=publish,
    commands={"rebuild": recount, "stream": count_live},
)

if __name__ == "__main__":
    main(ROOM)
