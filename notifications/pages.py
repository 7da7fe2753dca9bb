"""The inbox: the alerts of one's own desks as a page, oldest unacknowledged first, drawn anew when one changes."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from notifications import rights
from notifications.acknowledging import noting
from notifications.alert import AlertState
from notifications.catalogue import AlertCatalogue
from notifications.inbox import lines_of
from notifications.replies import AlertReference
from notifications.views import alert_of
from services.http.calls import Call
from services.http.paging import After
from services.http.permits import query
from services.pages.page import Pages
from services.pages.routes import carried_out, more, pages_router, posted, sheet_of

ROWS, LATEST, TOGETHER_MAX = 50, 20, 8
INBOX = "/notifications/inbox"
KINDS = {
    "C": ("case", "/intake/cases/"),
    "R": ("report", "/intake/reports/"),
    "F": ("referral", "/referral/referrals/"),
}
"""Where the page of a reference is, by its first letter; what has none is told by its alert alone."""

Listing = Annotated[Call, Depends(query(rights.LIST))]
Acknowledging = Annotated[Call, Depends(posted(rights.ACKNOWLEDGE))]


def pages(draw: Pages, catalogue: AlertCatalogue) -> APIRouter:
    """Every page of the room."""
    addresses = pages_router("notifications", draw.problem)
    rules = {rule.code: rule for rule in catalogue}

    @addresses.get("/inbox")
    async def inbox(
        request: Request,
        call: Listing,
        after: After = None,
        state: Annotated[AlertState | None, Query()] = None,
    ) -> Response:
        desks, place = list(call.reach().desks), call.place(after)
        # Asked before the alerts: the stream may repeat what the page shows, and never misses what it does not.
        newest = await call.database.read_row("last_frame")
        if state or place:
            page = (*(place or (None, None, None)), ROWS + 1)
            rows, latest = await call.database.read("alerts_of_desks", desks, state, None, *page), []
        else:
            rows = await call.database.read("waiting_alerts", desks, ROWS + 1)
            latest = await call.database.read("latest_alerts", desks, LATEST)
        waiting = await call.database.read_row("open_alerts_number", desks)
        return draw.draw(
            request,
            "inbox.html",
            lines=lines_of(alert_of(row) for row in rows[:ROWS]),
            latest=lines_of(alert_of(row) for row in latest),
            rules=rules,
            kinds=KINDS,
            state=state,
            frame=newest["last"] if newest else 0,
            waiting=waiting["number"] if waiting else 0,
            onward=more(call, rows, ROWS, lambda row: (row["place"], row["raised_at"], row["ref"])),
        )

    @addresses.post("/inbox/{ref}/acknowledge")
    async def take_note(request: Request, ref: AlertReference, call: Acknowledging) -> Response:
        also = sheet_of(request).all("also")[:TOGETHER_MAX]
        return await carried_out(call, noting(call, ref, *also), INBOX)

    return addresses
