"""The words of a referral: what may be asked and what may happen; `referral.py` holds where it stands and the rules.

References, codes, accounts and dates only: no word here can carry a name or a sentence about anybody.
"""

from dataclasses import dataclass
from datetime import datetime

from referral.ladder import Ladder
from services.contracts.codes import DeclineReason, Outcome, RiskBand, WithdrawReason

# What is asked


@dataclass(frozen=True, slots=True)
class Asked:
    """Which need of which case one institution asks another to serve; the same from the first event to the last."""

    case: str
    unit: str
    need: str
    sender: str
    receiver: str
    attempt: int
    risk: RiskBand


@dataclass(frozen=True, slots=True)
class Unmet:
    """A need of a case that no institution on the way up serves."""

    case: str
    unit: str
    need: str
    sender: str
    coordinating_unit: str
    attempt: int
    risk: RiskBand


# Commands


@dataclass(frozen=True, slots=True)
class Send:
    """Ask the receiver, who has until `answer_by`."""

    asked: Asked
    answer_by: datetime
    by: str
    now: datetime


@dataclass(frozen=True, slots=True)
class NoteUnserved:
    """Record that there is nobody to ask."""

    unmet: Unmet
    now: datetime


@dataclass(frozen=True, slots=True)
class Accept:
    """Take the referral on."""

    by: str
    now: datetime


@dataclass(frozen=True, slots=True)
class Decline:
    """Say no, and why."""

    reason: DeclineReason
    by: str
    now: datetime


@dataclass(frozen=True, slots=True)
class Start:
    """Begin the service."""

    by: str
    now: datetime


@dataclass(frozen=True, slots=True)
class Complete:
    """Report what came of the service."""

    outcome: Outcome
    by: str
    now: datetime


@dataclass(frozen=True, slots=True)
class Withdraw:
    """Take the question back."""

    reason: WithdrawReason
    by: str
    now: datetime


@dataclass(frozen=True, slots=True)
class CheckClock:
    """Look whether the next dated step has come; `ladder` says where silence goes from here."""

    now: datetime
    ladder: Ladder


# Events


@dataclass(frozen=True, slots=True)
class Sent:
    """The receiver was asked."""

    asked: Asked
    answer_by: datetime
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Unserved:
    """There was nobody to ask."""

    unmet: Unmet
    at: datetime


@dataclass(frozen=True, slots=True)
class Accepted:
    """The receiver took the referral on."""

    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Declined:
    """The receiver said no."""

    reason: DeclineReason
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Started:
    """The service began."""

    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Completed:
    """The receiver reported an outcome."""

    outcome: Outcome
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """The sender took the question back."""

    reason: WithdrawReason
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class FellSilent:
    """The answer-by date passed without an answer."""

    since: datetime
    next_check: datetime
    at: datetime


@dataclass(frozen=True, slots=True)
class Escalated:
    """Still silent: a unit above was called."""

    step: int
    to_unit: str
    next_check: datetime
    at: datetime


Command = Send | NoteUnserved | Accept | Decline | Start | Complete | Withdraw | CheckClock
Event = Sent | Unserved | Accepted | Declined | Started | Completed | Withdrawn | FellSilent | Escalated
