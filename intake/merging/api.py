"""Merging two people, over HTTP. Whoever may not know of either is answered as if there were none."""

from typing import Annotated

from fastapi import APIRouter, Depends, Response

from intake import rights
from intake.forgetting.api import PersonReference, record_of_matter
from intake.merging.forms import Merged, MergeForm
from intake.merging.joining import merge, sides
from services.contracts.ids import NewReference
from services.http.calls import Call, Reply
from services.http.permits import command
from services.storage.work import Work

Merging = Annotated[Call, Depends(command(rights.MERGE))]


def merging(addresses: APIRouter, new_reference: NewReference) -> None:
    """The address."""

    @addresses.post("/people/{ref}/merge", response_model=Merged)
    async def merge_people(ref: PersonReference, form: MergeForm, call: Merging) -> Response:
        """Say that a child was written down twice: from now on they are `into`, in every file. Nothing undoes it."""

        async def action(work: Work) -> Reply:
            one, into = await sides(work, ref, form.into)
            for matter in (*(one.matters or (None,)), *(into.matters or (None,))):
                call.allow_to_see(record_of_matter(matter) if matter else None)
            merged_at = await merge(work, one, into, new_reference)
            return Reply(200, Merged(person=ref, into=form.into, merged_at=merged_at).plain())

        return await call.once(action)
