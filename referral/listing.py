"""Lists the directory when the worker starts: rows that differ from the files are changed and announced, no others.

Accounts are only listed where the policy folder gives rules for them; otherwise they are somebody else's to keep.
Who was disabled by hand stays disabled.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

import structlog
from asyncpg import Record

from referral.accounts import load_accounts
from referral.directory_files import load_directory
from referral.listed import Listed, accounts_listed, fact, institutions_listed, news
from services.contracts.codes import DeskPurpose, InstitutionKind, Role
from services.contracts.referral import AccountListed, Desk, InstitutionListed
from services.runtime.hearing import list_account, list_institution
from services.runtime.room import Surroundings
from services.storage.stamp import Stamp
from services.storage.work import Work

LISTED_AT_ONCE_MAX = 100
"""One transaction says no more than this, because each announcement holds its counter until the commit."""
TURNS_MAX = 10_000

log = structlog.get_logger()


async def list_directory(around: Surroundings) -> None:
    """Bring the directory's rows up to the files, and tell the others what changed."""
    directory = load_directory(around.settings.policy, around.policy)
    accounts = load_accounts(around.settings.policy, directory, around.policy.units)
    now = around.clock.now()
    institutions_wanted = tuple(institutions_listed(directory, now))
    accounts_wanted = None if accounts is None else tuple(accounts_listed(accounts, now))
    stamp = Stamp(now, "system", f"directory-{now:%Y%m%d%H%M%S%f}")

    async def some(work: Work) -> int:
        await work.fetch("listing_alone")
        changed = await _changed(work, institutions_wanted, accounts_wanted)
        for listed in changed[:LISTED_AT_ONCE_MAX]:
            list_and_announce(work, listed)
        return len(changed[:LISTED_AT_ONCE_MAX])

    told = 0
    for _ in range(TURNS_MAX):
        number = await around.database.transact(stamp, some)
        told += number
        if number < LISTED_AT_ONCE_MAX:
            break
    log.info("directory_listed", room=around.room, count=told)


async def _changed(
    work: Work, institutions: Iterable[InstitutionListed], accounts: Iterable[AccountListed] | None
) -> list[Listed]:
    now = work.stamp.now
    desks: dict[str, list[Desk]] = {}
    for row in await work.fetch("desks_told"):
        desks.setdefault(row["institution"], []).append(Desk(row["code"], DeskPurpose(row["purpose"])))
    told = [
        InstitutionListed(
            row["code"],
            row["unit"],
            InstitutionKind(row["kind"]),
            tuple(desks.get(row["code"], ())),
            row["active"],
            now,
        )
        for row in await work.fetch("institutions_told")
    ]
    changed: list[Listed] = list(news(institutions, told))
    if accounts is not None:
        barred = {row["account"] for row in await work.fetch("barred_accounts")}
        wanted = [replace(each, active=each.account not in barred) for each in accounts]
        changed += news(wanted, [account_of_row(row, now) for row in await work.fetch("accounts_told")])
    return changed


def account_of_row(row: Record, now: datetime) -> AccountListed:
    """An account as its row has it, listed now."""
    roles = tuple(Role(role) for role in row["roles"])
    place = (row["institution"], row["unit"])
    return AccountListed(row["account"], *place, roles, tuple(row["desks"]), row["active"], now)


def list_and_announce(work: Work, listed: Listed) -> None:
    """Change a row of the directory and tell the others."""
    match listed:
        case InstitutionListed():
            list_institution(work, listed)
        case AccountListed():
            list_account(work, listed)
    # An account can be changed twice while the domain clock stands still.
    work.say(listed, fact=f"{fact(listed)}/{work.stamp.correlation_id}")
