"""What referral hears from intake, as commands of its own: each need of a new case becomes one referral or is unserved,
and whatever still runs for a case that closed is taken back.

Hearing a case twice asks nobody twice, because an attempt's reference follows from the case and the need.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime

from referral.attempts import reference
from referral.terms import Terms
from referral.words import Asked, NoteUnserved, Send, Unmet, Withdraw
from services.contracts.codes import WithdrawReason
from services.contracts.intake import CaseOpened

BY_RULE = "system"
"""The account of what nobody asked for by hand."""
FIRST_ATTEMPT = 1


def firsts_of(opened: CaseOpened) -> Iterator[str]:
    """The references of the first attempts at the needs of a case."""
    return (reference(opened.case, need, FIRST_ATTEMPT) for need in opened.needs)


def react(opened: CaseOpened, terms: Terms, now: datetime) -> Iterator[tuple[str, Send | NoteUnserved]]:
    """One command for each need; the time to answer runs from now, when the receiver is asked, not from the opening."""
    for need in sorted(set(opened.needs)):
        yield reference(opened.case, need, FIRST_ATTEMPT), _first_attempt(opened, need, terms, now)


def take_back(live: Iterable[str], now: datetime) -> Iterator[tuple[str, Withdraw]]:
    """One command for each live referral of a case that closed, also where the service has begun."""
    for ref in live:
        yield ref, Withdraw(WithdrawReason.CASE_CLOSED, BY_RULE, now)


def _first_attempt(opened: CaseOpened, need: str, terms: Terms, now: datetime) -> Send | NoteUnserved:
    case, unit, sender, risk = opened.case, opened.unit, opened.institution, opened.risk
    receiver = terms.receiver(unit, need, sender)
    if receiver is None:
        above = terms.coordinating_unit(unit)
        return NoteUnserved(Unmet(case, unit, need, sender, above, FIRST_ATTEMPT, risk), now)
    asked = Asked(case, unit, need, sender, receiver, FIRST_ATTEMPT, risk)
    return Send(asked, terms.answer_by(unit, risk, now), BY_RULE, now)
