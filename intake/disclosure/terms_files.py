"""Reads the terms of sharing once at start and refuses terms that forget a need or open a seal too early."""

from pathlib import Path

from intake.disclosure.terms import Terms, term_faults
from services.contracts.faults import refuse
from services.contracts.needs import NeedCatalogue
from services.contracts.policy import read_file
from services.contracts.policy_wording import shown


def load_terms(folder: Path, needs: NeedCatalogue) -> Terms:
    """The terms of a policy folder."""
    path = folder / "disclosure" / "terms.toml"
    terms = read_file(path, Terms)
    refuse(term_faults(shown(path), terms, needs.codes))
    return terms
