"""How intake's events change the rows people read; a rebuild runs the same functions over the same events.

No name and no sentence passes here, because no event holds one.
"""

from collections.abc import Iterator

from intake.case import Closed, Noted, Opened
from intake.case import Event as CaseEvent
from intake.report import Accepted, Received, ScreenedOut
from intake.report import Event as ReportEvent
from services.contracts.codes import ScreenedOutReason, ScreeningOutcome
from services.storage.decider import Change
from services.storage.stamp import Stamp


def show_report(ref: str, event: ReportEvent, _: Stamp) -> Iterator[Change]:
    """The rows of a report."""
    match event:
        case Received(it, received_at, received_by):
            row = (ref, it.unit, it.channel, it.reporter_kind, it.reporter_institution, it.anonymous, [*it.concerns])
            more = (it.immediate_danger, it.occurred_at, received_at, received_by)
            yield Change("show_report_received", row + more)
        case Accepted():
            yield _screened(ref, event, ScreeningOutcome.ACCEPTED, event.case, None)
        case ScreenedOut():
            yield _screened(ref, event, ScreeningOutcome.SCREENED_OUT, None, event.reason)


def _screened(
    ref: str,
    event: Accepted | ScreenedOut,
    outcome: ScreeningOutcome,
    case: str | None,
    reason: ScreenedOutReason | None,
) -> Change:
    made = event.assessment
    row = (ref, outcome, case, reason, made.instrument, made.score, made.scored, made.risk)
    return Change("show_report_screened", (*row, event.screened_at, event.screened_by))


def show_case(ref: str, event: CaseEvent, _: Stamp) -> Iterator[Change]:
    """The rows of a case."""
    match event:
        case Opened(it, opened_at, opened_by):
            opened = (ref, it.unit, it.institution, it.report, it.risk, [*it.needs], it.age_band, it.sex)
            yield Change("show_case_opened", (*opened, opened_at, opened_by))
        case Noted(it):
            fact = (ref, it.what, it.at, it.referral, it.need, it.receiver, it.attempt, it.step, it.code)
            yield Change("show_case_fact", fact)
        case Closed(outcome, closed_at, closed_by):
            yield Change("show_case_closed", (ref, outcome, closed_at, closed_by))
