"""A case: an episode in which a centre for social work cares for one child, and what became of each of its needs.

Read `decide` as a table. What referral says may be heard in any order, even before the opening: it ends the same.
"""

from dataclasses import dataclass
from datetime import datetime

from intake.progress import Fact
from services.contracts.codes import AgeBand, RiskBand, Sex
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


# States


@dataclass(frozen=True, slots=True)
class Unopened:
    """Not begun here; facts may already be known, because nothing orders two topics."""

    facts: frozenset[Fact] = frozenset()


@dataclass(frozen=True, slots=True)
class InCare:
    """Begun, with everything known about its referrals."""

    episode: Episode
    facts: frozenset[Fact] = frozenset()


Command = Open | Note
Event = Opened | Noted
State = Unopened | InCare

INITIAL: State = Unopened()


def decide(state: State, command: Command) -> list[Event]:
    """What happens next: a fact heard twice adds nothing, and a case is opened once."""
    match state, command:
        case Unopened(), Open(episode, opened_at, opened_by):
            return [Opened(episode, opened_at, opened_by)]
        case InCare(episode), Open(again) if again == episode:
            return []
        case ((Unopened(facts) | InCare(facts=facts)), Note(fact)):
            return [] if fact in facts else [Noted(fact)]
        case _:
            raise Refused("case_open", "Another case has this reference; open yours under a new one.")


def evolve(state: State, event: Event) -> State:
    """What is true afterwards. Knows no rules and never refuses."""
    match state, event:
        case ((Unopened(facts) | InCare(facts=facts)), Opened(episode)):
            return InCare(episode, facts)
        case Unopened(facts), Noted(fact):
            return Unopened(facts | {fact})
        case InCare(episode, facts), Noted(fact):
            return InCare(episode, facts | {fact})
