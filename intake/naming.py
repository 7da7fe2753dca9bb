"""The names beside the lines of a page, many at once: each one that is opened leaves its entry in the access log."""

from dataclasses import replace
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, StringConstraints

from intake import rights
from intake.access_log.entries import under
from intake.desk import CHILD, person_behind
from intake.disclosure.sharing import asked_in_rows
from intake.disclosure.terms import Part, Terms, record_of_asked
from intake.replies import Answer
from intake.showing import record_of_case, record_of_report
from intake.vault.vault import Vault
from services.http.calls import Call
from services.http.permits import query
from services.http.problems import Problem, missing
from services.security.rights import Record
from services.storage.work import Work

NAMES_MAX = 40

Kind = Literal["case", "report", "referral"]
SeeingNames = Annotated[Call, Depends(query(rights.SEE_NAMES))]
Reference = Annotated[str, StringConstraints(max_length=40, pattern=r"^[A-Z0-9-]+$")]
Wanted = Annotated[list[Reference], Query(max_length=NAMES_MAX, description="References, each named once")]


class Named(Answer):
    """Whom a record is about."""

    kind: Kind
    record: str
    name: str


class NameList(BaseModel):
    """Those that have a name; whoever was forgotten, or was never named, has none."""

    items: list[Named]


def naming(addresses: APIRouter, vault: Vault, terms: Terms) -> None:
    """The address that pages ask for names."""

    @addresses.get("/names")
    async def names(call: SeeingNames, case: Wanted = [], report: Wanted = [], referral: Wanted = []) -> NameList:  # noqa: B006
        """Whom some cases, reports or referrals are about; one that you may not know of refuses them all."""
        asked: list[tuple[Kind, str]] = [("case", ref) for ref in case]
        asked += [("report", ref) for ref in report] + [("referral", ref) for ref in referral]
        if len(asked) > NAMES_MAX:
            raise Problem(422, "too_many_names", "Ask for 40 names at most at once.")

        async def act(work: Work) -> NameList:
            # Each reference is judged by itself below; asked for none, nothing is shown.
            call.judged = True
            found = [await _named(work, call, vault, terms, kind, ref) for kind, ref in dict.fromkeys(asked)]
            return NameList(items=[each for each in found if each])

        return await call.see(act)


async def _named(work: Work, call: Call, vault: Vault, terms: Terms, kind: Kind, ref: str) -> Named | None:
    """The name behind one reference, where it may be seen as it stands now."""
    record, subject = await _record(work, terms, kind, ref)
    if subject is None:
        # The wall shows no such row: all are refused, so that one try tells of one reference only.
        call.missed = True
        raise missing()
    if not call.sees(record):
        return None
    await under(work, rights.SEE_NAMES, subject, ref if kind == "referral" else "")
    opened = (await vault.read(work, {CHILD: await person_behind(work, subject)})).get(CHILD)
    content = (opened.content if opened else None) or {}
    name = " ".join(content[part] for part in ("given_name", "family_name") if part in content)
    return Named(kind=kind, record=ref, name=name) if name else None


async def _record(work: Work, terms: Terms, kind: Kind, ref: str) -> tuple[Record, str | None]:
    """What the decision needs to know of a reference, and whose section holds the name."""
    match kind:
        case "case":
            row = await work.fetch_row("case_file", ref)
            return (replace(record_of_case(row), state=rights.WITH_CASE), ref) if row else (Record(""), None)
        case "report":
            row = await work.fetch_row("report", ref)
            return (record_of_report(row), ref) if row else (Record(""), None)
        case "referral":
            rows = await work.fetch("facts_of_referral", ref)
            asked = asked_in_rows(rows)
            if asked is None:
                return Record(""), None
            record = record_of_asked(rows[0]["unit"], asked)
            shares = Part.NAME in terms.parts(asked.need, asked.live)
            return (record if shares else replace(record, state="not shared")), str(rows[0]["case_ref"])
