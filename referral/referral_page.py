"""One referral as a page: its clocks, what happened, and the steps its reader may take as forms.

Whoever was overtaken by somebody else is shown how the referral stands now, and why nothing was done.
"""

import json
from dataclasses import dataclass, replace
from typing import Annotated, TypeVar, get_args

from asyncpg import Record
from fastapi import APIRouter, Depends, Request, Response
from pydantic import ValidationError
from starlette.responses import RedirectResponse

from referral import rights
from referral.board import Item, Reader
from referral.directory import Institution
from referral.forms import AgainForm, CompleteForm, DeclineForm, Form, ReferralReference, SaidByPeople, WithdrawForm
from referral.history import Line, history
from referral.offers import may_ask_again
from referral.showing import need_of_row, record_of_row
from referral.steps import Step, moving, sending_after
from referral.streams import REFERRAL
from referral.terms import Terms
from referral.words import Accept, Complete, Decline, Start, Withdraw
from services.contracts.codes import DeclineReason, Outcome
from services.contracts.failures import Refused
from services.http.calls import Call
from services.http.permits import query
from services.pages.form import Sheet
from services.pages.page import Pages
from services.pages.routes import posted, sheet_of

F = TypeVar("F", bound=Form)

BOARD, REFERRALS = "/referral/board", "/referral/referrals"
BOARDS = {"all": BOARD, "sent": f"{BOARD}?direction=sent", "received": f"{BOARD}?direction=received"}
"""Where a step goes back to that was taken on a board."""

EVENTS_SHOWN_MAX = 100
OPTIONS = {"decline": tuple(DeclineReason), "outcome": tuple(Outcome), "withdraw": get_args(SaidByPeople)}
"""What can be chosen, by the list of labels it is called in."""

Seeing = Annotated[Call, Depends(query(rights.SEE))]
Accepting = Annotated[Call, Depends(posted(rights.ACCEPT))]
Declining = Annotated[Call, Depends(posted(rights.DECLINE))]
Starting = Annotated[Call, Depends(posted(rights.START))]
Completing = Annotated[Call, Depends(posted(rights.COMPLETE))]
Withdrawing = Annotated[Call, Depends(posted(rights.WITHDRAW))]
Sending = Annotated[Call, Depends(posted(rights.SEND))]


@dataclass(frozen=True, slots=True)
class Again:
    """Whether a need may be asked for again, of whom, and which other referral is live for it by now."""

    now: bool = False
    serving: tuple[Institution, ...] = ()
    live: str | None = None


@dataclass(frozen=True, slots=True)
class ReferralPage:
    """Draws one referral, and carries out what a form on it asks for."""

    draw: Pages
    terms: Terms

    async def show(
        self,
        request: Request,
        call: Call,
        ref: str,
        *,
        status: int = 200,
        refused: str = "",
        sheet: Sheet | None = None,
    ) -> Response:
        """The referral as it stands now; `refused` is why what was asked for just now was not done."""
        row = await call.database.read_row("referral_row", ref)
        call.allow_to_see(record_of_row(row) if row else None, rights.SEE)
        assert row is not None
        t = self.draw.speech(request)
        item = Reader(replace(call, action=rights.SEE).reach(), call.sees).item(row, call.reception.clock.now())
        return self.draw.draw(
            request,
            "referral.html",
            status=status,
            item=item,
            lines=await self._history(call, item),
            again=await self._again(call, row, item),
            options={kind: [(code, t.label(kind, code)) for code in codes] for kind, codes in OPTIONS.items()},
            refused=refused,
            sheet=sheet or Sheet(),
            named=self.terms.directory.names_of,
        )

    async def take(self, request: Request, call: Call, ref: str, step: Step) -> Response:
        """Take a step once, and go on to the referral that it moved or made, or back to the board it was taken on."""
        try:
            done = await call.once(step)
        except Refused as refused:
            return await self.show(request, call, ref, status=409, refused=refused.code)
        moved = json.loads(bytes(done.body))["referral"]
        return RedirectResponse(BOARDS.get(sheet_of(request).one("board"), f"{REFERRALS}/{moved}"), 303)

    async def _history(self, call: Call, item: Item) -> tuple[Line, ...]:
        rows = await call.database.read("history_of_referral", item.it.referral, EVENTS_SHOWN_MAX)
        return history(item.it, [REFERRAL.restore(row["type"], row["data"]) for row in reversed(rows)])

    async def _again(self, call: Call, row: Record, item: Item) -> Again:
        if not call.sees(record_of_row(row), rights.SEND):
            return Again()
        found = await call.database.read_row("need_as_it_stands", row["case_ref"], row["need"])
        assert found is not None, "a referral has its need"
        need = need_of_row(found, case_closed=found["closed"])
        if not may_ask_again(item.it, need):
            return Again(live=need.live if need.live != item.it.referral else None)
        return Again(now=True, serving=self.terms.serving(need.unit, need.need))


def add_referral(addresses: APIRouter, draw: Pages, terms: Terms) -> None:
    """The page of one referral and its forms."""
    page = ReferralPage(draw, terms)

    @addresses.get("/referrals/{ref}")
    async def referral(ref: ReferralReference, request: Request, call: Seeing) -> Response:
        return await page.show(request, call, ref)

    _add_plain_steps(addresses, page)
    _add_steps_that_say_why(addresses, page)


def _add_plain_steps(addresses: APIRouter, page: ReferralPage) -> None:
    @addresses.post("/referrals/{ref}/accept")
    async def accept(ref: ReferralReference, request: Request, call: Accepting) -> Response:
        return await page.take(request, call, ref, moving(call, ref, Accept(call.person.account, call.stamp.now)))

    @addresses.post("/referrals/{ref}/start")
    async def start(ref: ReferralReference, request: Request, call: Starting) -> Response:
        return await page.take(request, call, ref, moving(call, ref, Start(call.person.account, call.stamp.now)))


def _add_steps_that_say_why(addresses: APIRouter, page: ReferralPage) -> None:
    @addresses.post("/referrals/{ref}/decline")
    async def decline(ref: ReferralReference, request: Request, call: Declining) -> Response:
        form = _filled(DeclineForm, sheet_of(request), "decline.reason")
        if isinstance(form, Sheet):
            return await page.show(request, call, ref, status=422, sheet=form)
        step = moving(call, ref, Decline(form.reason, call.person.account, call.stamp.now))
        return await page.take(request, call, ref, step)

    @addresses.post("/referrals/{ref}/complete")
    async def complete(ref: ReferralReference, request: Request, call: Completing) -> Response:
        form = _filled(CompleteForm, sheet_of(request), "complete.outcome")
        if isinstance(form, Sheet):
            return await page.show(request, call, ref, status=422, sheet=form)
        step = moving(call, ref, Complete(form.outcome, call.person.account, call.stamp.now))
        return await page.take(request, call, ref, step)

    @addresses.post("/referrals/{ref}/withdraw")
    async def withdraw(ref: ReferralReference, request: Request, call: Withdrawing) -> Response:
        form = _filled(WithdrawForm, sheet_of(request), "withdraw.reason")
        if isinstance(form, Sheet):
            return await page.show(request, call, ref, status=422, sheet=form)
        step = moving(call, ref, Withdraw(form.reason, call.person.account, call.stamp.now))
        return await page.take(request, call, ref, step)

    @addresses.post("/referrals/{ref}/send")
    async def send(ref: ReferralReference, request: Request, call: Sending) -> Response:
        form = _filled(AgainForm, sheet_of(request), "send.receiver")
        if isinstance(form, Sheet):
            return await page.show(request, call, ref, status=422, sheet=form)
        return await page.take(request, call, ref, sending_after(call, page.terms, ref, form.receiver))


def _filled(kind: type[F], sheet: Sheet, field: str) -> F | Sheet:
    """What a form says, or the same with its fault: the forms of this page have one field each."""
    try:
        return kind.model_validate(sheet.given(field))
    except ValidationError as error:
        return sheet.with_fault(field, error.errors(include_url=False, include_input=False)[0]["type"])
