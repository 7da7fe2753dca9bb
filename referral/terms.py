"""On which terms a need is served: who can be asked, by when they owe an answer, and where their silence climbs to.

Policy and directory as values; it never reads a file or a clock.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from referral.directory import Directory, Institution
from referral.ladder import Ladder, ladder_from
from services.contracts.calendars import Calendar
from services.contracts.codes import RiskBand
from services.contracts.units import UnitTree


@dataclass(frozen=True, slots=True)
class Terms:
    """The country's units and calendars beside the institutions that serve in them."""

    units: UnitTree
    calendars: Mapping[str, Calendar]
    directory: Directory

    def serving(self, unit: str, need: str) -> tuple[Institution, ...]:
        """Who serves a need for a unit, nearest first."""
        return self.directory.serving(unit, need, self.units)

    def receiver(self, unit: str, need: str, sender: str) -> str | None:
        """Whom to ask first; the sender itself only where nobody else serves the need."""
        serving = [institution.code for institution in self.serving(unit, need)]
        others = [code for code in serving if code != sender]
        return next(iter([*others, *serving]), None)

    def answer_by(self, unit: str, risk: RiskBand, asked_at: datetime) -> datetime:
        """The end of the working day by which an answer is owed, in the calendar of the unit."""
        return self.calendar(unit).due(asked_at, self.units.unit(unit).answer_days(risk))

    def ladder(self, unit: str, risk: RiskBand) -> Ladder:
        """Where the silence of whoever was asked for this unit climbs to."""
        return ladder_from(self.units, unit, risk, self.calendar(unit))

    def coordinating_unit(self, unit: str) -> str:
        """Who must hear that nobody serves a need of this unit."""
        return self.units.unit(unit).coordinating_unit

    def calendar(self, unit: str) -> Calendar:
        """The working days that count in a unit."""
        return self.calendars[self.units.unit(unit).calendar]
