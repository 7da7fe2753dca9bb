"""Everything that leaves intake is written here, and nowhere else: references, codes, bands and dates.

No name, contact, address, birth date or sentence passes this file; it is the one a privacy officer reads.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime

from intake.access_log.chain import Head
from intake.case import CareEnded, Closed, Opened
from intake.case import Event as CaseEvent
from intake.case import State as CaseState
from intake.report import Accepted, Received, ScreenedOut, reported_in
from intake.report import Event as ReportEvent
from intake.report import State as ReportState
from services.contracts.codes import ForgettingGround, Role, ScreenedOutReason, ScreeningOutcome
from services.contracts.intake import (
    AccessLogSealed,
    CaseClosed,
    CaseOpened,
    CaseWalkStopped,
    PeopleMerged,
    PersonForgotten,
    ReportReceived,
    ReportScreened,
)


def announce_report(ref: str, state: ReportState, event: ReportEvent) -> Iterator[ReportReceived | ReportScreened]:
    """What others learn about a report; whose institution an unnamed reporter belongs to stays here."""
    match event:
        case Received(reported, received_at):
            yield ReportReceived(
                report=ref,
                unit=reported.unit,
                channel=reported.channel,
                reporter_kind=reported.reporter_kind,
                reporter_institution=None if reported.anonymous else reported.reporter_institution,
                anonymous=reported.anonymous,
                concerns=reported.concerns,
                immediate_danger=reported.immediate_danger,
                occurred_at=reported.occurred_at,
                received_at=received_at,
            )
        case Accepted():
            yield _screened(ref, state, event, ScreeningOutcome.ACCEPTED, event.case, None)
        case ScreenedOut():
            yield _screened(ref, state, event, ScreeningOutcome.SCREENED_OUT, None, event.reason)


def _screened(
    ref: str,
    state: ReportState,
    event: Accepted | ScreenedOut,
    outcome: ScreeningOutcome,
    case_ref: str | None,
    reason: ScreenedOutReason | None,
) -> ReportScreened:
    """The decision in codes: the band counts, the answers that led to it stay here."""
    return ReportScreened(
        report=ref,
        unit=reported_in(state).unit,
        outcome=outcome,
        case=case_ref,
        risk=event.assessment.risk,
        overridden=event.assessment.overridden,
        reason=reason,
        instrument=event.assessment.instrument,
        screened_at=event.screened_at,
    )


def announce_case(ref: str, state: CaseState, event: CaseEvent) -> Iterator[CaseOpened | CaseClosed]:
    """What others learn about a case; what intake heard from others is not said again."""
    match state, event:
        case _, Opened(episode, opened_at):
            yield CaseOpened(
                case=ref,
                unit=episode.unit,
                report=episode.report,
                institution=episode.institution,
                risk=episode.risk,
                needs=episode.needs,
                pseudonym=episode.pseudonym,
                age_band=episode.age_band,
                sex=episode.sex,
                opened_at=opened_at,
            )
        case CareEnded(episode, opened_at), Closed(outcome, closed_at):
            yield CaseClosed(
                case=ref,
                unit=episode.unit,
                institution=episode.institution,
                needs=episode.needs,
                outcome=outcome,
                opened_at=opened_at,
                closed_at=closed_at,
            )
        case _:
            return


def announce_walk(
    walk: str, unit: str, institution: str, roles: Iterable[str], tries: int, stopped_at: datetime
) -> CaseWalkStopped:
    """That somebody of an institution was stopped; an event lasts for ever, so who it was stays here."""
    return CaseWalkStopped(walk, unit, institution, tuple(Role(role) for role in roles), tries, stopped_at)


def announce_head(head: Head, unit: str, at: datetime) -> AccessLogSealed:
    """What others keep of the log of who opened what: how long it is and its last link, nothing of what it says."""
    return AccessLogSealed(log="intake.access_log", unit=unit, length=head.length, head=head.hash.hex(), sealed_at=at)


def announce_forgotten(person: str, unit: str, ground: ForgettingGround, at: datetime) -> PersonForgotten:
    """That a person was forgotten, by the random reference that nothing else outside intake ever bore."""
    return PersonForgotten(person=person, unit=unit, ground=ground, forgotten_at=at)


def announce_merged(unit: str, year: int, pseudonym: str, into_pseudonym: str, at: datetime) -> PeopleMerged:
    """That two words of a year mean one child; no reference of a person stands beside a word, here or anywhere."""
    return PeopleMerged(unit=unit, year=year, pseudonym=pseudonym, into_pseudonym=into_pseudonym, merged_at=at)
