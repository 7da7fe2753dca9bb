"""Intake's pages: the day, a new report or many, a report to decide, a case from its opening to its end."""

from itertools import groupby
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from pydantic import ValidationError
from starlette.responses import RedirectResponse

from intake import rights
from intake.acts import Acts
from intake.api import CaseReference, ReportReference
from intake.correcting import correct_child
from intake.day import day_of
from intake.disclosure.api import ReadingShared, ReferralReference, shown_to
from intake.disclosure.terms import Terms
from intake.importing.pages import importing
from intake.progress import Fact, What
from intake.replies import CaseState, ReportState
from intake.sheets import CHOICES, PLACES, child_of, closing_of, report_of, screening_of
from services.contracts.failures import Refused
from services.http.calls import Call, Reply
from services.http.permits import query
from services.http.problems import Problem
from services.pages.form import Sheet
from services.pages.page import Pages
from services.pages.routes import carried_out, pages_router, posted, sheet_of
from services.pages.speech import ZONE
from services.security.rights import Record
from services.storage.work import Work

REPORTS_A_DAY_MAX = 30
CASES_A_DAY_MAX = 200

Listing = Annotated[Call, Depends(query(rights.LIST_CASES))]
Receiving = Annotated[Call, Depends(posted(rights.RECEIVE, "reports"))]
Writing = Annotated[Call, Depends(query(rights.RECEIVE))]
Screening = Annotated[Call, Depends(posted(rights.SCREEN))]
SeeingReport = Annotated[Call, Depends(query(rights.SEE_REPORT))]
SeeingCase = Annotated[Call, Depends(query(rights.SEE_CASE))]
Closing = Annotated[Call, Depends(posted(rights.CLOSE))]
SeeingCorrectable = Annotated[Call, Depends(query(rights.CORRECT))]
Correcting = Annotated[Call, Depends(posted(rights.CORRECT))]


def pages(draw: Pages, acts: Acts, terms: Terms) -> APIRouter:
    """Every page of the room."""
    addresses = pages_router("intake", draw.problem)
    _day(addresses, draw)
    _new_report(addresses, draw, acts)
    importing(addresses, draw, acts)
    _report(addresses, draw, acts)
    _case(addresses, draw, acts)
    _child(addresses, draw, acts)
    _shared(addresses, draw, acts, terms)
    return addresses


def _day(addresses: APIRouter, draw: Pages) -> None:
    @addresses.get("/day")
    async def day(request: Request, call: Listing) -> Response:
        reach = call.reach()
        reports = await call.database.read("reports_waiting", [call.person.unit], REPORTS_A_DAY_MAX)
        rows = await call.database.read("open_cases", reach.owner, CASES_A_DAY_MAX)
        told = await call.database.read("facts_of_cases", [row["case"] for row in rows])
        facts: dict[str, list[Fact]] = {}
        for row in told:
            columns = {**row, "what": What(row["what"])}
            facts.setdefault(columns.pop("case"), []).append(Fact(**columns))
        shown = day_of(call.person.account, rows, facts)
        return draw.draw(request, "day.html", reports=reports, day=shown, full=len(rows) == CASES_A_DAY_MAX)


def _new_report(addresses: APIRouter, draw: Pages, acts: Acts) -> None:
    def form(request: Request, call: Call, sheet: Sheet, status: int = 200) -> Response:
        return draw.draw(request, "report_form.html", status=status, sheet=sheet, choices=CHOICES)

    @addresses.get("/report")
    async def new_report(request: Request, call: Writing) -> Response:
        call.allow(Record(call.person.unit))
        return form(request, call, Sheet())

    @addresses.post("/report")
    async def take_in(request: Request, call: Receiving) -> Response:
        sheet = sheet_of(request)
        try:
            taken = await call.once(acts.receive(call, report_of(sheet, call.person.unit)))
        except ValidationError as error:
            return form(request, call, sheet.refused(error, whole="reporter.kind"), 422)
        except Problem as problem:
            if problem.code not in PLACES:
                raise
            return form(request, call, sheet.with_fault(PLACES[problem.code], problem.code), 422)
        return RedirectResponse(taken.headers["Location"].replace("/v1/", "/"), 303)


def _report(addresses: APIRouter, draw: Pages, acts: Acts) -> None:
    async def file(
        request: Request, call: Call, ref: str, sheet: Sheet, status: int = 200, *, conflict: bool = False
    ) -> Response:
        report = await call.see(acts.read_report(call, ref))
        may_screen = report.state == ReportState.WAITING and call.sees(Record(report.unit), rights.SCREEN)
        instrument = acts.instrument_on(call.stamp.now) if may_screen else None
        shown: dict[str, Any] = {"report": report, "sheet": sheet, "instrument": instrument, "needs": draw.policy.needs}
        return draw.draw(request, "report.html", status=status, choices=CHOICES, conflict=conflict, **shown)

    @addresses.get("/reports/{ref}")
    async def report(request: Request, ref: ReportReference, call: SeeingReport) -> Response:
        return await file(request, call, ref, Sheet())

    @addresses.post("/reports/{ref}/screen")
    async def screen(request: Request, ref: ReportReference, call: Screening) -> Response:
        sheet = sheet_of(request)
        try:
            return await carried_out(call, acts.screen(call, ref, screening_of(sheet)), f"/intake/reports/{ref}")
        except ValidationError as error:
            return await file(request, call, ref, sheet.refused(error, whole="outcome"), 422)
        except Refused as refused:
            try:
                # Somebody was quicker: what they decided stands beside what was about to be sent.
                return await file(request, call, ref, sheet, 409, conflict=True)
            except Problem:
                raise refused from None


def _case(addresses: APIRouter, draw: Pages, acts: Acts) -> None:
    async def file(
        request: Request, call: Call, ref: str, sheet: Sheet, status: int = 200, refused: str = ""
    ) -> Response:
        case = await call.see(acts.read_case(call, ref))
        may_close = case.state == CaseState.OPEN and call.sees(Record(case.unit, owner=case.institution), rights.CLOSE)
        newest_first = groupby(reversed(case.timeline), key=lambda line: line.at.astimezone(ZONE).date())
        days = [(day, list(lines)) for day, lines in newest_first]
        shown: dict[str, Any] = {"case": case, "sheet": sheet, "may_close": may_close, "days": days, "refused": refused}
        return draw.draw(request, "case.html", status=status, choices=CHOICES, **shown)

    @addresses.get("/cases/{ref}")
    async def case(request: Request, ref: CaseReference, call: SeeingCase) -> Response:
        return await file(request, call, ref, Sheet())

    @addresses.post("/cases/{ref}/close")
    async def close(request: Request, ref: CaseReference, call: Closing) -> Response:
        sheet = sheet_of(request)
        try:
            return await carried_out(call, acts.close(call, ref, closing_of(sheet)), f"/intake/cases/{ref}")
        except ValidationError as error:
            return await file(request, call, ref, sheet.refused(error), 422)
        except Refused as refused:
            return await file(request, call, ref, sheet, 409, refused.code)


def _child(addresses: APIRouter, draw: Pages, acts: Acts) -> None:
    async def form(
        request: Request, call: Call, ref: str, sheet: Sheet, status: int = 200, *, conflict: bool = False
    ) -> Response:
        case = await call.see(acts.read_case(call, ref))
        call.allow(Record(case.unit, owner=case.institution))
        shown: dict[str, Any] = {"case": case, "sheet": sheet, "conflict": conflict}
        return draw.draw(request, "child_form.html", status=status, choices=CHOICES, **shown)

    @addresses.get("/cases/{ref}/child")
    async def child(request: Request, ref: CaseReference, call: SeeingCorrectable) -> Response:
        return await form(request, call, ref, Sheet())

    @addresses.post("/cases/{ref}/child")
    async def correct(request: Request, ref: CaseReference, call: Correcting) -> Response:
        sheet = sheet_of(request)

        async def act(work: Work) -> Reply:
            return await correct_child(work, call, acts.desk, ref, child_of(sheet), sheet.one("version"))

        try:
            return await carried_out(call, act, f"/intake/cases/{ref}")
        except ValidationError as error:
            return await form(request, call, ref, sheet.refused(error), 422)
        except Problem as problem:
            if problem.code != "child_changed":
                raise
            return await form(request, call, ref, sheet, 412, conflict=True)


def _shared(addresses: APIRouter, draw: Pages, acts: Acts, terms: Terms) -> None:
    @addresses.get("/referrals/{ref}")
    async def shared(request: Request, ref: ReferralReference, call: ReadingShared) -> Response:
        return draw.draw(request, "shared.html", shared=await shown_to(call, acts.desk.vault, terms, ref))
