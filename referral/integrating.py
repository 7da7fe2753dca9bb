"""What somebody who joins another system to this house needs on one page: credentials, lines that work, every event."""

import json
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from referral import rights
from services.contracts import catalog
from services.contracts.catalog import CATALOG, Entry
from services.http.calls import Call
from services.http.permits import query
from services.pages.page import Pages
from services.pages.routes import pages_router
from services.security.rights import Record

EXAMPLES = Path(catalog.__file__).with_name("examples")
Looking = Annotated[Call, Depends(query(rights.LOOK_UP))]


@dataclass(frozen=True, slots=True)
class EventShown:
    """One event of the catalog as the page lists it."""

    type: str
    says: str
    topic: str
    partitions: int
    owner: str
    key: str
    fields: tuple[str, ...]
    readers: tuple[str, ...]
    example: str


def integrating(draw: Pages, issuer: str, origin: str) -> APIRouter:
    """The page for integrators; anybody who is signed in may read it, for it tells of nobody."""
    addresses = pages_router("referral", draw.problem)

    @addresses.get("/integrate")
    async def integrate(request: Request, call: Looking) -> Response:
        call.allow(Record(call.person.unit))
        person = call.person
        own = origin or f"{request.url.scheme}://{request.url.netloc}"
        return draw.draw(
            request, "integrate.html", events=events(), issuer=issuer, origin=own, client=f"client@{person.institution}"
        )

    return addresses


@cache
def events() -> tuple[EventShown, ...]:
    """Every event that may cross the building, with the example that its readers are tested with."""
    return tuple(_shown(entry) for entry in CATALOG)


def _shown(entry: Entry) -> EventShown:
    example = json.loads((EXAMPLES / f"{entry.type}.json").read_text(encoding="utf-8"))
    return EventShown(
        type=entry.type,
        says=(entry.event.__doc__ or "").partition("\n")[0],
        topic=entry.topic.name,
        partitions=entry.topic.partitions,
        owner=entry.owner,
        key=entry.key,
        fields=tuple(field.name for field in fields(entry.event)),
        readers=entry.readers,
        example=json.dumps(example, indent=1, ensure_ascii=False),
    )
