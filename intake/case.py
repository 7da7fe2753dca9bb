"""A case: an episode in which a centre for social work cares for one child, and what became of each of its needs.

Read `decide` as a table. What referral says may be heard in any order, even before the opening: it ends the same.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from intake.progress import Fact, live_referrals
from services.contracts.codes import AgeBand, CaseOutcome, RiskBand, Sex
from services.contracts.failures import Refused

# Commands


@dataclass(frozen=True, slots=True)
class Episode:
    """What a case is about; the child behind it is known to the vault alone."""

    unit: str
    institution: str
    report: str
    risk: RiskBand
    needs: tuple[str, ...]
    pseudonym: str
    age_band: AgeBand
    sex: Sex


@dataclass(frozen=True, slots=True)
class Open:
    """Begin the case that a report led to."""

    episode: Episode
    opened_at: datetime
    opened_by: str


@dataclass(frozen=True, slots=True)
class Note:
    """Keep a fact that referral announced."""

    fact: Fact


@dataclass(frozen=True, slots=True)
class Close:
    """End the care."""

    outcome: CaseOutcome
    closed_at: datetime
    closed_by: str


# Events


@dataclass(frozen=True, slots=True)
class Opened:
    """The case began."""

    episode: Episode
    opened_at: datetime
    opened_by: str


@dataclass(frozen=True, slots=True)
class Noted:
    """A fact about one of its referrals became known."""

    fact: Fact


@dataclass(frozen=True, slots=True)
class Closed:
    """The care ended."""

    outcome: CaseOutcome
    closed_at: datetime
    closed_by: str


# States


@dataclass(frozen=True, slots=True)
class Unopened:
    """Not begun here; facts may already be known, because nothing orders two topics."""

    facts: frozenset[Fact] = frozenset()


@dataclass(frozen=True, slots=True)
class InCare:
    """Begun, with everything known about its referrals."""

    episode: Episode
    opened_at: datetime
    facts: frozenset[Fact] = frozenset()


@dataclass(frozen=True, slots=True)
class CareEnded:
    """Closed for good; what is heard about its referrals afterwards is still kept."""

    episode: Episode
    opened_at: datetime
    outcome: CaseOutcome
    closed_at: datetime
    facts: frozenset[Fact] = frozenset()


Command = Open | Note | Close
Event = Opened | Noted | Closed
State = Unopened | InCare | CareEnded

INITIAL: State = Unopened()


def decide(state: State, command: Command) -> list[Event]:
    """What happens next: a fact heard twice adds nothing, a case is opened once and closed once."""
    match state, command:
        case Unopened(), Open(episode, opened_at, opened_by):
            return [Opened(episode, opened_at, opened_by)]
        case ((InCare(episode) | CareEnded(episode)), Open(again)) if again == episode:
            return []
        case _, Note(fact):
            return [] if fact in state.facts else [Noted(fact)]
        case InCare(facts=facts), Close(outcome, closed_at, closed_by) if not live_referrals(facts):
            return [Closed(outcome, closed_at, closed_by)]
        case CareEnded(outcome=outcome), Close(outcome=again) if again is outcome:
            return []
        case _:
            raise _refusal(state, command)


def evolve(state: State, event: Event) -> State:
    """What is true afterwards. Knows no rules and never refuses."""
    match state, event:
        case _, Opened(episode, opened_at):
            return InCare(episode, opened_at, state.facts)
        case _, Noted(fact):
            return replace(state, facts=state.facts | {fact})
        case InCare(episode, opened_at, facts), Closed(outcome, closed_at):
            return CareEnded(episode, opened_at, outcome, closed_at, facts)
        case _:
            return state


def _refusal(state: State, command: Command) -> Refused:
    match state, command:
        case InCare(facts=facts), Close():
            live = ", ".join(live_referrals(facts))
            return Refused("referral_live", f"Still live: {live}. Withdraw them or wait for their end, then close.")
        case CareEnded(outcome=outcome), Close():
            return Refused("case_closed", f"The case is closed as {outcome}, and a closing is not changed.")
        case Unopened(), Close():
            return Refused("case_unopened", "This case was never opened here: check its reference.")
        case _:
            return Refused("case_open", "Another case has this reference; open yours under a new one.")
