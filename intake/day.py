"""A caseworker's day: which open cases ask for something now, why, and since when. It reads no clock."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from intake.progress import Fact, NeedNow, Progress, needs_now
from services.contracts.codes import RiskBand

BANDS = tuple(RiskBand)


class Why(StrEnum):
    """What a case asks of its centre, the most pressing first."""

    UNSERVED = "unserved"
    DECLINED = "declined"
    SILENT = "silent"
    ALL_MET = "all_met"
    NOTHING = "nothing"


ASKS = {
    Progress.UNSERVED: Why.UNSERVED,
    Progress.DECLINED: Why.DECLINED,
    Progress.WITHDRAWN: Why.DECLINED,
    Progress.SILENT: Why.SILENT,
}
REASONS = tuple(Why)


@dataclass(frozen=True, slots=True)
class OpenCase:
    """One open case as a line of the day."""

    case: str
    unit: str
    risk: RiskBand
    opened_at: datetime
    opened_by: str
    needs: tuple[NeedNow, ...]

    @property
    def why(self) -> Why:
        """The most pressing of what its needs ask."""
        if self.needs and all(need.progress is Progress.COMPLETED for need in self.needs):
            return Why.ALL_MET
        asked = [ASKS[need.progress] for need in self.needs if need.progress in ASKS]
        return min(asked, key=REASONS.index, default=Why.NOTHING)

    @property
    def about(self) -> tuple[NeedNow, ...]:
        """The needs that ask for it."""
        return tuple(need for need in self.needs if ASKS.get(need.progress) is self.why)

    @property
    def since(self) -> datetime:
        """Since when it asks, or since when it is open."""
        return min((need.since for need in self.about if need.since), default=self.opened_at)


@dataclass(frozen=True, slots=True)
class Day:
    """The open cases of a centre as one of its people sees them: those that ask for something first."""

    mine: tuple[OpenCase, ...]
    others: tuple[OpenCase, ...]


def day_of(account: str, rows: Sequence[Any], facts: Mapping[str, Iterable[Fact]]) -> Day:
    """The day of an account, from the rows of its centre's open cases and the facts of each."""
    cases = sorted((_open_case(row, facts.get(row["case"], ())) for row in rows), key=_urgency)
    return Day(
        mine=tuple(case for case in cases if case.opened_by == account),
        others=tuple(case for case in cases if case.opened_by != account),
    )


def _open_case(row: Any, facts: Iterable[Fact]) -> OpenCase:
    opened = (row["opened_at"], row["opened_by"])
    return OpenCase(row["case"], row["unit"], RiskBand(row["risk"]), *opened, needs_now(row["needs"], facts))


def _urgency(case: OpenCase) -> tuple[int, int, datetime, str]:
    return REASONS.index(case.why), -BANDS.index(case.risk), case.since, case.case
