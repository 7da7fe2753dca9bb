"""The accounts of a house, from a few rules over its directory: which roles each institution's people have, and desks.

A rule gives accounts by the kind of institution, never by a person; whoever holds an account is known elsewhere.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from referral.directory import Directory, Institution
from services.contracts.codes import DeskPurpose, InstitutionKind, Role
from services.contracts.policy import read_file
from services.contracts.units import UnitTree

ACCOUNTS_FILE = Path("demo") / "accounts.toml"


class Place(StrEnum):
    """What an account is named after: the unit where there is one such institution, else the institution."""

    UNIT = "unit"
    INSTITUTION = "institution"


@dataclass(frozen=True, slots=True)
class AccountRule:
    """One account at every institution of some kinds; a client is a machine that holds a secret."""

    name: str
    at: Place
    kinds: tuple[InstitutionKind, ...]
    roles: tuple[Role, ...]
    desks: tuple[DeskPurpose, ...] = ()
    client: bool = False
    topmost: bool = False


@dataclass(frozen=True, slots=True)
class AccountRules:
    """One file of rules; `invented` says that nobody real stands behind the accounts."""

    invented: bool
    rules: tuple[AccountRule, ...]
    shown_first: tuple[str, ...] = ()
    """The accounts of invented people that somebody is shown who looks for the first time."""


@dataclass(frozen=True, slots=True)
class Account:
    """Who may sign in, as what, and for which desks."""

    account: str
    institution: str
    unit: str
    roles: tuple[Role, ...]
    desks: tuple[str, ...]
    client: bool


def accounts_from(rules: Iterable[AccountRule], directory: Directory, units: UnitTree) -> tuple[Account, ...]:
    """Every account the rules give, in the order of their names; two of one name are one too many."""
    given: dict[str, Account] = {}
    for rule in rules:
        for institution in _where(rule, directory, units):
            account = _account(rule, institution)
            if account.account in given:
                raise ValueError(f"the rules give the account {account.account} twice: name one after its institution")
            given[account.account] = account
    return tuple(given[name] for name in sorted(given))


def load_accounts(folder: Path, directory: Directory, units: UnitTree) -> tuple[Account, ...] | None:
    """The accounts of a policy folder, or None where it leaves them to somebody else."""
    path = folder / ACCOUNTS_FILE
    return accounts_from(read_file(path, AccountRules).rules, directory, units) if path.exists() else None


def _where(rule: AccountRule, directory: Directory, units: UnitTree) -> Iterator[Institution]:
    for institution in directory:
        topmost = units.unit(institution.unit).parent is None
        if institution.kind in rule.kinds and (topmost or not rule.topmost):
            yield institution


def _account(rule: AccountRule, institution: Institution) -> Account:
    place = institution.unit if rule.at is Place.UNIT else institution.code
    desks = sorted(desk.code for desk in institution.desk_list() if desk.purpose in rule.desks)
    return Account(f"{rule.name}@{place}", institution.code, institution.unit, rule.roles, tuple(desks), rule.client)
