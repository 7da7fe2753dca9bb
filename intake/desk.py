"""What happens at intake's desk, each in one transaction: a report is taken in or decided, its case opened or closed.

The rules are in the cores; here names go to the vault, and two streams are written together or not at all.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from intake.case import CareEnded, Close, Episode, Open
from intake.child import bands_of
from intake.forms import ReportForm
from intake.report import (
    Accept,
    Accepted,
    BecameCase,
    Concerns,
    Dismissed,
    Receive,
    ScreenedOut,
    ScreenOut,
    reported_in,
)
from intake.streams import CASE, REPORT
from intake.vault.vault import Section, Vault
from services.contracts.codes import Role
from services.contracts.ids import NewReference
from services.security.rights import Person
from services.storage.work import Work

CHILD, REPORTER, NARRATIVE, OVERRIDE, CLOSING = "child", "reporter", "narrative", "override", "closing"
"""The sections of the vault: the first lies under a person's reference, the others under the report's.

The reporter's is sealed with the reporter's own key, all others with the key of the person whom the report is about.
"""


@dataclass(frozen=True, slots=True)
class Desk:
    """Carries out what the API was asked."""

    vault: Vault
    new_reference: NewReference

    async def receive(self, work: Work, form: ReportForm, reporter: Person) -> str:
        """Take a report in and give its reference; codes go to its stream, everything else is sealed."""
        report, person = self.new_reference("R"), self.new_reference("P")
        reported = Concerns(
            unit=form.unit,
            channel=form.channel,
            reporter_kind=form.reporter_kind,
            reporter_institution=reporter.institution if Role.INSTITUTION in reporter.roles else None,
            anonymous=form.anonymous,
            concerns=tuple(form.concerns),
            immediate_danger=form.immediate_danger,
            occurred_at=form.occurred_at,
        )
        await work.carry_out(REPORT, report, Receive(reported, work.stamp.now, reporter.account), new=True)
        work.change("keep_person", report, person)
        sections = [Section(person, person, CHILD, form.child.sealed())]
        if sealed := form.sealed_reporter():
            sections.append(Section(self.new_reference("P"), report, REPORTER, sealed))
        if form.narrative:
            sections.append(Section(person, report, NARRATIVE, {"text": form.narrative}))
        await self.vault.keep_of_new(work, sections)
        return report

    async def screen(
        self, work: Work, report: str, command: Accept | ScreenOut, override_reason: str | None
    ) -> Accepted | ScreenedOut:
        """Decide a report; asked again for the same decision, what was decided the first time is the answer."""
        for event in await work.carry_out(REPORT, report, command):
            if override_reason:
                person = await person_behind(work, report)
                await self.vault.keep(work, Section(person, report, OVERRIDE, {"text": override_reason}))
            if isinstance(event, Accepted):
                await self._open_case(work, report, event)
        match await work.state(REPORT, report):
            case BecameCase(decision=decision):
                return decision
            case Dismissed(decision=dismissal):
                return dismissal
            case undecided:
                raise LookupError(f"a decision left the report {type(undecided).__name__}")

    async def close(self, work: Work, case: str, command: Close, note: str | None) -> CareEnded:
        """End the care; asked again for the same outcome, the first end is the answer, and its note stays."""
        closed = await work.carry_out(CASE, case, command)
        match await work.state(CASE, case):
            case CareEnded(episode) as ended:
                if closed and note:
                    person = await person_behind(work, case)
                    await self.vault.keep(work, Section(person, episode.report, CLOSING, {"text": note}))
                return ended
            case other:
                raise LookupError(f"a closing left the case {type(other).__name__}")

    async def keep_child(self, work: Work, person: str, sections: Mapping[str, Mapping[str, str]]) -> None:
        """Seal sections about a child under the child's own reference."""
        for section, content in sections.items():
            await self.vault.keep(work, Section(person, person, section, content))

    async def _open_case(self, work: Work, report: str, accepted: Accepted) -> None:
        day = accepted.screened_at.date()
        person = await person_behind(work, report)
        child = (await self.vault.read(work, {CHILD: person})).get(CHILD)
        age_band, sex = bands_of(child.content if child else None, day)
        episode = Episode(
            unit=reported_in(await work.state(REPORT, report)).unit,
            institution=accepted.institution,
            report=report,
            risk=accepted.assessment.risk,
            needs=accepted.needs,
            pseudonym=await self._pseudonym(work, person, day.year),
            age_band=age_band,
            sex=sex,
        )
        work.change("keep_person", accepted.case, person)
        await work.carry_out(CASE, accepted.case, Open(episode, accepted.screened_at, accepted.screened_by))

    async def _pseudonym(self, work: Work, person: str, year: int) -> str:
        row = await work.fetch_row("pseudonym_of_year", person, year, self.new_reference("Y"))
        if row is None:
            raise LookupError("no pseudonym was drawn")
        return str(row["pseudonym"])


async def person_behind(work: Work, subject: str) -> str:
    """The person whom a report or a case is about."""
    row = await work.fetch_row("person_of", subject)
    if row is None:
        raise LookupError("nobody stands beside the vault for this reference")
    return str(row["person"])
