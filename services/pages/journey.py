"""One event's path through the house, for whoever runs it: what each room announced of it, and when it left.

A room tells its own hops; the page of any room gathers them all. Every time here is real, whatever the domain's clock.
"""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel, Field

from services.contracts.catalog import CATALOG
from services.http.calls import Call
from services.http.permits import query
from services.pages.page import Pages
from services.pages.routes import pages_router

SEE_JOURNEY = "journey.see"
HOPS_MAX = 200
ROOMS = sorted({entry.owner for entry in CATALOG})
REFERENCE = r"^[A-Za-z0-9-]{1,60}$"

Seeing = Annotated[Call, Depends(query(SEE_JOURNEY))]
Wanted = Annotated[
    str, Query(pattern=REFERENCE, description="A reference, or the id of a journey", examples=["R-7KQ2M-XW4ZP-3"])
]


class Hop(BaseModel):
    """One event that a room announced: when its transaction had it, and when the log had taken it."""

    room: str
    type: str
    topic: str
    subject: str
    journey: Annotated[str, Field(description="The correlation id that everything caused by one request carries")]
    accepted_at: datetime
    published_at: Annotated[datetime | None, Field(description="Null while it waits for the relay")]


class Journey(BaseModel):
    """The hops of one room, in the order in which they were announced."""

    hops: list[Hop]


def journeys(room: str, draw: Pages) -> APIRouter:
    """The address that tells the hops of this room, and the page that gathers those of all."""
    addresses = APIRouter()

    async def hops_of(call: Call, wanted: str) -> list[Hop]:
        call.reach()
        rows = await call.database.read("announced_of", wanted, HOPS_MAX)
        return [Hop(room=room, **{name: row[name] for name in Hop.model_fields if name != "room"}) for row in rows]

    api = APIRouter(prefix=f"/{room}/v1", tags=[room])

    @api.get("/journeys")
    async def journey(call: Seeing, of: Wanted) -> Journey:
        """What this room announced about a reference, or within one journey."""
        return Journey(hops=await hops_of(call, of))

    pages = pages_router(room, draw.problem)

    @pages.get("/journey")
    async def path(request: Request, call: Seeing, of: Annotated[str, Query(max_length=60)] = "") -> Response:
        found = await hops_of(call, of) if of else []
        call.reach()
        shown: dict[str, Any] = {"of": of, "hops": found, "rooms": ROOMS}
        return draw.draw(request, "journey.html", **shown)

    addresses.include_router(api)
    addresses.include_router(pages)
    return addresses
