"""What the people of a course do in the rooms: the works that an address carries out once it has checked who asks."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from deploy.load.country import CASEWORKER, REPORTER, Country
from deploy.load.drawing import Answer, Course
from intake import rights
from intake.access_log.entries import under
from intake.case import Close
from intake.desk import Desk
from intake.forms import ReportForm
from intake.instrument_files import in_force
from intake.report import Accept, ScreenOut
from intake.screening import INSTRUMENT, assess
from notifications.alert import acknowledge
from notifications.views import alert_of
from notifications.watch import record
from referral import words
from referral.attempts import ask_again
from referral.closed_cases import is_closed
from referral.showing import need_of_row
from referral.streams import REFERRAL
from services.contracts.codes import (
    CaseOutcome,
    Channel,
    Outcome,
    ReporterKind,
    RiskBand,
    Role,
    ScreenedOutReason,
)
from services.contracts.failures import Refused
from services.security.rights import Person
from services.storage.work import Work

Action = Callable[[Work], Awaitable[Any]]
TEACHER = {"kind": ReporterKind.SCHOOL, "name": "Izmišljena Učiteljica", "contact": "izmisljena@skola.example"}
SAW = "Izmišljeno: nastavnica je zabrinuta za dijete."
JUDGED = "Izmišljeno: porodicu poznajemo od ranije."
ENDED = "Izmišljeno: porodica se dobro snalazi."


@dataclass(frozen=True, slots=True)
class Doing:
    """What people of this country do; `desk` is intake's, over whatever keeps its keys."""

    country: Country
    desk: Desk

    def worker(self, unit: str) -> str:
        """The caseworker of a place."""
        return f"{CASEWORKER}@{unit}"

    def reporter(self, unit: str) -> Person:
        """The system of the place's school."""
        account = f"client@{unit}.{REPORTER}"
        return Person(account, f"{unit}.{REPORTER}", unit, frozenset({Role.INSTITUTION}), frozenset())

    def at(self, institution: str) -> str:
        """Who answers for an institution: its provider, or at a centre the caseworker."""
        provider = f"provider@{institution}"
        return provider if provider in self.country.listed.units else self.worker(institution.rpartition(".")[0])

    def report(self, course: Course, reporter: Person, at: datetime) -> Action:
        """A school reports."""
        form = ReportForm.model_validate(
            {
                "unit": course.unit,
                "channel": Channel.INTEGRATION,
                "reporter": TEACHER,
                "concerns": course.concerns,
                "child": {
                    "given_name": course.given_name,
                    "family_name": course.family_name,
                    "birth_date": course.birth_date.isoformat(),
                    "sex": course.sex,
                },
                "narrative": SAW,
                "occurred_at": at.isoformat(),
            }
        )
        return lambda work: self.desk.receive(work, form, reporter)

    def screen(self, course: Course, report: str, by: str, at: datetime) -> Action:
        """A caseworker settles the band and opens the case, or does not."""
        instrument = in_force(self.country.instruments, INSTRUMENT, at.date())
        if instrument is None:
            raise Refused("no_instrument", f"no screening instrument counts on {at.date()}")
        answers = {item.code: item.options[0].code for item in instrument.items}
        made = assess(instrument, answers, course.risk)
        case, centre = self.desk.new_reference("C"), f"{course.unit}.csw"
        command: Accept | ScreenOut = Accept(made, tuple(course.answers), case, centre, at, by)
        if course.screened_out:
            command = ScreenOut(made, ScreenedOutReason.UNFOUNDED, at, by)
        reason = None if course.risk is RiskBand.LOW else JUDGED

        async def action(work: Work) -> None:
            await under(work, rights.SCREEN, report)
            await self.desk.screen(work, report, command, reason)

        return action

    def close(self, case: str, outcome: CaseOutcome, by: str, at: datetime) -> Action:
        """The centre ends its care."""
        return lambda work: self.desk.close(work, case, Close(outcome, at, by), ENDED)

    def answer(self, ref: str, answer: Answer, receiver: str, at: datetime) -> Action:
        """Whoever was asked accepts or declines."""
        by = self.at(receiver)
        return _carry_out(ref, words.Decline(answer.declines, by, at) if answer.declines else words.Accept(by, at))

    def start(self, ref: str, receiver: str, at: datetime) -> Action:
        """The service begins."""
        return _carry_out(ref, words.Start(self.at(receiver), at))

    def complete(self, ref: str, outcome: Outcome, receiver: str, at: datetime) -> Action:
        """The service ends, and what came of it is told."""
        return _carry_out(ref, words.Complete(outcome, self.at(receiver), at))

    def ask_again(self, case: str, need: str, declined: str, by: str, at: datetime) -> Action:
        """Somebody else who serves the need is asked."""

        async def action(work: Work) -> None:
            row = await work.fetch_row("need_of_case", case, need)
            closed = await is_closed(work, case)
            assert row is not None
            known = need_of_row(row, case_closed=closed)
            serving = [institution.code for institution in self.country.terms.serving(known.unit, need)]
            others = [code for code in serving if code != declined]
            if others:
                ref, asking = ask_again(known, others[0], self.country.terms, by, at)
                await work.carry_out(REFERRAL, ref, asking)

        return action

    def note(self, alert: str, by: str, at: datetime) -> Action:
        """Somebody at the desk takes note."""

        async def action(work: Work) -> None:
            row = await work.fetch_row("hold_alert", alert)
            assert row is not None
            if change := acknowledge(alert_of(row), by, at):
                await record(work, change)

        return action


def _carry_out(ref: str, command: words.Command) -> Action:
    return lambda work: work.carry_out(REFERRAL, ref, command)
