"""Disables one account by hand and lets it in again: its row changes and is announced at once, whatever the files say.

It gives nobody a role or a desk; those come from the installation's own listing.
"""

import getpass
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from referral.accounts import load_accounts
from referral.directory_files import load_directory
from referral.listing import account_of_row, list_and_announce
from services.contracts.failures import Refused
from services.runtime.room import Surroundings
from services.storage.stamp import Stamp
from services.storage.work import Work

USAGE = "say: account disable ACCOUNT, or account enable ACCOUNT"


async def account_by_hand(around: Surroundings, arguments: Sequence[str]) -> Mapping[str, Any]:
    """Carry out `disable ACCOUNT` or `enable ACCOUNT`."""
    match arguments:
        case ["disable" | "enable" as what, account]:
            pass
        case _:
            raise Refused("usage", USAGE)
    now = around.clock.now()
    stamp = Stamp(now, f"operator {getpass.getuser()}", f"account-{what}-{secrets.token_hex(8)}")
    wanted = _may_be_let_in(around, account)

    async def action(work: Work) -> bool:
        await work.fetch("listing_alone")
        row = next((row for row in await work.fetch("accounts_told") if row["account"] == account), None)
        if row is None:
            raise Refused("account_unknown", "the directory has no such account: check how it is written")
        if what == "disable":
            work.change("bar_account", account, stamp.actor, now)
        elif not await work.fetch("let_account_in", account):
            raise Refused("account_not_disabled", "this account was not disabled by hand, so there is nothing to undo")
        told = account_of_row(row, now)
        active = what == "enable" and wanted
        if told.active != active:
            list_and_announce(work, replace(told, active=active))
        return active

    return {"account": account, "active": await around.database.transact(stamp, action)}


def _may_be_let_in(around: Surroundings, account: str) -> bool:
    """Whether the files still list an account; where they list none, whoever disabled it decides."""
    directory = load_directory(around.settings.policy, around.policy)
    accounts = load_accounts(around.settings.policy, directory, around.policy.units)
    return accounts is None or any(each.account == account for each in accounts)
