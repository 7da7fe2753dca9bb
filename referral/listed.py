"""What the directory's readers must be told: the difference between what is listed and what they were told last.

Two pictures in, announcements out; nothing here reads a file or a table. Whoever is listed no more is told as inactive.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from typing import TypeVar

from referral.accounts import Account
from referral.directory import Directory
from services.contracts.referral import AccountListed, InstitutionListed

Listed = InstitutionListed | AccountListed
L = TypeVar("L", InstitutionListed, AccountListed)


def institutions_listed(directory: Directory, now: datetime) -> Iterator[InstitutionListed]:
    """Every institution of the directory as an announcement."""
    for each in directory:
        desks = tuple(sorted(each.desk_list(), key=lambda desk: desk.code))
        yield InstitutionListed(each.code, each.unit, each.kind, desks, active=True, listed_at=now)


def accounts_listed(accounts: Iterable[Account], now: datetime) -> Iterator[AccountListed]:
    """Every account as an announcement."""
    for each in accounts:
        yield AccountListed(
            each.account, each.institution, each.unit, each.roles, each.desks, active=True, listed_at=now
        )


def news(wanted: Iterable[L], told: Iterable[L]) -> Iterator[L]:
    """What is new or different, and then what is no longer there; both pictures are taken at the same moment."""
    before = {_name(each): each for each in told}
    for each in wanted:
        if before.pop(_name(each), None) != each:
            yield each
    for gone in before.values():
        if gone.active:
            yield replace(gone, active=False)


def fact(listed: Listed) -> str:
    """The same text for the same telling: who, and when it was listed."""
    return f"{type(listed).__name__}/{_name(listed)}/{listed.listed_at.isoformat()}"


def _name(listed: Listed) -> str:
    match listed:
        case InstitutionListed(institution=name) | AccountListed(account=name):
            return name
