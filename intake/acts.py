"""What is asked of the room, each as one work, whether a page or a machine asks: it looks, asks if it may, and acts.

A report or case that an account may not see is answered like one that does not exist.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from intake import rights
from intake.access_log.entries import under
from intake.case import Close
from intake.correcting import version_shown
from intake.desk import Desk
from intake.forms import AcceptForm, CloseForm, ReportForm, ScreenOutForm
from intake.instrument import Instrument
from intake.instrument_files import in_force
from intake.replies import CaseEnded, CaseFile, ReportDecided, ReportFile, ReportTaken
from intake.report import Accept, Accepted, ScreenedOut, ScreenOut, believable
from intake.screening import INSTRUMENT, assess
from intake.showing import case_file, record_of_case, record_of_report, report_file
from services.contracts.codes import ScreeningOutcome
from services.contracts.failures import Refused
from services.contracts.policy import Policy
from services.http.calls import Call, Reply
from services.http.problems import Problem
from services.security.rights import Record, allowed
from services.storage.work import Work

T = TypeVar("T")
Act = Callable[[Work], Awaitable[T]]


@dataclass(frozen=True, slots=True)
class Acts:
    """Everything that can be asked, for one room."""

    desk: Desk
    policy: Policy
    instruments: Mapping[str, Instrument]

    def receive(self, call: Call, form: ReportForm) -> Act[Reply]:
        """Take a report in."""

        async def act(work: Work) -> Reply:
            if form.unit not in self.policy.units:
                raise Problem(422, "unit_unknown", "There is no such unit: name the place the child lives in.")
            call.allow(Record(unit=form.unit))
            _check_dates(form, work.stamp.now)
            report = await self.desk.receive(work, form, call.person)
            taken = ReportTaken(report=report, received_at=work.stamp.now, unit=form.unit)
            return Reply(201, taken.plain(), {"Location": f"/intake/v1/reports/{report}"})

        return act

    def screen(self, call: Call, ref: str, form: AcceptForm | ScreenOutForm) -> Act[Reply]:
        """Decide what a report is."""

        async def act(work: Work) -> Reply:
            row = await work.fetch_row("report", ref)
            call.allow_to_see(record_of_report(row) if row else None)
            asked = self._decision(form, call)
            reason = form.override.reason if form.override else None
            await under(work, rights.SCREEN, ref)
            return Reply(200, _told(ref, await self.desk.screen(work, ref, asked, reason)).plain())

        return act

    def close(self, call: Call, ref: str, form: CloseForm) -> Act[Reply]:
        """End the care for a child."""

        async def act(work: Work) -> Reply:
            row = await work.fetch_row("case_file", ref)
            call.allow_to_see(record_of_case(row) if row else None)
            asked = Close(form.outcome, work.stamp.now, work.stamp.actor)
            ended = await self.desk.close(work, ref, asked, form.note)
            return Reply(200, CaseEnded(case=ref, outcome=ended.outcome, closed_at=ended.closed_at).plain())

        return act

    def read_report(self, call: Call, ref: str) -> Act[ReportFile]:
        """Open a report with its sealed parts."""

        async def act(work: Work) -> ReportFile:
            row = await work.fetch_row("report", ref)
            call.allow_to_see(record_of_report(row) if row else None, rights.SEE_REPORT)
            await under(work, rights.SEE_REPORT, ref)
            return await report_file(work, self.desk.vault, row)

        return act

    def read_case(self, call: Call, ref: str) -> Act[CaseFile]:
        """Open a case; the child only for the centre's own people."""

        async def act(work: Work) -> CaseFile:
            row = await work.fetch_row("case_file", ref)
            record = record_of_case(row) if row else None
            call.allow_to_see(record, rights.SEE_CASE)
            assert record is not None
            with_child = allowed(rights.RIGHTS, call.person, rights.SEE_CHILD, record, self.policy.units)
            await under(work, rights.SEE_CHILD, ref)
            file = await case_file(work, self.desk.vault, row, with_child=with_child)
            version = version_shown(file.child, call) if with_child else None
            return file.model_copy(update={"child_version": version})

        return act

    def instrument_on(self, now: datetime) -> Instrument:
        """The screening instrument that counts on a day."""
        instrument = in_force(self.instruments, INSTRUMENT, now.date())
        if instrument is None:
            raise Refused("no_instrument", "No screening instrument counts on this day: ask who keeps the policy data.")
        return instrument

    def _decision(self, form: AcceptForm | ScreenOutForm, call: Call) -> Accept | ScreenOut:
        """The command a form asks for, with what the instrument of that day makes of the answers."""
        at, by = call.stamp.now, call.person.account
        assessment = assess(self.instrument_on(at), form.answers, form.override.band if form.override else None)
        match form:
            case ScreenOutForm(reason=reason):
                return ScreenOut(assessment, reason, at, by)
            case AcceptForm(needs=needs):
                if not self.policy.needs.codes.issuperset(needs):
                    raise Problem(422, "need_unknown", "A need is not in the service catalogue: use its codes.")
                reference, institution = self.desk.new_reference("C"), call.person.institution
                return Accept(assessment, tuple(needs), reference, institution, at, by)


def _check_dates(form: ReportForm, now: datetime) -> None:
    if not believable(form.occurred_at, now):
        raise Problem(422, "occurred_at_absurd", "occurred_at lies before 1990 or in the future: correct the date.")
    if form.child.birth_date and form.child.birth_date > now.date():
        raise Problem(422, "birth_date_absurd", "birth_date lies in the future: correct it, or leave it out.")


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
