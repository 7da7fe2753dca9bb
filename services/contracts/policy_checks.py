"""What no single row shows: whether the files of a policy folder agree with each other. It never reads a file."""

import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from datetime import date
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from services.contracts.calendars import WORKING_DAYS_MAX, Calendar, Weekday
from services.contracts.codes import RiskBand
from services.contracts.faults import Fault
from services.contracts.names import LANGUAGES, Names
from services.contracts.needs import NeedCatalogue
from services.contracts.units import LEVELS_MAX, Unit

CODE = re.compile(r"[a-z][a-z0-9_]*")
LEAP_YEAR = 2000
"""A holiday may fall on the last of February."""


def blank_names(file: str, row: str, names: Names) -> Iterator[Fault]:
    """A name that one of the languages lacks."""
    for language in ("bs", "hr", "sr_cyrl", "en"):
        if not getattr(names, language).strip():
            yield Fault(file, f"{row}.{language}", "this is empty", "write the name in that language")


def unit_faults(
    units: Mapping[str, Unit], known_units: Collection[str], known_calendars: Collection[str]
) -> Iterator[Fault]:
    """Units (by the stem of their file) that name a neighbour or a calendar nobody has, or go round in a circle."""
    tops = [stem for stem, unit in units.items() if unit.parent is None]
    for stem, unit in units.items():
        file = f"units/{stem}.toml"
        yield from _wrong_code(file, stem, unit.code)
        yield from _wrong_place(file, unit, units, known_units)
        yield from _wrong_times(file, unit)
        yield from blank_names(file, "names", unit.names)
        if unit.calendar not in known_calendars:
            yield Fault(file, "calendar", f"no calendar is called {unit.calendar!r}", "name a file of calendars/")
        for language in unit.languages:
            if language not in LANGUAGES:
                yield Fault(file, "languages", f"{language!r} is not spoken here", f"use {', '.join(LANGUAGES)}")
        if not unit.languages:
            yield Fault(file, "languages", "the list is empty", "name the language that pages open in first")
    if units and not tops and set(units) == set(known_units):
        yield Fault("units/", "whole folder", "every unit has a parent", "leave the parent of the topmost unit out")
    for stem in tops[1:]:
        yield Fault(f"units/{stem}.toml", "parent", f"{tops[0]} has no parent either", "name the unit above this one")


def _wrong_code(file: str, stem: str, code: str) -> Iterator[Fault]:
    if code != stem:
        yield Fault(file, "code", f"{code!r} is not the name of the file", f"write {stem!r} or rename the file")


def _wrong_place(file: str, unit: Unit, units: Mapping[str, Unit], known: Collection[str]) -> Iterator[Fault]:
    if unit.parent is not None and unit.parent not in known:
        yield Fault(file, "parent", f"no unit is called {unit.parent!r}", "name a file of units/, or add that unit")
    for former in unit.former_parents:
        if former.parent not in known:
            yield Fault(file, "former_parents", f"no unit is called {former.parent!r}", "name a file of units/")
    if unit.coordinating_unit not in known:
        says = f"no unit is called {unit.coordinating_unit!r}"
        yield Fault(file, "coordinating_unit", says, "name the unit that a silent referral goes to first")
        return
    line, whole = _line(unit, units)
    if len(line) > LEVELS_MAX:
        yield Fault(
            file, "parent", "the way up goes round in a circle", "name a parent that does not lie below this unit"
        )
    elif whole and unit.coordinating_unit not in line:
        says = f"{unit.coordinating_unit!r} is neither this unit nor above it"
        yield Fault(file, "coordinating_unit", says, "name this unit or one that it lies within")


def _line(unit: Unit, units: Mapping[str, Unit]) -> tuple[list[str], bool]:
    """The codes from a unit to the top, at most one too many, and whether every unit on the way could be read."""
    line = [unit.code]
    above: Unit | None = unit
    while above is not None and above.parent is not None and len(line) <= LEVELS_MAX:
        line.append(above.parent)
        above = units.get(above.parent)
    return line, above is not None


def _wrong_times(file: str, unit: Unit) -> Iterator[Fault]:
    for band in RiskBand:
        answer = unit.answer_working_days.get(band)
        steps = unit.escalation_working_days.get(band)
        if answer is None:
            yield Fault(file, f"answer_working_days.{band}", "this is missing", "add a number of working days")
        elif not 0 <= answer <= WORKING_DAYS_MAX:
            yield Fault(
                file, f"answer_working_days.{band}", f"{answer} is out of range", "write 0 or more working days"
            )
        if not steps:
            yield Fault(
                file, f"escalation_working_days.{band}", "there is no step", "list the working days of each step"
            )
        elif not all(1 <= days <= WORKING_DAYS_MAX for days in steps):
            says = f"{list(steps)} is out of range"
            yield Fault(file, f"escalation_working_days.{band}", says, "write at least one working day for each step")
    if unit.valid_to is not None and unit.valid_to <= unit.valid_from:
        yield Fault(file, "valid_to", "it ends before it begins", "write a day after valid_from, or leave it out")


def calendar_faults(calendars: Mapping[str, Calendar]) -> Iterator[Fault]:
    """Calendars (by the stem of their file) whose days cannot be counted."""
    for stem, calendar in calendars.items():
        file = f"calendars/{stem}.toml"
        yield from _wrong_code(file, stem, calendar.code)
        try:
            ZoneInfo(calendar.timezone)
        except (ZoneInfoNotFoundError, ValueError):
            yield Fault(file, "timezone", f"no time zone is called {calendar.timezone!r}", "write its IANA name")
        if set(calendar.weekend) == set(Weekday):
            yield Fault(file, "weekend", "no day of the week is left to work on", "leave at least one day out")
        for number, holiday in enumerate(calendar.fixed_holidays, start=1):
            try:
                date(LEAP_YEAR, holiday.month, holiday.day)
            except ValueError:
                says = f"month {holiday.month} has no day {holiday.day}"
                yield Fault(file, f"fixed_holidays[{number}]", says, "write a day that exists")


def need_faults(file: str, catalogue: NeedCatalogue) -> Iterator[Fault]:
    """Needs that share a code, have none that can stand in an event, or that no kind of institution serves."""
    for code, times in Counter(need.code for need in catalogue).items():
        if times > 1:
            yield Fault(file, f"needs[{code}]", f"the code stands here {times} times", "keep one row")
    for need in catalogue:
        row = f"needs[{need.code}]"
        yield from blank_names(file, f"{row}.labels", need.labels)
        if not CODE.fullmatch(need.code):
            yield Fault(file, row, "a code has small letters, digits and _ only", "write such a code")
        if not need.served_by:
            yield Fault(file, f"{row}.served_by", "the list is empty", "name the kinds of institution that serve it")
