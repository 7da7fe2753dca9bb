"""Referrals in lists, as pages: an institution's board, what has ended, and the silence below a coordinating unit."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request, Response
from starlette.responses import RedirectResponse

from referral import rights
from referral.board import Column, Reader, columns, day_ends
from referral.forms import Direction, Standing, UnitCode
from referral.referral_page import BOARD, add_referral
from referral.showing import Row, narrowed
from referral.silence import silence
from referral.terms import Terms
from services.http.calls import Call
from services.http.paging import After
from services.http.permits import query
from services.pages.page import Pages
from services.pages.routes import more, pages_router

SILENCE = "/referral/silence"
OF_A_COLUMN, OF_A_UNIT, OF_A_LIST = 20, 10, 50
"""How many rows are drawn of each column of a board, of each unit's silence, and of one list by itself."""

Way = Annotated[Literal[Direction.SENT, Direction.RECEIVED] | None, Query()]
Ended = Literal[Standing.DECLINED, Standing.WITHDRAWN, Standing.COMPLETED, Standing.NO_RECEIVER]
Listing = Annotated[Call, Depends(query(rights.LIST))]


def pages(draw: Pages, terms: Terms) -> APIRouter:
    """Every page of the room but those around signing in."""
    addresses = pages_router("referral", draw.problem)
    _add_board(addresses, draw, terms)
    _add_lists(addresses, draw, terms)
    _add_silence(addresses, draw, terms)
    add_referral(addresses, draw, terms)
    return addresses


def _add_board(addresses: APIRouter, draw: Pages, terms: Terms) -> None:
    @addresses.get("/board")
    async def board(request: Request, call: Listing, direction: Way = None) -> Response:
        reach, now = call.reach(), call.reception.clock.now()
        if not (reach.sender or reach.receiver):
            return RedirectResponse(SILENCE, 303)
        asked, ends = narrowed(reach, direction), day_ends(terms, now)
        rows = await call.database.read(
            "board", asked.sender, asked.receiver, list(ends), list(ends.values()), None, OF_A_COLUMN, None, None
        )
        lists = columns(rows, _reader(call), ends, now)
        return draw.draw(
            request, "board.html", lists=lists, direction=direction, reach=reach, named=terms.directory.names_of
        )


def _add_lists(addresses: APIRouter, draw: Pages, terms: Terms) -> None:
    def drawn(request: Request, call: Call, rows: Sequence[Row], sorted_by: str, **shown: Any) -> Response:
        reader, now = _reader(call), call.reception.clock.now()
        onward = more(call, rows, OF_A_LIST, lambda row: (row[sorted_by], row["ref"]))
        items = [reader.item(row, now) for row in rows[:OF_A_LIST]]
        shown |= {"items": items, "onward": onward, "reach": reader.reach, "named": terms.directory.names_of}
        return draw.draw(request, "referrals.html", **shown)

    @addresses.get("/board/live/{column}")
    async def live(
        column: Column, request: Request, call: Listing, after: After = None, direction: Way = None
    ) -> Response:
        asked, place = narrowed(call.reach(), direction), call.place(after) or (None, None)
        ends = day_ends(terms, call.reception.clock.now())
        rows = await call.database.read(
            "board", asked.sender, asked.receiver, list(ends), list(ends.values()), column, OF_A_LIST + 1, *place
        )
        return drawn(request, call, rows, "since", column=column, state=None, direction=direction)

    @addresses.get("/board/ended")
    async def ended(
        request: Request,
        call: Listing,
        state: Annotated[Ended, Query()] = Standing.COMPLETED,
        after: After = None,
        direction: Way = None,
    ) -> Response:
        asked, place = narrowed(call.reach(), direction), call.place(after) or (None, None)
        rows = await call.database.read(
            "referrals_page", asked.sender, asked.receiver, [], state, None, None, *place, OF_A_LIST + 1
        )
        return drawn(request, call, rows, "sent_at", column=None, state=state, direction=direction)


def _add_silence(addresses: APIRouter, draw: Pages, terms: Terms) -> None:
    @addresses.get("/silence")
    async def below(
        request: Request, call: Listing, unit: Annotated[UnitCode | None, Query()] = None, after: After = None
    ) -> Response:
        reach, now, place = call.reach(), call.reception.clock.now(), call.place(after) or (None, None)
        if not reach.units:
            return RedirectResponse(BOARD, 303)
        limit, here = OF_A_LIST if unit else OF_A_UNIT, call.person.unit
        rows = await call.database.read(
            "silent_referrals", list(reach.units), now, here, unit, limit + bool(unit), *place
        )
        onward = more(call, rows, limit, lambda row: (row["answer_by"], row["ref"])) if unit else ""
        found = silence(rows[:limit] if unit else rows, reach, here)
        return draw.draw(
            request, "silence.html", silence=found, unit=unit, onward=onward, named=terms.directory.names_of
        )


def _reader(call: Call) -> Reader:
    return Reader(call.reach(), call.sees)
