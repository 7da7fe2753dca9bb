"""Reads the alert catalogue once at start and refuses a row that could leave an alert without a next step."""

import re
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from notifications.catalogue import AlertCatalogue, AlertRule, Audience, Place, Wait, WorkingDays
from services.contracts.calendars import WORKING_DAYS_MAX
from services.contracts.codes import DeskPurpose, InstitutionKind
from services.contracts.faults import Fault, refuse
from services.contracts.policy import read_file
from services.contracts.policy_checks import blank_names
from services.contracts.policy_wording import shown

CODE = re.compile(r"[A-Z][A-Z0-9_]*")
WAIT_MIN = timedelta(minutes=1)
"""Nobody can acknowledge sooner, and a shorter step would ring without end."""

_CENTRE = (DeskPurpose.CASELOAD, DeskPurpose.DUTY, DeskPurpose.DIRECTOR)


def load_alert_catalogue(folder: Path) -> AlertCatalogue:
    """The alert catalogue of a policy folder."""
    path = folder / "alerts" / "catalogue.toml"
    catalogue = read_file(path, AlertCatalogue)
    refuse(alert_faults(shown(path), catalogue))
    return catalogue


def alert_faults(file: str, catalogue: AlertCatalogue) -> Iterator[Fault]:
    """What is wrong with the rows of a catalogue."""
    for code, times in Counter(rule.code for rule in catalogue).items():
        if times > 1:
            yield Fault(file, f"alerts[{code}]", f"the code stands here {times} times", "keep one row")
    for rule in catalogue:
        row = f"alerts[{rule.code}]"
        if not CODE.fullmatch(rule.code):
            yield Fault(file, row, "a code has capital letters, digits and _ only", "write such a code")
        yield from blank_names(file, f"{row}.title", rule.title)
        yield from blank_names(file, f"{row}.reason", rule.reason)
        yield from _wrong_ladder(file, row, rule)
        for place, audience in _audiences(rule):
            yield from _wrong_audience(file, f"{row}.{place}", audience)


def _wrong_ladder(file: str, row: str, rule: AlertRule) -> Iterator[Fault]:
    if rule.for_information:
        if rule.steps or rule.repeat_top_after is not None:
            says = "it climbs although nobody has to acknowledge it"
            yield Fault(file, row, says, "add acknowledge_within, or take steps and repeat_top_after out")
    elif rule.repeat_top_after is None:
        says = "nothing comes after the top step"
        yield Fault(file, f"{row}.repeat_top_after", says, "say after which time the top step repeats")
    for number, step in enumerate(rule.steps, start=1):
        yield from _wrong_wait(file, f"{row}.steps[{number}].after", step.after)
        if not step.to:
            yield Fault(file, f"{row}.steps[{number}].to", "nobody hears it", "name at least one audience")
    if not rule.first:
        yield Fault(file, f"{row}.first", "nobody hears it", "name at least one audience")
    yield from _wrong_wait(file, f"{row}.acknowledge_within", rule.acknowledge_within)
    yield from _wrong_wait(file, f"{row}.repeat_top_after", rule.repeat_top_after)


def _wrong_wait(file: str, row: str, wait: Wait | None) -> Iterator[Fault]:
    match wait:
        case WorkingDays(days) if not 1 <= days <= WORKING_DAYS_MAX:
            yield Fault(file, row, f"{days} working days is out of range", "write 1 or more")
        case timedelta() if wait < WAIT_MIN:
            yield Fault(file, row, "nobody can act in so short a time", "write a minute (PT1M) or more")
        case _:
            return


def _audiences(rule: AlertRule) -> Iterator[tuple[str, Audience]]:
    yield from (("first", audience) for audience in rule.first)
    for number, step in enumerate(rule.steps, start=1):
        yield from ((f"steps[{number}].to", audience) for audience in step.to)


def _wrong_audience(file: str, row: str, audience: Audience) -> Iterator[Fault]:
    """An audience that names no institution, or a desk which institutions of that place do not have."""
    named = audience.kind is not None
    match audience.place:
        case Place.UNIT if not named:
            yield Fault(file, row, "a unit has many institutions", "say of which kind")
        case Place.UNIT | Place.TO_UNIT:
            pass
        case _ if named:
            yield Fault(file, row, f"{audience.place} is one institution already", "take the kind out")
        case _:
            pass
    if audience.desk not in (desks := _desks(audience)):
        says = f"there is no desk for {audience.desk} there"
        yield Fault(file, row, says, f"write {' or '.join(desks)}")


def _desks(audience: Audience) -> tuple[DeskPurpose, ...]:
    match audience.place, audience.kind:
        case Place.SENDER, _:
            return _CENTRE
        case Place.RECEIVER, _:
            return (DeskPurpose.REFERRALS,)
        case _, InstitutionKind.CSW:
            return _CENTRE
        case _, None:
            return (DeskPurpose.COORDINATION,)
        case _:
            return (DeskPurpose.REFERRALS,)
