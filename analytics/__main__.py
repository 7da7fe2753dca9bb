"""The composition root of analytics: which parts make the room."""

import json
from collections.abc import Mapping
from pathlib import Path

from fastapi import APIRouter

from analytics import api
from analytics.fact import fact_of
from analytics.indicator_files import load_indicators
from analytics.live import api as live
from analytics.live.process import count_live
from analytics.rights import RIGHTS
from services.bus.heard import Heard, Reaction
from services.contracts.catalog import CATALOG, DIRECTORY
from services.runtime.room import Room, Surroundings
from services.runtime.run import main
from services.storage.work import Work


def answers(around: Surroundings) -> APIRouter:
    """What it answers over HTTP."""
    addresses = api.router(load_indicators(around.settings.policy), around.policy)
    addresses.include_router(live.router(around.policy))
    return addresses


def hears(_: Surroundings) -> Mapping[type, Reaction]:
    """What it hears: everything that happens, but not who works where, which is the directory's to say."""
    events = (entry.event for entry in CATALOG if "analytics" in entry.readers and entry.topic != DIRECTORY)
    return dict.fromkeys(events, keep)


async def keep(work: Work, heard: Heard) -> None:
    """Keep an announcement as a fact."""
    fact = fact_of(heard.announcement, heard.envelope)
    about = (fact.event_id, fact.type, fact.unit, fact.key, fact.subject)
    work.change("keep_fact", *about, fact.occurred_at, fact.recorded_at, json.dumps(fact.dimensions))


ROOM = Room(
    name="analytics",
    folder=Path(__file__).parent,
    router=answers,
    rights=RIGHTS,
    hears=hears,
    commands={"stream": count_live},
)

if __name__ == "__main__":
    main(ROOM)
