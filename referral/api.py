"""Referral over HTTP: reads a request, asks whether it may, carries one command out. Every rule is in `referral.py`.

A referral that an account may not see is answered like one that does not exist, whatever is asked of it.
"""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response

from referral import rights
from referral.forms import (
    CaseReference,
    CompleteForm,
    DeclineForm,
    Direction,
    Moved,
    NeedCode,
    Nothing,
    Page,
    ReferralReference,
    SendForm,
    ServingList,
    Shown,
    Standing,
    UnitCode,
    WithdrawForm,
)
from referral.showing import narrowed, record_of_row, serving, shown
from referral.steps import moving, sending
from referral.terms import Terms
from referral.words import Accept, Complete, Decline, Start, Withdraw
from services.contracts.policy import Policy
from services.http.calls import Call
from services.http.paging import After, Limit
from services.http.permits import command, query
from services.security.rights import Record

Listing = Annotated[Call, Depends(query(rights.LIST))]
Seeing = Annotated[Call, Depends(query(rights.SEE))]
LookingUp = Annotated[Call, Depends(query(rights.LOOK_UP))]
Sending = Annotated[Call, Depends(command(rights.SEND))]
Accepting = Annotated[Call, Depends(command(rights.ACCEPT))]
Declining = Annotated[Call, Depends(command(rights.DECLINE))]
Starting = Annotated[Call, Depends(command(rights.START))]
Completing = Annotated[Call, Depends(command(rights.COMPLETE))]
Withdrawing = Annotated[Call, Depends(command(rights.WITHDRAW))]


def router(terms: Terms, policy: Policy) -> APIRouter:
    """Every address of the room."""
    addresses = APIRouter(prefix="/referral/v1", tags=["referral"])
    _reading(addresses)
    _asking(addresses, terms)
    _answering(addresses)
    _looking_up(addresses, terms, policy)
    return addresses


def _reading(addresses: APIRouter) -> None:
    @addresses.get("/referrals", response_model=Page)
    async def referrals(
        call: Listing,
        limit: Limit = 50,
        after: After = None,
        state: Annotated[Standing | None, Query(description="Only those that stand here")] = None,
        need: Annotated[NeedCode | None, Query(description="Only those of this need")] = None,
        case: Annotated[
            CaseReference | None, Query(description="Only those of this case, once you may know it")
        ] = None,
        direction: Annotated[
            Direction | None, Query(description="Only those your institution stands in this way to")
        ] = None,
    ) -> Response:
        """The referrals an account may see, newest first."""
        reach, place = call.reach(), call.place(after) or (None, None)
        asked = narrowed(reach, direction)
        rows = await call.database.read(
            "referrals_page", asked.sender, asked.receiver, list(asked.units), state, need, case, *place, limit + 1
        )
        return call.page(
            rows,
            limit,
            place_of=lambda row: (row["sent_at"], row["ref"]),
            show=lambda row: shown(row, reach).model_dump(mode="json"),
        )

    @addresses.get("/referrals/{ref}")
    async def referral(ref: ReferralReference, call: Seeing) -> Shown:
        """One referral; before it has accepted, a receiver sees the minimum it needs to answer."""
        row = await call.database.read_row("referral_row", ref)
        call.allow_to_see(record_of_row(row) if row else None)
        assert row is not None
        return shown(row, call.reach())


def _asking(addresses: APIRouter, terms: Terms) -> None:
    @addresses.post("/referrals", status_code=201, response_model=Moved)
    async def send(form: SendForm, call: Sending) -> Response:
        """Ask an institution for a need that has no live referral, after it was declined, withdrawn or unserved."""

        return await call.once(sending(call, terms, form.case, form.need, form.receiver))

    @addresses.post("/referrals/{ref}/withdraw", response_model=Moved)
    async def withdraw(ref: ReferralReference, form: WithdrawForm, call: Withdrawing) -> Response:
        """Take a referral back before the service has begun."""
        return await call.once(moving(call, ref, Withdraw(form.reason, call.person.account, call.stamp.now)))


def _answering(addresses: APIRouter) -> None:
    @addresses.post("/referrals/{ref}/accept", response_model=Moved)
    async def accept(ref: ReferralReference, call: Accepting, _: Nothing | None = None) -> Response:
        """Take a referral on; a late answer is as good as any."""
        return await call.once(moving(call, ref, Accept(call.person.account, call.stamp.now)))

    @addresses.post("/referrals/{ref}/decline", response_model=Moved)
    async def decline(ref: ReferralReference, form: DeclineForm, call: Declining) -> Response:
        """Say no, and why; the sender may then ask somebody else."""
        return await call.once(moving(call, ref, Decline(form.reason, call.person.account, call.stamp.now)))

    @addresses.post("/referrals/{ref}/start", response_model=Moved)
    async def start(ref: ReferralReference, call: Starting, _: Nothing | None = None) -> Response:
        """Say that the service has begun."""
        return await call.once(moving(call, ref, Start(call.person.account, call.stamp.now)))

    @addresses.post("/referrals/{ref}/complete", response_model=Moved)
    async def complete(ref: ReferralReference, form: CompleteForm, call: Completing) -> Response:
        """Report what came of the service, which closes the loop."""
        return await call.once(moving(call, ref, Complete(form.outcome, call.person.account, call.stamp.now)))


def _looking_up(addresses: APIRouter, terms: Terms, policy: Policy) -> None:
    @addresses.get("/institutions")
    async def institutions(
        call: LookingUp,
        unit: Annotated[UnitCode, Query(description="Where the child lives")],
        need: Annotated[NeedCode | None, Query(description="Who serves this, nearest and preferred first")] = None,
    ) -> ServingList:
        """Who serves a need of a unit, there and on the way up; without a need, the unit's own institutions."""
        call.allow(Record(policy.units.unit(unit).code))
        found = terms.directory.in_unit(unit) if need is None else terms.serving(unit, policy.needs.need(need).code)
        return ServingList(institutions=[serving(institution) for institution in found])
