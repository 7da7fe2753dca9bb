"""A referral: one institution asks another to serve a child's need, and is owed an answer by a date.

Read `decide` as a table: each case is one cell of state × command. Silence is a mark on waiting, not a state of its
own, so a late answer is as good as any. Nothing here reads a clock, a file or a name.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from referral.words import (
    Accept,
    Accepted,
    Asked,
    CheckClock,
    Command,
    Complete,
    Completed,
    Decline,
    Declined,
    Escalated,
    Event,
    FellSilent,
    NoteUnserved,
    Send,
    Sent,
    Start,
    Started,
    Unmet,
    Unserved,
    Withdraw,
    Withdrawn,
)
from services.contracts.codes import DeclineReason, Outcome, WithdrawReason
from services.contracts.failures import Refused


@dataclass(frozen=True, slots=True)
class Unsent:
    """Nothing was asked yet."""


@dataclass(frozen=True, slots=True)
class NoReceiver:
    """There was nobody to ask."""

    unmet: Unmet


@dataclass(frozen=True, slots=True)
class Waiting:
    """An answer is owed; `next_check` is the dated step that comes if none arrives."""

    asked: Asked
    answer_by: datetime
    next_check: datetime
    silent_since: datetime | None = None
    step: int = 0


@dataclass(frozen=True, slots=True)
class TakenOn:
    """The receiver said yes; the service has not begun."""

    asked: Asked


@dataclass(frozen=True, slots=True)
class UnderWay:
    """The service has begun."""

    asked: Asked


@dataclass(frozen=True, slots=True)
class TurnedDown:
    """The receiver said no."""

    asked: Asked
    reason: DeclineReason


@dataclass(frozen=True, slots=True)
class LoopClosed:
    """The outcome is known."""

    asked: Asked
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class TakenBack:
    """The sender no longer asks."""

    asked: Asked
    reason: WithdrawReason


AfterSending = Waiting | TakenOn | UnderWay | TurnedDown | LoopClosed | TakenBack
State = Unsent | NoReceiver | AfterSending

INITIAL: State = Unsent()


def decide(state: State, command: Command) -> list[Event]:
    """What happens next: asking twice adds nothing, asking the impossible is refused."""
    match state, command:
        case Unsent(), Send(asked, answer_by, by, now):
            return [Sent(asked, answer_by, by, now)]
        case Unsent(), NoteUnserved(unmet, now):
            return [Unserved(unmet, now)]
        case Waiting(), Accept(by, now):
            return [Accepted(by, now)]
        case Waiting(), Decline(reason, by, now):
            return [Declined(reason, by, now)]
        case TakenOn(), Start(by, now):
            return [Started(by, now)]
        case UnderWay(), Complete(outcome, by, now):
            return [Completed(outcome, by, now)]
        case ((Waiting() | TakenOn()), Withdraw(reason, by, now)):
            return [Withdrawn(reason, by, now)]
        case UnderWay(), Withdraw(WithdrawReason.CASE_CLOSED as reason, by, now):
            return [Withdrawn(reason, by, now)]
        case Waiting(next_check=due), CheckClock(now, _) if now >= due:
            return [_in_silence(state, command)]
        case _ if _adds_nothing(state, command):
            return []
        case _:
            raise _refusal(state)


def evolve(state: State, event: Event) -> State:
    """What is true afterwards. Knows no rules and never refuses."""
    match event:
        case Sent(asked, answer_by):
            return Waiting(asked, answer_by, next_check=answer_by)
        case Unserved(unmet):
            return NoReceiver(unmet)
        case Accepted():
            return TakenOn(asked_in(state))
        case Declined(reason):
            return TurnedDown(asked_in(state), reason)
        case Started():
            return UnderWay(asked_in(state))
        case Completed(outcome):
            return LoopClosed(asked_in(state), outcome)
        case Withdrawn(reason):
            return TakenBack(asked_in(state), reason)
        case FellSilent(since, next_check):
            return replace(state, silent_since=since, next_check=next_check) if isinstance(state, Waiting) else state
        case Escalated(step, _, next_check):
            return replace(state, step=step, next_check=next_check) if isinstance(state, Waiting) else state


def next_step(state: State) -> datetime | None:
    """When the referral must be looked at again: while an answer is owed there is always such a date."""
    match state:
        case Waiting(next_check=due):
            return due
        case Unsent() | NoReceiver() | TakenOn() | UnderWay() | TurnedDown() | LoopClosed() | TakenBack():
            return None


def asked_in(state: State) -> Asked:
    """What was asked; an answer in a stream that asked nothing is a broken stream, not a rule."""
    match state:
        case Unsent() | NoReceiver():
            raise LookupError("a referral was answered before it was sent")
        case _:
            return state.asked


def _in_silence(waiting: Waiting, check: CheckClock) -> FellSilent | Escalated:
    """One step of silence: first the mark, then rung by rung, each dated from the step before it.

    A clock that jumped over several steps finds the next one due at once; only the repeats at the top count from now,
    so that a long absence ends in one call there and not in a burst.
    """
    now, ladder = check.now, check.ladder
    if waiting.silent_since is None:
        return FellSilent(since=waiting.answer_by, next_check=ladder.due(1, waiting.answer_by), at=now)
    step = waiting.step + 1
    since = now if ladder.repeats(step + 1) else waiting.next_check
    return Escalated(step, ladder.rung(step).unit, next_check=ladder.due(step + 1, since), at=now)


def _adds_nothing(state: State, command: Command) -> bool:
    """Whether nothing is due, or the same was asked before; a reference names one attempt, so its first word stands."""
    match state, command:
        case _, CheckClock():
            return True
        case _, Send() | NoteUnserved():
            return not isinstance(state, Unsent)
        case (TakenOn(), Accept()) | (UnderWay(), Start()):
            return True
        case TurnedDown(reason=reason), Decline(again):
            return again == reason
        case LoopClosed(outcome=outcome), Complete(again):
            return again == outcome
        case TakenBack(reason=reason), Withdraw(again):
            return again == reason
        case _:
            return False


def _refusal(state: State) -> Refused:
    match state:
        case Unsent():
            return Refused("not_sent", "There is no referral under this reference; check it and ask again.")
        case NoReceiver():
            return Refused("nobody_asked", "Nobody serves this need yet; send a new referral once somebody does.")
        case Waiting():
            return Refused("not_accepted", "The receiver has not answered yet; accept or decline the referral first.")
        case TakenOn():
            return Refused(
                "already_accepted", "The referral is accepted; start the service, or have the sender withdraw."
            )
        case UnderWay():
            return Refused("under_way", "The service is under way; report its outcome to complete the referral.")
        case TurnedDown():
            return Refused("already_declined", "The referral is declined; the sender may send a new one for this need.")
        case LoopClosed():
            return Refused(
                "already_completed", "The outcome is reported; send a new referral if the need is still there."
            )
        case TakenBack():
            return Refused(
                "already_withdrawn", "The sender took the referral back; close it on your side, nothing more is asked."
            )
