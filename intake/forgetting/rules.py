"""Whether a person may be forgotten now: what is still owed, held or kept by law says no, with the reason.

Read `check` as a table. It knows no name, no key and no clock.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from intake.forgetting.terms import Retention
from services.contracts.codes import ForgettingGround
from services.contracts.failures import Refused


class HoldReason(StrEnum):
    """Why nothing about a person may go, whatever the period of retention."""

    COURT = "court"
    PROSECUTOR = "prosecutor"
    COMPLAINT = "complaint"
    INSPECTION = "inspection"


@dataclass(frozen=True, slots=True)
class Matter:
    """One report that a person stands in, and the case that it became; `last_at` is its last dated step."""

    report: str
    unit: str
    decided: bool
    last_at: datetime
    case: str | None = None
    institution: str | None = None
    closed: bool = False


def check(
    matters: Iterable[Matter], hold: HoldReason | None, ground: ForgettingGround, terms: Retention, now: datetime
) -> None:
    """Refuse with the reason, where anything says no."""
    if hold is not None:
        raise Refused("legal_hold", f"A hold binds ({hold}): whoever set it releases it when it is over.")
    for matter in matters:
        if not matter.decided:
            raise Refused("report_undecided", f"{matter.report} waits for its decision: screen it first.")
        if matter.case and not matter.closed:
            raise Refused("case_open", f"{matter.case} is open: close it first.")
        until = terms.kept_until(matter.last_at, is_case=matter.case is not None)
        if terms.waits(ground) and now.date() < until:
            raise Refused(
                "retention_binds", f"The law keeps it until {until}, by version {terms.version} of the terms."
            )
