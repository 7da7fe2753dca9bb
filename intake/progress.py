"""What became of each need of a case: facts are a set, so they mean the same in whatever order they were heard."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum


class What(StrEnum):
    """What can be heard about the referrals of a case."""

    SENT = "sent"
    SILENT = "silent"
    ESCALATED = "escalated"
    ACCEPTED = "accepted"
    UNDER_WAY = "under_way"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    COMPLETED = "completed"
    UNSERVED = "unserved"


class Progress(StrEnum):
    """Where a need stands."""

    OPEN = "open"
    SENT = "sent"
    SILENT = "silent"
    ACCEPTED = "accepted"
    UNDER_WAY = "under_way"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    COMPLETED = "completed"
    UNSERVED = "unserved"


STANDING: dict[What, tuple[int, Progress]] = {
    What.SENT: (0, Progress.SENT),
    What.SILENT: (1, Progress.SILENT),
    What.ESCALATED: (2, Progress.SILENT),
    What.ACCEPTED: (3, Progress.ACCEPTED),
    What.UNDER_WAY: (4, Progress.UNDER_WAY),
    What.DECLINED: (5, Progress.DECLINED),
    What.WITHDRAWN: (6, Progress.WITHDRAWN),
    What.COMPLETED: (7, Progress.COMPLETED),
    What.UNSERVED: (0, Progress.UNSERVED),
}
"""A referral only ever moves up these ranks, so the highest fact says where it stands, whatever was heard last."""

LIVE = frozenset({Progress.SENT, Progress.SILENT, Progress.ACCEPTED, Progress.UNDER_WAY})
CAME_TO_NOTHING = frozenset({Progress.DECLINED, Progress.WITHDRAWN})


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing heard about a case's referrals; `code` is the reason, the outcome or the unit it climbed to."""

    what: What
    at: datetime
    referral: str | None = None
    need: str | None = None
    receiver: str | None = None
    attempt: int | None = None
    step: int | None = None
    code: str | None = None


@dataclass(frozen=True, slots=True)
class NeedNow:
    """Where one need stands, and with which referral."""

    need: str
    progress: Progress
    referral: str | None = None
    receiver: str | None = None
    attempt: int | None = None
    step: int | None = None
    code: str | None = None
    since: datetime | None = None


def needs_now(needs: Iterable[str], facts: Iterable[Fact]) -> tuple[NeedNow, ...]:
    """Each need's present standing: the needs named at the opening first, then those that referrals added."""
    known = frozenset(facts)
    opened = tuple(dict.fromkeys(needs))
    added = sorted({fact.need for fact in known if fact.need} - set(opened))
    return tuple(_need_now(need, known) for need in (*opened, *added))


def timeline(facts: Iterable[Fact]) -> tuple[Fact, ...]:
    """The facts in the order they happened, each with the need its referral was sent for."""
    known = frozenset(facts)
    sent_for = {fact.referral: fact.need for fact in known if fact.what is What.SENT}
    told = (replace(fact, need=fact.need or sent_for.get(fact.referral)) for fact in known)
    return tuple(sorted(told, key=lambda fact: (fact.at, *_height(fact), fact.referral or "")))


def live_referrals(facts: Iterable[Fact]) -> tuple[str, ...]:
    """The referrals from which something is still to come, as far as is known."""
    highest: dict[str, Fact] = {}
    for fact in facts:
        if fact.referral:
            highest[fact.referral] = max(fact, highest.get(fact.referral, fact), key=_height)
    return tuple(sorted(ref for ref, fact in highest.items() if STANDING[fact.what][1] in LIVE))


def _need_now(need: str, facts: frozenset[Fact]) -> NeedNow:
    attempts = [fact for fact in facts if fact.what is What.SENT and fact.need == need]
    unserved = max((fact.at for fact in facts if fact.what is What.UNSERVED and fact.need == need), default=None)
    if not attempts:
        return NeedNow(need, Progress.UNSERVED if unserved else Progress.OPEN, since=unserved)
    latest = _referral_now(need, max(attempts, key=lambda fact: (fact.attempt or 0, *_height(fact))), facts)
    if unserved and latest.progress in CAME_TO_NOTHING and (latest.since is None or unserved >= latest.since):
        return NeedNow(need, Progress.UNSERVED, since=unserved)
    return latest


def _referral_now(need: str, sent: Fact, facts: frozenset[Fact]) -> NeedNow:
    """Where the referral of one `sent` fact stands."""
    highest = max((fact for fact in facts if fact.referral == sent.referral), key=_height)
    progress = STANDING[highest.what][1]
    return NeedNow(
        need, progress, sent.referral, sent.receiver, sent.attempt, highest.step, highest.code, since=highest.at
    )


def _height(fact: Fact) -> tuple[int, int, datetime, str]:
    """How far a fact stands on the way of its referral; the last parts only settle ties, the same way for everybody."""
    return STANDING[fact.what][0], fact.step or 0, fact.at, fact.code or ""
