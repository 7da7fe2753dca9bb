"""Forgetting and holding a person, over HTTP. Whoever may not know of a person is answered as if there were none."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Depends, Response
from fastapi import Path as InPath

from intake import rights
from intake.forgetting.erasing import forget, matters_of
from intake.forgetting.forms import ForgetForm, Forgotten, Held, HoldForm
from intake.forgetting.rules import Matter
from intake.forgetting.terms import Retention
from intake.merging.people import person_now
from intake.vault.keys import Keys
from services.contracts.codes import ForgettingGround
from services.contracts.failures import Refused
from services.http.calls import Call, Reply
from services.http.permits import command
from services.security.rights import Record
from services.storage.work import Work

Forgetting = Annotated[Call, Depends(command(rights.FORGET))]
Holding = Annotated[Call, Depends(command(rights.HOLD))]
PersonReference = Annotated[
    str, InPath(max_length=40, description="A person's, as their file shows it", examples=["P-7KQ2M-XW4ZP-3"])
]


def record_of_matter(matter: Matter) -> Record:
    """What a decision about a right needs to know: a case is its centre's, a report without one its place's."""
    if matter.case is None:
        return Record(unit=matter.unit, state=rights.WITHOUT_CASE)
    return Record(unit=matter.unit, owner=matter.institution, state=rights.WITH_CASE)


def forgetting(addresses: APIRouter, keys: Keys, terms: Retention) -> None:
    """The two addresses."""

    @addresses.post("/people/{ref}/forget", response_model=Forgotten)
    async def forget_person(ref: PersonReference, form: ForgetForm, call: Forgetting) -> Response:
        """Forget a person for good: their key is destroyed, and what it sealed opens nowhere again."""

        async def action(work: Work) -> Reply:
            matters = await _seen(work, call, ref)
            (remains, *others), entry = await forget(work, keys, ref, matters, form.ground, terms)
            proof = Forgotten(
                person=ref,
                merged=[each.person for each in others],
                ground=ForgettingGround(remains.basis),
                forgotten_at=remains.destroyed_at,
                forgotten_by=work.stamp.actor,
                agency_key=remains.agency_key,
                entry=entry,
            )
            return Reply(200, proof.plain())

        return await call.once(action)

    @addresses.post("/people/{ref}/hold", response_model=Held)
    async def hold_person(ref: PersonReference, form: HoldForm, call: Holding) -> Response:
        """Let nothing about a person go, for a reason; or release the hold."""

        async def action(work: Work) -> Reply:
            matter, *_ = await _seen(work, call, ref)
            by = work.stamp.actor, work.stamp.now
            work.change("keep_hold", ref, matter.unit, matter.institution, form.reason, *by)
            return Reply(200, Held(person=ref, reason=form.reason, at=work.stamp.now).plain())

        return await call.once(action)


async def _seen(work: Work, call: Call, ref: str) -> Sequence[Matter]:
    """What a person stands in, where this caller may do this to all of it; whoever was merged is another now."""
    matters = await matters_of(work, ref)
    if now := await person_now(work, ref):
        matters = await matters_of(work, now)
    for matter in matters or (None,):
        call.allow_to_see(record_of_matter(matter) if matter else None)
    if now:
        raise Refused("person_merged", f"{ref} is {now} since they were merged: name that one.")
    return matters
