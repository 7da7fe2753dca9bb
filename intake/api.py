"""Intake over HTTP: reads a request and has one act carried out. Every rule is in the cores."""

from typing import Annotated

from fastapi import APIRouter, Body, Depends, Query, Response
from fastapi import Path as InPath

from intake import rights
from intake.acts import Acts
from intake.correcting import correcting
from intake.disclosure.api import disclosing, telling_who_looked
from intake.disclosure.terms import Terms
from intake.forgetting.api import forgetting
from intake.forgetting.terms import Retention
from intake.forms import AcceptForm, CloseForm, ReportForm, ScreenOutForm
from intake.merging.api import merging
from intake.naming import naming
from intake.replies import (
    CaseEnded,
    CaseFile,
    CaseLine,
    CasePage,
    CaseState,
    ReportDecided,
    ReportFile,
    ReportLine,
    ReportPage,
    ReportState,
    ReportTaken,
)
from services.http.calls import Call
from services.http.paging import LIMIT_USUAL, After, Limit
from services.http.permits import command, query

Receiving = Annotated[Call, Depends(command(rights.RECEIVE, "reports"))]
Screening = Annotated[Call, Depends(command(rights.SCREEN))]
ListingReports = Annotated[Call, Depends(query(rights.LIST_REPORTS))]
SeeingReport = Annotated[Call, Depends(query(rights.SEE_REPORT))]
ListingCases = Annotated[Call, Depends(query(rights.LIST_CASES))]
SeeingCase = Annotated[Call, Depends(query(rights.SEE_CASE))]
Closing = Annotated[Call, Depends(command(rights.CLOSE))]

ReportReference = Annotated[
    str, InPath(max_length=40, description="A report's reference", examples=["R-7KQ2M-XW4ZP-3"])
]
CaseReference = Annotated[str, InPath(max_length=40, description="A case's own", examples=["C-7KQ2M-XW4ZP-3"])]
Decision = Annotated[AcceptForm | ScreenOutForm, Body(discriminator="outcome")]


def router(acts: Acts, terms: Terms, retention: Retention) -> APIRouter:
    """Every address of the room."""
    addresses = APIRouter(prefix="/intake/v1", tags=["intake"])
    _deciding(addresses, acts)
    _reading_reports(addresses, acts)
    _reading_cases(addresses, acts)
    telling_who_looked(addresses)
    disclosing(addresses, acts.desk.vault, terms)
    forgetting(addresses, acts.desk.vault.keys, retention)
    merging(addresses, acts.desk.new_reference)
    naming(addresses, acts.desk.vault, terms)
    correcting(addresses, acts.desk)
    return addresses


def _deciding(addresses: APIRouter, acts: Acts) -> None:
    @addresses.post("/reports", status_code=201, response_model=ReportTaken)
    async def receive(form: ReportForm, call: Receiving) -> Response:
        """Report a concern about a child, for the unit you work in; from the 201 on it is not lost."""
        return await call.once(acts.receive(call, form))

    @addresses.post("/reports/{ref}/screen", response_model=ReportDecided)
    async def screen(ref: ReportReference, form: Decision, call: Screening) -> Response:
        """Decide what a report is: score it, override the band where you see it differently, open its case or not."""
        return await call.once(acts.screen(call, ref, form))

    @addresses.post("/cases/{ref}/close", response_model=CaseEnded)
    async def close(ref: CaseReference, form: CloseForm, call: Closing) -> Response:
        """End the care for a child once no referral is live any more; it cannot be opened again."""
        return await call.once(acts.close(call, ref, form))


def _reading_reports(addresses: APIRouter, acts: Acts) -> None:
    @addresses.get("/reports", response_model=ReportPage)
    async def reports(
        call: ListingReports,
        limit: Limit = LIMIT_USUAL,
        after: After = None,
        state: Annotated[ReportState | None, Query(description="Only those that stand here")] = None,
    ) -> Response:
        """The reports of your unit, newest first, without names."""
        units, place = list(call.reach().units), call.place(after) or (None, None)
        rows = await call.database.read("reports_of_units", units, state, *place, limit + 1)
        return call.page(
            rows,
            limit,
            place_of=lambda row: (row["received_at"], row["report"]),
            show=lambda row: ReportLine.model_validate(dict(row)).plain(),
        )

    @addresses.get("/reports/{ref}")
    async def report(ref: ReportReference, call: SeeingReport) -> ReportFile:
        """One report with its sealed parts; each part that is opened is written down with your name."""
        return await call.see(acts.read_report(call, ref))


def _reading_cases(addresses: APIRouter, acts: Acts) -> None:
    @addresses.get("/cases", response_model=CasePage)
    async def cases(
        call: ListingCases,
        limit: Limit = LIMIT_USUAL,
        after: After = None,
        state: Annotated[CaseState | None, Query(description="Only those that stand here")] = None,
    ) -> Response:
        """The cases of your centre, newest first, without names."""
        reach, place = call.reach(), call.place(after) or (None, None)
        rows = await call.database.read("cases_page", reach.owner, list(reach.units), state, *place, limit + 1)
        return call.page(
            rows,
            limit,
            place_of=lambda row: (row["opened_at"], row["case"]),
            show=lambda row: CaseLine.model_validate(dict(row)).plain(),
        )

    @addresses.get("/cases/{ref}")
    async def case(ref: CaseReference, call: SeeingCase) -> CaseFile:
        """One case: where each need stands and what happened; the child only for the centre's own people."""
        return await call.see(acts.read_case(call, ref))
