"""Who takes part in a run: a few real units of the policy data, with the invented accounts at their desks.

Read from the same files as the house reads, never from the house.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from referral.accounts import Account, load_accounts
from referral.directory_files import load_directory
from referral.terms import Terms
from services.contracts.codes import Role
from services.contracts.policy import load_policy

UNITS = ("FBIH-K10-LIV", "RS-BIL", "BD-BRC")
NEEDS = ("psychosocial_support", "home_visiting", "teaching_assistant", "speech_therapy")
NOT_OBSERVED = frozenset({Role.SUPERVISOR, Role.ANALYST, Role.OPERATOR, Role.AUDITOR, Role.INSTITUTION})
"""Whoever covers no desk, or the same desks as somebody who is observed."""


@dataclass(frozen=True, slots=True)
class World:
    """The units of a run, who reports in each, who works there, and who is asked for what."""

    units: tuple[str, ...]
    reporters: Mapping[str, tuple[str, ...]]
    workers: Mapping[str, str]
    serving: Mapping[tuple[str, str], tuple[str, ...]]
    accounts: Mapping[str, tuple[str, ...]]

    @property
    def coordinators(self) -> Iterator[str]:
        """Who oversees the units."""
        return (name for name in self.accounts if name.startswith("coordinator@"))

    def provider(self, institution: str) -> str:
        """Who answers for an institution that is asked; a centre is answered for by its worker."""
        name = f"provider@{institution}"
        return name if name in self.accounts else self.workers[institution.rpartition(".")[0]]


def world_of(policy_folder: Path, units: Sequence[str] = UNITS) -> World:
    """The world of these units."""
    policy = load_policy(policy_folder)
    directory = load_directory(policy_folder, policy)
    listed = load_accounts(policy_folder, directory, policy.units) or ()
    terms = Terms(policy.units, policy.calendars, directory)
    serving = {(unit, need): tuple(each.code for each in terms.serving(unit, need)) for unit in units for need in NEEDS}
    above = {each.code for unit in units for each in policy.units.path_up(unit)}
    asked = {code for codes in serving.values() for code in codes}
    here = [account for account in listed if account.unit in {*units, *above}]
    return World(
        units=tuple(units),
        reporters={unit: _named(here, unit, ".school", ".health", ".preschool") for unit in units},
        workers={unit: f"caseworker@{unit}" for unit in units},
        serving=serving,
        accounts={account.account: account.desks for account in here if _observed(account, asked, above)},
    )


def _named(accounts: Sequence[Account], unit: str, *endings: str) -> tuple[str, ...]:
    wanted = {f"{unit}{ending}" for ending in endings}
    return tuple(sorted(each.account for each in accounts if each.client and each.institution in wanted))


def _observed(account: Account, asked: set[str], above: set[str]) -> bool:
    if not account.desks or NOT_OBSERVED & set(account.roles):
        return False
    hears_of_danger = account.institution.endswith(".police")
    return account.institution in asked or account.institution.endswith((".csw", ".authority")) or hears_of_danger
