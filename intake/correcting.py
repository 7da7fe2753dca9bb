"""Correcting what is known of a child: only against the version that was read; what stood there before stays sealed.

Whoever corrects, and when, is in the access log; what was written is in no log and no event.
"""

import hmac
import json
from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Response

from intake import rights
from intake.access_log.entries import note, under
from intake.desk import CHILD, Desk
from intake.disclosure.api import CaseReference
from intake.forms import Child
from intake.replies import ChildCorrected, KnownChild
from intake.showing import record_of_case
from services.contracts.envelope import moment_text
from services.http.calls import Call, Reply
from services.http.permits import command
from services.http.problems import Problem
from services.storage.work import Work

VERSION_CHARACTERS = 24

Correcting = Annotated[Call, Depends(command(rights.CORRECT))]
Version = Annotated[
    str | None,
    Header(
        alias="If-Match",
        max_length=80,
        description="The `child_version` of the case file you read: another's correction is never overwritten.",
        examples=["5b1f0c9d2e7a4c6f8d3b1a90"],
    ),
]


def correcting(addresses: APIRouter, desk: Desk) -> None:
    """The address at which a centre corrects what it knows of a child."""

    @addresses.put("/cases/{ref}/child", response_model=ChildCorrected)
    async def correct(ref: CaseReference, form: Child, call: Correcting, version: Version = None) -> Response:
        """Write down anew who a child is; every field counts, and one that is left out is no longer known."""
        return await call.once(lambda work: correct_child(work, call, desk, ref, form, version or ""))


def version_of(child: Mapping[str, object], secret: bytes) -> str:
    """A mark of what is known of a child that tells nothing of it."""
    known = {name: value for name, value in child.items() if value is not None}
    return hmac.digest(secret, json.dumps(known, sort_keys=True).encode(), "sha256").hex()[:VERSION_CHARACTERS]


def version_shown(child: KnownChild | None, call: Call) -> str:
    """The mark of the child that a file shows."""
    return version_of(child.plain() if child else {}, call.reception.secret)


async def correct_child(work: Work, call: Call, desk: Desk, ref: str, form: Child, version: str) -> Reply:
    """Seal the corrected child where nobody has corrected it since it was read."""
    row = await work.fetch_row("case_file", ref)
    call.allow_to_see(record_of_case(row) if row else None)
    if not version:
        raise Problem(428, "version_missing", "Name the child_version that you read in a header If-Match.")
    # Held until the commit: of two who correct at once the second finds the first one's version.
    held = await work.fetch_row("hold_person", ref)
    assert held is not None
    await under(work, rights.CORRECT, ref)
    opened = (await desk.vault.read(work, {CHILD: held["person"]})).get(CHILD)
    before = dict((opened.content if opened else None) or {})
    if not hmac.compare_digest(version_shown(KnownChild.model_validate(before), call).encode(), version.encode()):
        raise Problem(412, "child_changed", "Somebody corrected this meanwhile: read it again, then decide what stays.")
    after = form.sealed()
    if after != before:
        section = f"{CHILD} until {moment_text(work.stamp.now)}"
        await desk.keep_child(work, held["person"], {section: before, CHILD: after})
        await note(work, "correct child", ref)
    told = ChildCorrected(case=ref, child_version=version_shown(KnownChild.model_validate(after), call))
    return Reply(200, told.plain())
