"""Reads policy data (TOML) into the frozen types of the house and refuses a folder that contradicts itself.

It knows units, calendars and needs; what belongs to one room is read by that room with `read_file` and `read_files`.
"""

import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import TypeVar

from pydantic import TypeAdapter, ValidationError

from services.contracts.calendars import Calendar
from services.contracts.faults import Fault, PolicyError, refuse
from services.contracts.needs import NeedCatalogue
from services.contracts.policy_checks import calendar_faults, need_faults, unit_faults
from services.contracts.policy_wording import faults_of, shown
from services.contracts.units import Unit, UnitTree

Kind = TypeVar("Kind")


@dataclass(frozen=True, slots=True)
class Policy:
    """What every room needs to know of the country."""

    units: UnitTree
    calendars: Mapping[str, Calendar]
    needs: NeedCatalogue

    def calendar_of(self, unit: str) -> Calendar:
        """The working days that count in a unit."""
        return self.calendars[self.units.unit(unit).calendar]


def read_file(path: Path, kind: type[Kind]) -> Kind:
    """One TOML file as one value; unknown fields and wrong types are refused with file, row and remedy."""
    return _read(path, TypeAdapter(kind))


def read_files(folder: Path, kind: type[Kind]) -> tuple[dict[str, Kind], list[Fault]]:
    """Every TOML file of a folder by its stem, and what is wrong with those that cannot be read."""
    values: dict[str, Kind] = {}
    faults: list[Fault] = []
    reader = TypeAdapter(kind)
    for path in sorted(folder.glob("*.toml")):
        try:
            values[path.stem] = _read(path, reader)
        except PolicyError as error:
            faults.extend(error.faults)
    if not values and not faults:
        faults.append(Fault(f"{folder.name}/", "whole folder", "there is no .toml file here", "add one for each code"))
    return values, faults


def load_policy(folder: Path) -> Policy:
    """Units, calendars and needs of a policy folder; every fault of every file is named at once."""
    units, faults = _checked_units(folder)
    calendars, more = _checked_calendars(folder)
    faults.extend(more)
    try:
        needs = load_catalogue(folder)
    except PolicyError as error:
        raise PolicyError([*faults, *error.faults]) from None
    refuse(faults)
    return Policy(UnitTree.of(units.values()), calendars, needs)


def load_units(folder: Path) -> UnitTree:
    """The tree of units of a policy folder."""
    units, faults = _checked_units(folder)
    refuse(faults)
    return UnitTree.of(units.values())


def load_calendars(folder: Path) -> Mapping[str, Calendar]:
    """The calendars of a policy folder by their code."""
    calendars, faults = _checked_calendars(folder)
    refuse(faults)
    return calendars


def load_catalogue(folder: Path) -> NeedCatalogue:
    """The service catalogue of a policy folder."""
    path = folder / "catalogue" / "needs.toml"
    catalogue = read_file(path, NeedCatalogue)
    refuse(need_faults(shown(path), catalogue))
    return catalogue


def _checked_units(folder: Path) -> tuple[dict[str, Unit], list[Fault]]:
    units, faults = read_files(folder / "units", Unit)
    # A file that cannot be read still names a code: its neighbours are not blamed for it.
    known_units, known_calendars = _stems(folder / "units"), _stems(folder / "calendars")
    return units, [*faults, *unit_faults(units, known_units, known_calendars)]


def _checked_calendars(folder: Path) -> tuple[dict[str, Calendar], list[Fault]]:
    calendars, faults = read_files(folder / "calendars", Calendar)
    return calendars, [*faults, *calendar_faults(calendars)]


def _stems(folder: Path) -> frozenset[str]:
    return frozenset(path.stem for path in folder.glob("*.toml"))


def _read(path: Path, reader: TypeAdapter[Kind]) -> Kind:
    file = shown(path)
    try:
        rows = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise PolicyError([Fault(file, "whole file", "there is no such file", "add it")]) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        fault = Fault(file, "whole file", f"this is not TOML in UTF-8 ({error})", "correct it at that place")
        raise PolicyError([fault]) from None
    try:
        # Strict JSON keeps numbers from passing as text, and still lets dates, times and durations be written plainly.
        return reader.validate_json(json.dumps(rows, default=_plain), strict=True, extra="forbid")
    except ValidationError as error:
        raise PolicyError(faults_of(file, rows, error)) from None


def _plain(value: object) -> str:
    match value:
        case date() | datetime() | time():
            return value.isoformat()
        case _:
            raise TypeError(f"TOML has no {type(value).__name__}")
