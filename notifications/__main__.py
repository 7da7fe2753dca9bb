"""The composition root of notifications: which parts make the room."""

from collections.abc import Mapping
from pathlib import Path

from fastapi import APIRouter

from notifications import api, pages
from notifications.catalogue_files import load_alert_catalogue
from notifications.gauges import measure
from notifications.reactions import HEARD
from notifications.rights import RIGHTS
from notifications.watch import ALERT, Watch
from services.bus.heard import Reaction
from services.http.pace import WALK
from services.pages.journey import journeys
from services.pages.page import Pages
from services.runtime.room import OnDue, Room, Surroundings
from services.runtime.run import main


def answers(around: Surroundings) -> APIRouter:
    """What it answers over HTTP."""
    catalogue = load_alert_catalogue(around.settings.policy)
    addresses = APIRouter()
    addresses.include_router(api.router(catalogue))
    draw = Pages(ROOM.name, ROOM.folder, around.policy)
    addresses.include_router(pages.pages(draw, catalogue))
    addresses.include_router(journeys(ROOM.name, draw))
    return addresses


def watch(around: Surroundings) -> Watch:
    """What the worker does, by the policy and the catalogue of alerts."""
    return Watch(around.policy, load_alert_catalogue(around.settings.policy))


def hears(around: Surroundings) -> Mapping[type, Reaction]:
    """What it hears from intake and referral: each announcement puts alerts on desks, or takes them off."""
    return dict.fromkeys(HEARD, watch(around).hear)


def on_due(around: Surroundings) -> Mapping[str, OnDue]:
    """What it does by a date: an alert nobody acknowledged climbs, and whoever it stopped itself is told of at once."""
    return {ALERT: watch(around).look, WALK: watch(around).own_walk}


ROOM = Room(
    name="notifications",
    folder=Path(__file__).parent,
    router=answers,
    rights=RIGHTS,
    hears=hears,
    on_due=on_due,
    measure=measure,
)

if __name__ == "__main__":
    main(ROOM)
