"""Where silence climbs to, and after how many working days each time; it never reads a file or a clock."""

from dataclasses import dataclass
from datetime import datetime

from services.contracts.calendars import Calendar
from services.contracts.codes import RiskBand
from services.contracts.units import UnitTree


@dataclass(frozen=True, slots=True)
class Rung:
    """A unit that must hear of a silent referral, once this many working days more have passed in silence."""

    unit: str
    after_working_days: int


@dataclass(frozen=True, slots=True)
class Ladder:
    """The rungs in the order they are climbed; the top one is climbed again and again until somebody acts."""

    rungs: tuple[Rung, ...]
    calendar: Calendar

    def __post_init__(self) -> None:
        if not self.rungs or any(rung.after_working_days < 1 for rung in self.rungs):
            raise ValueError("a ladder needs a rung, and every rung a working day: else silence could end nowhere")

    def rung(self, step: int) -> Rung:
        """The rung of step 1, 2, …; beyond the top it is the top."""
        return self.rungs[min(step, len(self.rungs)) - 1]

    def repeats(self, step: int) -> bool:
        """Whether the step repeats the top instead of reaching a new unit."""
        return step > len(self.rungs)

    def due(self, step: int, moment: datetime) -> datetime:
        """When a step is to be taken, counted from the one before it."""
        return self.calendar.due(moment, self.rung(step).after_working_days)


def ladder_from(tree: UnitTree, unit: str, risk: RiskBand, calendar: Calendar) -> Ladder:
    """The ladder of a unit: its coordinating unit first, then whatever lies above that."""
    here = tree.unit(unit)
    above = tree.path_up(unit)
    return Ladder(tuple(Rung(each.code, here.escalation_days(risk, step)) for step, each in enumerate(above)), calendar)
