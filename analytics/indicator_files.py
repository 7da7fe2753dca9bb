"""Reads the indicators once at start, a file each, and refuses one that could only ever count nothing."""

from pathlib import Path

from analytics.indicator import Indicator, IndicatorCatalogue, faults_of
from services.contracts.faults import Fault, refuse
from services.contracts.policy import read_files
from services.contracts.policy_checks import blank_names

REMEDY = "name events analytics hears and their fields as the contract spells them, and indicators by their codes"


def load_indicators(folder: Path) -> IndicatorCatalogue:
    """The indicators of a policy folder, in the order of their codes."""
    found, faults = read_files(folder / "indicators", Indicator)
    for stem, each in found.items():
        file = f"indicators/{stem}.toml"
        if each.code != stem:
            faults.append(Fault(file, "code", f"{each.code!r} is not the name of the file", f"write {stem!r}"))
        faults.extend(Fault(file, name, why, REMEDY) for name, why in faults_of(each, found))
        faults.extend(blank_names(file, "labels", each.labels))
    refuse(faults)
    return IndicatorCatalogue(tuple(found[stem] for stem in sorted(found)))
