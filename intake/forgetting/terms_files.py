"""Reads the terms of retention once at start and refuses terms that leave a ground undecided."""

from pathlib import Path

from intake.forgetting.terms import Retention, retention_faults
from services.contracts.faults import refuse
from services.contracts.policy import read_file
from services.contracts.policy_wording import shown


def load_retention(folder: Path) -> Retention:
    """The terms of retention of a policy folder."""
    path = folder / "retention" / "terms.toml"
    terms = read_file(path, Retention)
    refuse(retention_faults(shown(path), terms))
    return terms
