"""Reads from the policy folder what is too small to be released."""

from pathlib import Path

from analytics.release.sensitive import Rule
from services.contracts.faults import Fault, refuse
from services.contracts.policy import read_file
from services.contracts.policy_wording import shown

SMALLEST_MIN = 3
"""The law asks for groups of three at least."""


def load_rule(folder: Path) -> Rule:
    """The rule of a policy folder."""
    path = folder / "releases" / "rule.toml"
    rule = read_file(path, Rule)
    if rule.smallest < SMALLEST_MIN:
        refuse([Fault(shown(path), "smallest", "too few to hide anybody among", f"name {SMALLEST_MIN} or more")])
    if not 0.5 <= rule.dominance < 1:
        refuse([Fault(shown(path), "dominance", "not a share that dominates", "name one from 0.5 to below 1")])
    return rule
