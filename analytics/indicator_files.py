"""Reads the indicators once at start and refuses a row that could only ever count nothing."""

from pathlib import Path

from analytics.indicator import IndicatorCatalogue, uncountable
from services.contracts.faults import Fault, refuse
from services.contracts.policy import read_file
from services.contracts.policy_checks import blank_names
from services.contracts.policy_wording import shown

REMEDY = "name an event analytics hears, its fields as the contract spells them, and each code once"


def load_indicators(folder: Path) -> IndicatorCatalogue:
    """The indicators of a policy folder."""
    path = folder / "indicators" / "catalogue.toml"
    catalogue = read_file(path, IndicatorCatalogue)
    file = shown(path)
    faults = [Fault(file, f"indicators[{code}]", why, REMEDY) for code, why in uncountable(catalogue)]
    for each in catalogue.indicators:
        faults.extend(blank_names(file, f"indicators[{each.code}].labels", each.labels))
    refuse(faults)
    return catalogue
