"""Reads the directory's files once at start and refuses a directory in which a need would find nobody to ask."""

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

from referral.directory import AUTHORITY, Directory, Institution, UnitDirectory
from services.contracts.codes import DeskPurpose, InstitutionKind
from services.contracts.faults import Fault, refuse
from services.contracts.needs import NeedCatalogue
from services.contracts.policy import Policy, read_files
from services.contracts.policy_checks import blank_names
from services.contracts.units import Mandate, Unit

CENTRE_DESKS = frozenset({DeskPurpose.CASELOAD, DeskPurpose.DUTY, DeskPurpose.DIRECTOR})


def load_directory(folder: Path, policy: Policy) -> Directory:
    """The directory of a policy folder, whole and checked against its units and needs."""
    files, faults = read_files(folder / "directory", UnitDirectory)
    # Whether every need finds somebody is only known once every file could be read.
    whole = () if faults else _unserved(Directory.of(files.values()), policy)
    refuse([*faults, *directory_faults(files, policy), *whole])
    return Directory.of(files.values())


def directory_faults(files: Mapping[str, UnitDirectory], policy: Policy) -> Iterator[Fault]:
    """What is wrong with these files (by their stem), each row by itself."""
    for stem, listed in files.items():
        file = f"directory/{stem}.toml"
        if listed.unit != stem:
            says = f"{listed.unit!r} is not the name of the file"
            yield Fault(file, "unit", says, f"write {stem!r} or rename the file")
        if listed.unit not in policy.units:
            yield Fault(file, "unit", f"no unit is called {listed.unit!r}", "name a file of units/")
            continue
        for code, times in Counter(each.code for each in listed.institutions).items():
            if times > 1:
                yield Fault(file, f"institutions[{code}]", f"the code stands here {times} times", "keep one row")
        for institution in listed.institutions:
            yield from _wrong_institution(file, institution, listed.unit, policy.needs)
        yield from _missing(file, listed, policy.units.unit(listed.unit))
    for unit in policy.units:
        if unit.code not in files:
            yield Fault("directory/", f"{unit.code}.toml", "this unit has no institutions", "add the file")


def _wrong_institution(file: str, institution: Institution, unit: str, needs: NeedCatalogue) -> Iterator[Fault]:
    row = f"institutions[{institution.code}]"
    if institution.unit != unit:
        yield Fault(file, f"{row}.code", f"the code does not begin with {unit!r}", f"write '{unit}.' and a short name")
    yield from blank_names(file, f"{row}.names", institution.names)
    if not institution.desks:
        yield Fault(file, f"{row}.desks", "nobody hears anything there", "name at least one desk")
    if institution.services and DeskPurpose.REFERRALS not in institution.desks:
        says = "it serves needs and has no desk that hears referrals"
        yield Fault(file, f"{row}.desks", says, "add 'referrals', or take the services out")
    for service in institution.services:
        at = f"{row}.services[{service.need}]"
        if service.need not in needs:
            yield Fault(file, at, "no need has this code", "use a code of catalogue/needs.toml")
        if service.preference < 1:
            yield Fault(
                file, at, f"preference {service.preference} is out of range", "write 1 for the first to be asked"
            )
    for need, times in Counter(service.need for service in institution.services).items():
        if times > 1:
            yield Fault(file, f"{row}.services[{need}]", f"the need stands here {times} times", "keep one row")


def _missing(file: str, listed: UnitDirectory, unit: Unit) -> Iterator[Fault]:
    """What every unit must have: a centre for social work where cases are worked, elsewhere an authority."""
    if unit.mandate is Mandate.CASEWORK:
        centres = [each for each in listed.institutions if each.kind is InstitutionKind.CSW]
        if len(centres) != 1:
            says = f"there are {len(centres)} centres for social work"
            yield Fault(file, "institutions", says, "list exactly one of the kind 'csw'")
        for centre in centres:
            if lacking := sorted(CENTRE_DESKS.difference(centre.desks)):
                says = f"the desks {', '.join(lacking)} are missing"
                yield Fault(file, f"institutions[{centre.code}].desks", says, "add them: somebody must hear")
        return
    code = f"{unit.code}.{AUTHORITY}"
    authority = next((each for each in listed.institutions if each.code == code), None)
    if authority is None:
        yield Fault(file, "institutions", f"{code!r} is missing", "add it: silence of the units below climbs to it")
    elif DeskPurpose.COORDINATION not in authority.desks:
        row = f"institutions[{code}].desks"
        yield Fault(file, row, "there is no desk that coordinates", "add 'coordination'")


def _unserved(directory: Directory, policy: Policy) -> Iterator[Fault]:
    places = [unit for unit in policy.units if unit.mandate is Mandate.CASEWORK]
    for unit, need in ((unit, need) for unit in places for need in policy.needs):
        if not directory.serving(unit.code, need.code, policy.units):
            says = f"nobody serves {need.code!r} here or anywhere above"
            remedy = "list an institution that does, in this unit or in one above it"
            yield Fault(f"directory/{unit.code}.toml", "institutions", says, remedy)
