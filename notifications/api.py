"""Notifications over HTTP: the alerts of one's own desks, taking note of one, and a live stream of what changes.

An alert on somebody else's desk is answered like one that does not exist.
"""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response

from notifications import rights
from notifications.acknowledging import noting
from notifications.alert import AlertState
from notifications.catalogue import AlertCatalogue
from notifications.frames import shown
from notifications.replies import AfterFrame, AlertNoted, AlertPage, AlertReference, Nothing, line
from notifications.views import alert_of
from notifications.watch import bell_of
from services.contracts.codes import Severity
from services.http.calls import Call
from services.http.paging import LIMIT_USUAL, After, Limit
from services.http.permits import command, query
from services.http.sse import EventStream, Frame, LastEventId

FRAMES_A_LOOK_MAX = 200

Listing = Annotated[Call, Depends(query(rights.LIST))]
Listening = Annotated[Call, Depends(query(rights.LISTEN))]
Acknowledging = Annotated[Call, Depends(command(rights.ACKNOWLEDGE))]


def router(catalogue: AlertCatalogue) -> APIRouter:
    """Every address of the room."""
    addresses = APIRouter(prefix="/notifications/v1", tags=["notifications"])
    _listing(addresses, catalogue)
    _listening(addresses, catalogue)
    _acknowledging(addresses)
    return addresses


def _listing(addresses: APIRouter, catalogue: AlertCatalogue) -> None:
    reasons = catalogue.reasons

    @addresses.get("/alerts", response_model=AlertPage)
    async def alerts(
        call: Listing,
        limit: Limit = LIMIT_USUAL,
        after: After = None,
        state: Annotated[AlertState | None, Query(description="Only those that stand here")] = None,
        severity: Annotated[Severity | None, Query(description="Only those as loud as this")] = None,
    ) -> Response:
        """The alerts of your desks: what still needs somebody first, the oldest of it first."""
        desks, place = list(call.reach().desks), call.place(after) or (None, None, None)
        # Asked before the alerts: a stream from here may repeat what the page shows, and never misses what it does not.
        newest = await call.database.read_row("last_frame")
        rows = await call.database.read("alerts_of_desks", desks, state, severity, *place, limit + 1)
        return call.page(
            rows,
            limit,
            place_of=lambda row: (row["place"], row["raised_at"], row["ref"]),
            show=lambda row: line(alert_of(row), reasons.get(row["code"])).plain(),
            last_frame=newest["last"] if newest else 0,
        )


def _listening(addresses: APIRouter, catalogue: AlertCatalogue) -> None:
    reasons = catalogue.reasons

    @addresses.get("/alerts/stream", response_class=EventStream)
    async def stream(call: Listening, last_event_id: LastEventId = None, after: AfterFrame = None) -> EventStream:
        """What changes on your desks, as it changes: numbered frames, from the first one unless you name the last."""
        desks = list(call.reach().desks)

        async def frames_after(number: int) -> Sequence[Frame]:
            rows = await call.database.read("frames_after", number, desks, FRAMES_A_LOOK_MAX)
            return [Frame(row["number"], "alert", shown(row["kind"], row["payload"], reasons)) for row in rows]

        begin = last_event_id if last_event_id is not None else after
        return call.stream([bell_of(desk) for desk in desks], frames_after, begin or 0)


def _acknowledging(addresses: APIRouter) -> None:
    @addresses.post("/alerts/{ref}/acknowledge", response_model=AlertNoted)
    async def take_note(ref: AlertReference, call: Acknowledging, _: Nothing | None = None) -> Response:
        """Take note of an alert for your desk: it climbs no further. What it is about keeps its own clock."""

        return await call.once(noting(call, ref))
