"""What is shared with whoever is asked to help, and who looked, over HTTP; its rules are the terms and the rights."""

from typing import Annotated

from fastapi import APIRouter, Depends, Response
from fastapi import Path as InPath

from intake import rights
from intake.access_log.entries import note, note_refusal, under
from intake.disclosure.replies import AccessLine, AccessPage, Disclosure
from intake.disclosure.sharing import asked_in_rows, share
from intake.disclosure.terms import Terms, record_of_asked
from intake.showing import record_of_case
from intake.vault.vault import Vault
from services.http.calls import Call
from services.http.paging import LIMIT_USUAL, After, Limit
from services.http.permits import query
from services.http.problems import Problem
from services.storage.work import Work

ReadingShared = Annotated[Call, Depends(query(rights.READ_SHARED))]
SeeingAccesses = Annotated[Call, Depends(query(rights.SEE_ACCESSES))]

ReferralReference = Annotated[
    str, InPath(max_length=40, description="A referral's own", examples=["F-2WXK7-JN9TB-4HQR6-3"])
]
CaseReference = Annotated[str, InPath(max_length=40, description="A case's own", examples=["C-7KQ2M-XW4ZP-3"])]


def disclosing(addresses: APIRouter, vault: Vault, terms: Terms) -> None:
    """The address at which a receiver reads what is shared with it."""

    @addresses.get("/referrals/{ref}/disclosure")
    async def disclosure(ref: ReferralReference, call: ReadingShared) -> Disclosure:
        """What you may know of the child you are asked to help, while the referral is live; it is noted who asks."""
        return await shown_to(call, vault, terms, ref)


async def shown_to(call: Call, vault: Vault, terms: Terms, ref: str) -> Disclosure:
    """What the terms share with a receiver; a refusal is noted too."""

    async def action(work: Work) -> Disclosure:
        rows = await work.fetch("facts_of_referral", ref)
        asked = asked_in_rows(rows)
        call.allow_to_see(record_of_asked(rows[0]["unit"], asked) if asked else None)
        assert asked is not None
        return await share(work, vault, terms, asked, rows[0])

    try:
        return await call.see(action)
    except Problem:
        await note_refusal(call, ref)
        raise


def telling_who_looked(addresses: APIRouter) -> None:
    """The address at which a centre sees who was shown what of its case."""

    @addresses.get("/cases/{ref}/accesses", response_model=AccessPage)
    async def accesses(
        ref: CaseReference, call: SeeingAccesses, limit: Limit = LIMIT_USUAL, after: After = None
    ) -> Response:
        """Who was shown what of a case or its report, newest first, by which right; looking here is noted too."""

        async def action(work: Work) -> Response:
            row = await work.fetch_row("case_file", ref)
            call.allow_to_see(record_of_case(row) if row else None)
            assert row is not None
            (before,) = call.place(after) or (None,)
            rows = await work.fetch("accesses_of_case", [row["case"], row["report"]], before, limit + 1)
            await under(work, rights.SEE_ACCESSES, ref)
            await note(work, "list accesses", ref)
            return call.page(
                rows,
                limit,
                place_of=lambda line: (line["id"],),
                show=lambda line: AccessLine.model_validate(dict(line)).plain(),
            )

        return await call.see(action)
