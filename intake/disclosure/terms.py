"""What an institution that is asked for help may read, and when: before it accepts the minimum, afterwards no more.

It opens nothing and reads no database: facts and policy data come in, a decision comes out.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Set
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from intake.progress import STANDING, Fact, Progress, What
from services.contracts.faults import Fault
from services.security.rights import Record

REMEDY = "let each need of the service catalogue stand in exactly one row"


class Part(StrEnum):
    """One thing that may be shared about a child."""

    AGE_BAND = "age_band"
    SEX = "sex"
    NAME = "name"
    BIRTH_DATE = "birth_date"
    ADDRESS = "address"
    NARRATIVE = "narrative"


CODES = frozenset({Part.AGE_BAND, Part.SEX})
"""What stands outside the vault anyway; everything else opens a seal."""


class Live(StrEnum):
    """Where a referral stands, as far as sharing goes: a state of the table of rights."""

    WAITING = "waiting"
    ACCEPTED = "accepted"
    ENDED = "ended"


LIVE = {
    Progress.SENT: Live.WAITING,
    Progress.SILENT: Live.WAITING,
    Progress.ACCEPTED: Live.ACCEPTED,
    Progress.UNDER_WAY: Live.ACCEPTED,
}


@dataclass(frozen=True, slots=True)
class Row:
    """Needs that are shared alike, and why."""

    why: str
    needs: tuple[str, ...]
    after_acceptance: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Terms:
    """The terms of sharing in one version."""

    version: int
    valid_from: date
    basis: str
    before_acceptance: tuple[Part, ...]
    rows: tuple[Row, ...]

    def parts(self, need: str, live: Live) -> tuple[Part, ...]:
        """What may be read for a need while its referral stands there; for a need nobody provided for, the minimum."""
        match live:
            case Live.WAITING:
                return self.before_acceptance
            case Live.ACCEPTED:
                rows = (row.after_acceptance for row in self.rows if need in row.needs)
                return next(rows, self.before_acceptance)
            case Live.ENDED:
                return ()


@dataclass(frozen=True, slots=True)
class Asked:
    """An institution that is asked to serve a need of a case, and where that stands."""

    referral: str
    need: str
    receiver: str
    live: Live


def asked_of(facts: Iterable[Fact]) -> Asked | None:
    """Who is asked by the referral that these facts are about, in whatever order they were heard; None if unknown."""
    known = tuple(facts)
    sent = next((fact for fact in known if fact.what is What.SENT), None)
    if sent is None or sent.referral is None or sent.need is None or sent.receiver is None:
        return None
    _, progress = max(STANDING[fact.what] for fact in known)
    return Asked(sent.referral, sent.need, sent.receiver, LIVE.get(progress, Live.ENDED))


def record_of_asked(unit: str, asked: Asked) -> Record:
    """What a decision about a right needs to know of what is shared: who receives it, and whether it is live."""
    return Record(unit=unit, receiver=asked.receiver, state=asked.live)


def term_faults(file: str, terms: Terms, needs: Set[str]) -> Iterator[Fault]:
    """Terms that forget a need, tell two things of one, or open a seal before anybody accepted."""
    for part in sorted(set(terms.before_acceptance) - CODES):
        yield Fault(file, "before_acceptance", f"{part} is sealed", "share it after acceptance only")
    times = Counter(need for row in terms.rows for need in row.needs)
    for need in sorted(needs - set(times)):
        yield Fault(file, f"rows[{need}]", "nothing says what is shared for this need", REMEDY)
    for need in sorted(set(times) - needs):
        yield Fault(file, f"rows[{need}]", "the service catalogue has no such need", REMEDY)
    for need in sorted(need for need, number in times.items() if number > 1):
        yield Fault(file, f"rows[{need}]", f"the need stands here {times[need]} times", REMEDY)
