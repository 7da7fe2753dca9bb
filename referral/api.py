"""Referral over HTTP: reads a request, asks whether it may, carries one command out. Every rule is in `referral.py`.

A referral that an account may not see is answered like one that does not exist, whatever is asked of it.
"""

from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response

from referral import rights
from referral.attempts import ask_again
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
from referral.showing import moved, need_of_row, record_of, record_of_row, serving, shown
from referral.streams import REFERRAL
from referral.terms import Terms
from referral.words import Accept, Command, Complete, Decline, Start, Withdraw
from services.contracts.failures import Refused
from services.contracts.policy import Policy
from services.http.calls import Call, Reply
from services.http.paging import After, Limit
from services.http.permits import command, query
from services.security.rights import Reach, Record
from services.storage.work import Work

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
    _answering(addresses, terms)
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
        asked = _narrowed(reach, direction)
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

        async def action(work: Work) -> Reply:
            row = await work.fetch_row("need_of_case", form.case, form.need)
            _may(call, Record(row["unit"], sender=row["sender"]) if row else None)
            assert row is not None
            # Asked once the need is held: whoever hears of the closing at this moment waits, or was before us.
            closed = await work.fetch_row("closed_case", form.case) is not None
            need = need_of_row(row, case_closed=closed)
            ref, asking = ask_again(need, form.receiver, terms, call.person.account, work.stamp.now)
            if not await work.carry_out(REFERRAL, ref, asking):
                raise Refused("attempt_taken", "This attempt was sent before; read the case's referrals and ask again.")
            answer = moved(ref, await work.state(REFERRAL, ref))
            return Reply(201, answer, {"Location": f"/referral/v1/referrals/{ref}"})

        return await call.once(action)

    @addresses.post("/referrals/{ref}/withdraw", response_model=Moved)
    async def withdraw(ref: ReferralReference, form: WithdrawForm, call: Withdrawing) -> Response:
        """Take a referral back before the service has begun."""
        return await _carried_out(call, ref, Withdraw(form.reason, call.person.account, call.stamp.now))


def _answering(addresses: APIRouter, terms: Terms) -> None:
    @addresses.post("/referrals/{ref}/accept", response_model=Moved)
    async def accept(ref: ReferralReference, call: Accepting, _: Nothing | None = None) -> Response:
        """Take a referral on; a late answer is as good as any."""
        return await _carried_out(call, ref, Accept(call.person.account, call.stamp.now))

    @addresses.post("/referrals/{ref}/decline", response_model=Moved)
    async def decline(ref: ReferralReference, form: DeclineForm, call: Declining) -> Response:
        """Say no, and why; the sender may then ask somebody else."""
        return await _carried_out(call, ref, Decline(form.reason, call.person.account, call.stamp.now))

    @addresses.post("/referrals/{ref}/start", response_model=Moved)
    async def start(ref: ReferralReference, call: Starting, _: Nothing | None = None) -> Response:
        """Say that the service has begun."""
        return await _carried_out(call, ref, Start(call.person.account, call.stamp.now))

    @addresses.post("/referrals/{ref}/complete", response_model=Moved)
    async def complete(ref: ReferralReference, form: CompleteForm, call: Completing) -> Response:
        """Report what came of the service, which closes the loop."""
        return await _carried_out(call, ref, Complete(form.outcome, call.person.account, call.stamp.now))


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


async def _carried_out(call: Call, ref: str, asked: Command) -> Response:
    async def action(work: Work) -> Reply:
        _may(call, record_of(await work.state(REFERRAL, ref)))
        await work.carry_out(REFERRAL, ref, asked)
        return Reply(200, moved(ref, await work.state(REFERRAL, ref)))

    return await call.once(action)


def _may(call: Call, record: Record | None) -> None:
    """404 for whoever may not see it, 403 for whoever sees it and may not do this."""
    call.allow_to_see(record, rights.SEE)
    assert record is not None
    call.allow(record)


def _narrowed(reach: Reach, direction: Direction | None) -> Reach:
    match direction:
        case None:
            return reach
        case Direction.SENT:
            return replace(reach, receiver=None, units=())
        case Direction.RECEIVED:
            return replace(reach, sender=None, units=())
        case Direction.BELOW:
            return replace(reach, sender=None, receiver=None)
