"""A report: somebody is worried about a child, and a caseworker is owed a decision about it.

Read `decide` as a table: each case is one cell of state × command. Nothing here knows a name, a narrative or a clock.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from services.contracts.codes import Channel, Concern, ReporterKind, RiskBand, ScreenedOutReason
from services.contracts.failures import Refused

AHEAD_OF_CLOCK_MAX = timedelta(minutes=5)
"""Clocks of reporting systems differ a little; a concern further ahead than this is a slip of the pen."""
OCCURRED_EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)


# Commands


@dataclass(frozen=True, slots=True)
class Concerns:
    """What was reported, in codes; every name and every sentence of it lies in the vault."""

    unit: str
    channel: Channel
    reporter_kind: ReporterKind
    reporter_institution: str | None
    anonymous: bool
    concerns: tuple[Concern, ...]
    immediate_danger: bool
    occurred_at: datetime


@dataclass(frozen=True, slots=True)
class Answer:
    """One item of a screening instrument and the option that was chosen."""

    item: str
    option: str


@dataclass(frozen=True, slots=True)
class Assessment:
    """What the instrument said, and the band the worker settled on."""

    instrument: str
    answers: tuple[Answer, ...]
    score: int
    scored: RiskBand
    risk: RiskBand

    @property
    def overridden(self) -> bool:
        """Whether the worker's band differs from the instrument's."""
        return self.risk != self.scored


@dataclass(frozen=True, slots=True)
class Receive:
    """Take a report in."""

    reported: Concerns
    received_at: datetime
    received_by: str


@dataclass(frozen=True, slots=True)
class Accept:
    """Make the report the beginning of a case, with the needs to be served."""

    assessment: Assessment
    needs: tuple[str, ...]
    case: str
    institution: str
    screened_at: datetime
    screened_by: str


@dataclass(frozen=True, slots=True)
class ScreenOut:
    """Decide that no case begins, and say why."""

    assessment: Assessment
    reason: ScreenedOutReason
    screened_at: datetime
    screened_by: str


# Events


@dataclass(frozen=True, slots=True)
class Received:
    """The report was taken in."""

    reported: Concerns
    received_at: datetime
    received_by: str


@dataclass(frozen=True, slots=True)
class Accepted:
    """The report became a case."""

    assessment: Assessment
    needs: tuple[str, ...]
    case: str
    institution: str
    screened_at: datetime
    screened_by: str


@dataclass(frozen=True, slots=True)
class ScreenedOut:
    """The report did not become a case."""

    assessment: Assessment
    reason: ScreenedOutReason
    screened_at: datetime
    screened_by: str


# States


@dataclass(frozen=True, slots=True)
class Unreceived:
    """Nobody has reported anything under this reference."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """Received, and owed a decision."""

    reported: Concerns


@dataclass(frozen=True, slots=True)
class BecameCase:
    """Decided: a case began."""

    reported: Concerns
    decision: Accepted


@dataclass(frozen=True, slots=True)
class Dismissed:
    """Decided: no case began."""

    reported: Concerns
    decision: ScreenedOut


Command = Receive | Accept | ScreenOut
Event = Received | Accepted | ScreenedOut
State = Unreceived | Waiting | BecameCase | Dismissed

INITIAL: State = Unreceived()


def believable(occurred_at: datetime, now: datetime) -> bool:
    """Whether a concern can have arisen at that moment, as seen from now."""
    return OCCURRED_EARLIEST <= occurred_at <= now + AHEAD_OF_CLOCK_MAX


def decide(state: State, command: Command) -> list[Event]:
    """What happens next: asking twice adds nothing, asking the impossible is refused."""
    match state, command:
        case Unreceived(), Receive(reported, received_at, received_by):
            return [Received(reported, received_at, received_by)]
        case Waiting(), Accept(needs=()):
            raise Refused("no_needs", "A case opens with at least one need; name what the child needs.")
        case Waiting(), Accept(assessment, needs, case, institution, screened_at, screened_by):
            return [Accepted(assessment, needs, case, institution, screened_at, screened_by)]
        case Waiting(), ScreenOut(assessment, reason, screened_at, screened_by):
            return [ScreenedOut(assessment, reason, screened_at, screened_by)]
        # The same request, heard again.
        case ((Waiting(reported) | BecameCase(reported) | Dismissed(reported)), Receive(again)) if again == reported:
            return []
        case BecameCase(decision=decision), Accept() if _same_acceptance(decision, command):
            return []
        case Dismissed(decision=decision), ScreenOut() if _same_dismissal(decision, command):
            return []
        case Unreceived(), Accept() | ScreenOut():
            raise Refused("report_unknown", "There is no report under this reference; check it and ask again.")
        case _, Receive():
            raise Refused("report_exists", "Another report has this reference; send yours under a new one.")
        case _:
            raise Refused("report_decided", "This report is already screened; read it to see what was decided.")


def evolve(state: State, event: Event) -> State:
    """What is true afterwards. Knows no rules and never refuses."""
    match event:
        case Received(reported=reported):
            return Waiting(reported)
        case Accepted():
            return BecameCase(reported_in(state), event)
        case ScreenedOut():
            return Dismissed(reported_in(state), event)


def reported_in(state: State) -> Concerns:
    """What was reported; a decision in a stream without a report is a broken stream, not a rule."""
    match state:
        case Waiting(reported) | BecameCase(reported) | Dismissed(reported):
            return reported
        case Unreceived():
            raise LookupError("a report was decided before it was received")


def _same_acceptance(decided: Accepted, again: Accept) -> bool:
    """A repeat may come at another time, from a colleague, with a fresh case reference: the decision is what counts."""
    return (decided.assessment, set(decided.needs)) == (again.assessment, set(again.needs))


def _same_dismissal(decided: ScreenedOut, again: ScreenOut) -> bool:
    return (decided.assessment, decided.reason) == (again.assessment, again.reason)
