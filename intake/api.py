"""Intake over HTTP: reads a request, asks whether it may, carries one command out. Every rule is in the cores.

A report or case that an account may not see is answered like one that does not exist.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Body, Depends, Query, Response
from fastapi import Path as InPath

from intake import rights
from intake.access_log.entries import under
from intake.case import Close
from intake.desk import Desk
from intake.disclosure.api import disclosing, telling_who_looked
from intake.disclosure.terms import Terms
from intake.forgetting.api import forgetting
from intake.forgetting.terms import Retention
from intake.forms import AcceptForm, CloseForm, ReportForm, ScreenOutForm
from intake.instrument import Instrument
from intake.instrument_files import in_force
from intake.merging.api import merging
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
from intake.report import Accept, Accepted, ScreenedOut, ScreenOut, believable
from intake.screening import INSTRUMENT, assess
from intake.showing import case_file, record_of_case, record_of_report, report_file
from services.contracts.codes import ScreeningOutcome
from services.contracts.failures import Refused
from services.contracts.policy import Policy
from services.http.calls import Call, Reply
from services.http.paging import LIMIT_USUAL, After, Limit
from services.http.permits import command, query
from services.http.problems import Problem
from services.security.rights import Record, allowed
from services.storage.work import Work

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


def router(
    desk: Desk, policy: Policy, instruments: Mapping[str, Instrument], terms: Terms, retention: Retention
) -> APIRouter:
    """Every address of the room."""
    addresses = APIRouter(prefix="/intake/v1", tags=["intake"])
    _receiving(addresses, desk, policy)
    _screening(addresses, desk, policy, instruments)
    _reading_reports(addresses, desk)
    _reading_cases(addresses, desk, policy)
    _closing(addresses, desk)
    telling_who_looked(addresses)
    disclosing(addresses, desk.vault, terms)
    forgetting(addresses, desk.vault.keys, retention)
    merging(addresses, desk.new_reference)
    return addresses


def _receiving(addresses: APIRouter, desk: Desk, policy: Policy) -> None:
    @addresses.post("/reports", status_code=201, response_model=ReportTaken)
    async def receive(form: ReportForm, call: Receiving) -> Response:
        """Report a concern about a child, for the unit you work in; from the 201 on it is not lost."""

        async def action(work: Work) -> Reply:
            if form.unit not in policy.units:
                raise Problem(422, "unit_unknown", "There is no such unit: name the place the child lives in.")
            call.allow(Record(unit=form.unit))
            _check_dates(form, work.stamp.now)
            report = await desk.receive(work, form, call.person)
            taken = ReportTaken(report=report, received_at=work.stamp.now, unit=form.unit)
            return Reply(201, taken.plain(), {"Location": f"/intake/v1/reports/{report}"})

        return await call.once(action)


def _check_dates(form: ReportForm, now: datetime) -> None:
    if not believable(form.occurred_at, now):
        raise Problem(422, "occurred_at_absurd", "occurred_at lies before 1990 or in the future: correct the date.")
    if form.child.birth_date and form.child.birth_date > now.date():
        raise Problem(422, "birth_date_absurd", "birth_date lies in the future: correct it, or leave it out.")


def _screening(addresses: APIRouter, desk: Desk, policy: Policy, instruments: Mapping[str, Instrument]) -> None:
    @addresses.post("/reports/{ref}/screen", response_model=ReportDecided)
    async def screen(ref: ReportReference, form: Decision, call: Screening) -> Response:
        """Decide what a report is: score it, override the band where you see it differently, open its case or not."""

        async def action(work: Work) -> Reply:
            row = await work.fetch_row("report", ref)
            call.allow_to_see(record_of_report(row) if row else None)
            asked = _decision(form, call, desk, policy, instruments)
            reason = form.override.reason if form.override else None
            await under(work, rights.SCREEN, ref)
            return Reply(200, _told(ref, await desk.screen(work, ref, asked, reason)).plain())

        return await call.once(action)


def _told(ref: str, decided: Accepted | ScreenedOut) -> ReportDecided:
    case = decided.case if isinstance(decided, Accepted) else None
    return ReportDecided(
        report=ref,
        outcome=ScreeningOutcome.ACCEPTED if case else ScreeningOutcome.SCREENED_OUT,
        case=case,
        risk=decided.assessment.risk,
        score=decided.assessment.score,
        overridden=decided.assessment.overridden,
    )


def _decision(
    form: AcceptForm | ScreenOutForm, call: Call, desk: Desk, policy: Policy, instruments: Mapping[str, Instrument]
) -> Accept | ScreenOut:
    """The command a form asks for, with what the instrument of that day makes of the answers."""
    at, by = call.stamp.now, call.person.account
    instrument = in_force(instruments, INSTRUMENT, at.date())
    if instrument is None:
        raise Refused("no_instrument", "No screening instrument counts on this day: ask who keeps the policy data.")
    assessment = assess(instrument, form.answers, form.override.band if form.override else None)
    match form:
        case ScreenOutForm(reason=reason):
            return ScreenOut(assessment, reason, at, by)
        case AcceptForm(needs=needs):
            if not policy.needs.codes.issuperset(needs):
                raise Problem(422, "need_unknown", "A need is not in the service catalogue: use its codes.")
            return Accept(assessment, tuple(needs), desk.new_reference("C"), call.person.institution, at, by)


def _reading_reports(addresses: APIRouter, desk: Desk) -> None:
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

        async def action(work: Work) -> ReportFile:
            row = await work.fetch_row("report", ref)
            call.allow_to_see(record_of_report(row) if row else None)
            await under(work, rights.SEE_REPORT, ref)
            return await report_file(work, desk.vault, row)

        return await call.see(action)


def _reading_cases(addresses: APIRouter, desk: Desk, policy: Policy) -> None:
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

        async def action(work: Work) -> CaseFile:
            row = await work.fetch_row("case_file", ref)
            record = record_of_case(row) if row else None
            call.allow_to_see(record)
            assert record is not None
            with_child = allowed(rights.RIGHTS, call.person, rights.SEE_CHILD, record, policy.units)
            await under(work, rights.SEE_CHILD, ref)
            return await case_file(work, desk.vault, row, with_child=with_child)

        return await call.see(action)


def _closing(addresses: APIRouter, desk: Desk) -> None:
    @addresses.post("/cases/{ref}/close", response_model=CaseEnded)
    async def close(ref: CaseReference, form: CloseForm, call: Closing) -> Response:
        """End the care for a child once no referral is live any more; it cannot be opened again."""

        async def action(work: Work) -> Reply:
            row = await work.fetch_row("case_file", ref)
            call.allow_to_see(record_of_case(row) if row else None)
            asked = Close(form.outcome, work.stamp.now, work.stamp.actor)
            ended = await desk.close(work, ref, asked, form.note)
            return Reply(200, CaseEnded(case=ref, outcome=ended.outcome, closed_at=ended.closed_at).plain())

        return await call.once(action)
