"""A need and the attempts at having it served: one live referral at a time, each attempt with a reference of its own.

The need arrives as a value that was read under a lock; nothing here reads or writes one.
"""

from dataclasses import dataclass
from datetime import datetime

from referral.terms import Terms
from referral.words import Asked, Send
from services.contracts.codes import RiskBand
from services.contracts.failures import Refused
from services.contracts.ids import derived_reference


@dataclass(frozen=True, slots=True)
class Need:
    """A need of a case: how often it was asked for, and the referral that is live for it."""

    case: str
    need: str
    unit: str
    sender: str
    risk: RiskBand
    attempts: int
    live: str | None
    case_closed: bool = False


def reference(case: str, need: str, attempt: int) -> str:
    """The reference of one attempt: whoever asks for it again meets the same stream."""
    return derived_reference("F", case, need, str(attempt))


def ask_again(need: Need, receiver: str, terms: Terms, by: str, now: datetime) -> tuple[str, Send]:
    """The next attempt, to the institution that somebody chose."""
    if need.case_closed:
        raise Refused("case_closed", "The case is closed, so nobody is asked any more: a new report opens a new case.")
    if need.live is not None:
        raise Refused(
            "need_has_live_referral", f"{need.live} is live for this need; wait for its answer or withdraw it."
        )
    serving = [institution.code for institution in terms.serving(need.unit, need.need)]
    if receiver not in serving:
        raise Refused(
            "need_not_served",
            "This institution does not serve the need here; GET /referral/v1/institutions tells who does.",
        )
    attempt = need.attempts + 1
    asked = Asked(need.case, need.unit, need.need, need.sender, receiver, attempt, need.risk)
    answer_by = terms.answer_by(need.unit, need.risk, now)
    return reference(need.case, need.need, attempt), Send(asked, answer_by, by, now)
