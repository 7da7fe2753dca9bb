"""Which desks an audience of the catalogue means for one cause, and the ladder they make; no row and no file is read.

A desk's code follows from the institution's, so an alert has a desk even where the directory has not been heard yet.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from notifications.alert import Cause
from notifications.catalogue import AlertRule, Audience, Place, Wait
from services.contracts.codes import DeskPurpose, InstitutionKind
from services.contracts.units import Level, UnitTree

AUTHORITY = "authority"
"""The institution that acts for a unit is called so in every unit's directory."""


@dataclass(frozen=True, slots=True)
class ListedDesk:
    """A desk of an active institution, as the directory has it."""

    code: str
    unit: str
    kind: InstitutionKind
    purpose: DeskPurpose


@dataclass(frozen=True, slots=True)
class Rung:
    """The desks of one step; `after` is the time since the step before, and the first step has none."""

    desks: tuple[str, ...]
    after: Wait | None


def ladder_of(rule: AlertRule, cause: Cause, tree: UnitTree, listed: Sequence[ListedDesk]) -> tuple[Rung, ...]:
    """The steps of an alert from the desks that hear it first; a desk that would hear it twice stands on the lower."""
    waits = (None, *(step.after for step in rule.steps))
    rungs: list[Rung] = []
    seen: set[str] = set()
    for step, after in enumerate(waits, start=1):
        meant = (desk for each in rule.audience(step) for desk in desks_of(each, cause, tree, listed))
        desks = tuple(desk for desk in dict.fromkeys(meant) if desk not in seen)
        if desks:
            rungs.append(Rung(desks, after))
            seen.update(desks)
    return tuple(rungs)


def desks_of(audience: Audience, cause: Cause, tree: UnitTree, listed: Sequence[ListedDesk]) -> tuple[str, ...]:
    """The desks an audience means for a cause; there is always at least one."""
    match audience.place:
        case Place.SENDER if cause.sender:
            return (_desk(cause.sender, audience),)
        case Place.RECEIVER if cause.receiver:
            return (_desk(cause.receiver, audience),)
        case Place.UNIT if audience.kind:
            return _of_kind(cause.unit, audience.kind, audience, listed)
        case Place.TO_UNIT if cause.to_unit and audience.kind:
            return _of_kind(cause.to_unit, audience.kind, audience, listed)
        case Place.TO_UNIT if cause.to_unit:
            return (_authority(tree.unit(cause.to_unit).code),)
        case Place.TO_COORDINATING if cause.to_unit:
            return (_authority(tree.unit(cause.to_unit).coordinating_unit),)
        case Place.ENTITY:
            return (_authority(_entity(cause.unit, tree)),)
        case _:
            # What names nobody in this cause goes to those who answer for the unit: no alert is without a desk.
            return (_authority(tree.unit(cause.unit).coordinating_unit),)


def units_named(cause: Cause) -> tuple[str, ...]:
    """The units whose institutions a ladder may need."""
    return (cause.unit, cause.to_unit) if cause.to_unit else (cause.unit,)


def _of_kind(unit: str, kind: InstitutionKind, audience: Audience, listed: Sequence[ListedDesk]) -> tuple[str, ...]:
    known = sorted(_known(unit, kind, audience.desk, listed))
    return tuple(known) or (_desk(f"{unit}.{kind.value}", audience),)


def _known(unit: str, kind: InstitutionKind, purpose: DeskPurpose, listed: Sequence[ListedDesk]) -> Iterator[str]:
    return (desk.code for desk in listed if (desk.unit, desk.kind, desk.purpose) == (unit, kind, purpose))


def _entity(unit: str, tree: UnitTree) -> str:
    above = tree.path_up(unit)
    return next((each.code for each in above if each.level in (Level.ENTITY, Level.DISTRICT)), above[-1].code)


def _authority(unit: str) -> str:
    return f"{unit}.{AUTHORITY}/{DeskPurpose.COORDINATION.value}"


def _desk(institution: str, audience: Audience) -> str:
    return f"{institution}/{audience.desk.value}"
