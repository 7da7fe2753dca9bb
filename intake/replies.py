"""What intake answers over HTTP. Lists and stored answers hold codes; sealed parts stand in single files only."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from intake.progress import Progress
from intake.vault.keys import KeyGone
from services.contracts.codes import (
    AgeBand,
    CaseOutcome,
    Channel,
    Concern,
    ReporterKind,
    RiskBand,
    ScreenedOutReason,
    ScreeningOutcome,
    Sex,
)


class ReportState(StrEnum):
    """Where a report stands."""

    WAITING = "waiting"
    ACCEPTED = "accepted"
    SCREENED_OUT = "screened_out"


class CaseState(StrEnum):
    """Where a case stands."""

    OPEN = "open"
    CLOSED = "closed"


class Answer(BaseModel):
    """An answer is made from a row or a value of the same names."""

    model_config = ConfigDict(from_attributes=True, frozen=True)

    def plain(self) -> dict[str, Any]:
        """As JSON."""
        return self.model_dump(mode="json")


class ReportTaken(Answer):
    """The report was accepted: from here on it is not lost."""

    report: str
    received_at: datetime
    unit: str


class ReportDecided(Answer):
    """What screening made of a report."""

    report: str
    outcome: ScreeningOutcome
    case: str | None
    risk: RiskBand
    score: int
    overridden: bool


class ReportLine(Answer):
    """A report in a list: no name."""

    report: str
    unit: str
    state: ReportState
    channel: Channel
    reporter_kind: ReporterKind
    anonymous: bool
    concerns: list[Concern]
    immediate_danger: bool
    occurred_at: datetime
    received_at: datetime
    case: str | None
    risk: RiskBand | None


class KnownChild(Answer):
    """What the vault holds of a child; each opening is in the access log."""

    given_name: str | None = None
    family_name: str | None = None
    birth_date: str | None = None
    sex: Sex = Sex.UNKNOWN
    address: str | None = None


class KnownReporter(Answer):
    """What the vault holds of a reporter."""

    name: str | None = None
    contact: str | None = None


class Part(StrEnum):
    """A sealed part of a file."""

    CHILD = "child"
    REPORTER = "reporter"
    NARRATIVE = "narrative"
    OVERRIDE = "override"
    CLOSING = "closing"


class Unreadable(Answer):
    """A part that is there and that nobody can open: the person behind it was forgotten, or their key is lost."""

    part: Part
    why: KeyGone


class ReportFile(ReportLine):
    """One report with its sealed parts; a part is null when nobody gave it or `unreadable` names it.

    `person` and `reporter_person` are whom to name to forget them; nothing outside intake knows these references.
    """

    reporter_institution: str | None
    received_by: str
    reason: ScreenedOutReason | None
    instrument: str | None
    score: int | None
    scored: RiskBand | None
    screened_at: datetime | None
    screened_by: str | None
    child: KnownChild | None = None
    reporter: KnownReporter | None = None
    narrative: str | None = None
    override_reason: str | None = None
    person: str | None = None
    reporter_person: str | None = None
    unreadable: list[Unreadable] = []


class ChildCorrected(Answer):
    """What is known of the child is as it was sent; the version to name when it is corrected again."""

    case: str
    child_version: str


class CaseEnded(Answer):
    """The case is closed: this is how it ended."""

    case: str
    outcome: CaseOutcome
    closed_at: datetime


class CaseInCodes(Answer):
    """What a case is, without a name."""

    case: str
    unit: str
    institution: str
    report: str
    state: CaseState
    risk: RiskBand
    age_band: AgeBand
    sex: Sex
    opened_at: datetime
    outcome: CaseOutcome | None
    closed_at: datetime | None


class CaseLine(CaseInCodes):
    """A case in a list."""

    needs: list[str]


class NeedStanding(Answer):
    """Where one need stands; `code` is a reason, an outcome or the unit that silence climbed to."""

    need: str
    progress: Progress
    referral: str | None
    receiver: str | None
    attempt: int | None
    step: int | None
    code: str | None
    since: datetime | None


class Happening(Answer):
    """One dated line of a case file, in codes."""

    at: datetime
    what: str
    need: str | None = None
    referral: str | None = None
    receiver: str | None = None
    attempt: int | None = None
    step: int | None = None
    code: str | None = None


class CaseFile(CaseInCodes):
    """One case; the child, and what was written at the end, are there only for who may see them."""

    child: KnownChild | None
    child_version: Annotated[str | None, Field(description="Name it in If-Match to correct the child")] = None
    person: str | None
    closed_by: str | None
    closing_note: str | None
    unreadable: list[Unreadable] = []
    needs: list[NeedStanding]
    timeline: list[Happening]


class ReportPage(BaseModel):
    """A page of reports."""

    items: list[ReportLine]
    next: str | None


class CasePage(BaseModel):
    """A page of cases."""

    items: list[CaseLine]
    next: str | None
