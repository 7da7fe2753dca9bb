"""The alert catalogue: for each thing that must be heard, how loud it is, who hears it first, and who next in silence.

It is data with a version; nothing here reads a file or a clock, or knows which institution a place means in a case.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from services.contracts.calendars import Calendar
from services.contracts.codes import DeskPurpose, InstitutionKind, RiskBand, Severity
from services.contracts.failures import Malformed
from services.contracts.names import Names

BANDS = tuple(RiskBand)
SEVERITIES = tuple(Severity)


class Place(StrEnum):
    """Where an audience is, seen from what the alert is about."""

    SENDER = "sender"
    """The institution that asks."""
    RECEIVER = "receiver"
    """The institution that was asked."""
    UNIT = "unit"
    """The institutions of one kind in the unit it happened in."""
    TO_UNIT = "to_unit"
    """The other unit an event names: its authority, or its institutions of one kind."""
    COORDINATING = "coordinating"
    """The authority of the coordinating unit of the unit it happened in."""
    TO_COORDINATING = "to_coordinating"
    """The authority of the coordinating unit of the other unit."""
    ENTITY = "entity"
    """The authority of the entity or the district: the first such unit on the path up."""


@dataclass(frozen=True, slots=True)
class Audience:
    """A desk, told by its place; `role` says in words who sits there for this alert."""

    place: Place
    desk: DeskPurpose
    role: str
    kind: InstitutionKind | None = None


@dataclass(frozen=True, slots=True)
class WorkingDays:
    """A time counted in days on which the unit's offices work."""

    working_days: int


Wait = timedelta | WorkingDays


def wait_ends(wait: Wait, moment: datetime, calendar: Calendar) -> datetime:
    """When a time that began at a moment is over."""
    match wait:
        case WorkingDays(days):
            return calendar.due(moment, days)
        case timedelta():
            return moment + wait


@dataclass(frozen=True, slots=True)
class Step:
    """Who hears it next, that long after the step before while nobody has acknowledged it."""

    to: tuple[Audience, ...]
    after: Wait


@dataclass(frozen=True, slots=True)
class Louder:
    """A severity that counts from a risk band, or from so many days before (-) or after a date, upwards."""

    severity: Severity
    from_risk: RiskBand | None = None
    from_day: int | None = None

    def counts(self, risk: RiskBand | None, day: int | None) -> bool:
        """Whether it counts for this risk on this day."""
        by_risk = self.from_risk is None or (risk is not None and BANDS.index(risk) >= BANDS.index(self.from_risk))
        by_day = self.from_day is None or (day is not None and day >= self.from_day)
        return by_risk and by_day


@dataclass(frozen=True, slots=True)
class AlertRule:
    """One row of the catalogue; without `acknowledge_within` the alert is for information only."""

    code: str
    trigger: str
    basis: str
    severity: Severity
    title: Names
    reason: Names
    first: tuple[Audience, ...]
    acknowledge_within: Wait | None = None
    steps: tuple[Step, ...] = ()
    repeat_top_after: Wait | None = None
    louder: tuple[Louder, ...] = ()
    days: tuple[int, ...] = ()
    """The days, before (-) or after the date that is watched, on which it is raised."""

    @property
    def for_information(self) -> bool:
        """Whether nobody has to acknowledge it."""
        return self.acknowledge_within is None

    def severity_for(self, risk: RiskBand | None = None, day: int | None = None) -> Severity:
        """How loud it is for a case of this risk, so many days before (-) or after the date that is watched."""
        louder = (each.severity for each in self.louder if each.counts(risk, day))
        return max((self.severity, *louder), key=SEVERITIES.index)

    def audience(self, step: int) -> tuple[Audience, ...]:
        """Who hears step 1, 2, …; beyond the top it is the top again."""
        return (self.first, *(each.to for each in self.steps))[min(step, self.top) - 1]

    @property
    def top(self) -> int:
        """The number of the last step, which repeats."""
        return 1 + len(self.steps)

    def wait_after(self, step: int) -> Wait | None:
        """How long after step 1, 2, … the next one comes if nobody acknowledges; None when nobody has to."""
        return self.steps[step - 1].after if step < self.top else self.repeat_top_after


@dataclass(frozen=True, slots=True)
class AlertCatalogue:
    """Every alert of the house in one version."""

    version: int
    valid_from: date
    alerts: tuple[AlertRule, ...]

    def __iter__(self) -> Iterator[AlertRule]:
        return iter(self.alerts)

    def rule(self, code: str) -> AlertRule:
        """The row of a code, or `Malformed`."""
        for rule in self.alerts:
            if rule.code == code:
                return rule
        raise Malformed(f"no alert is called {code[:60]!r}")

    @property
    def reasons(self) -> Mapping[str, Names]:
        """Why a desk hears each alert, by code."""
        return {rule.code: rule.reason for rule in self.alerts}
