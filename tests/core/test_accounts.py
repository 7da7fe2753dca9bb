"""Accounts come from rules over the directory, and the others are told what changed in it and nothing else."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from referral.accounts import Account, AccountRule, Place, accounts_from, load_accounts
from referral.directory_files import load_directory
from referral.listed import accounts_listed, fact, institutions_listed, news
from services.contracts.codes import InstitutionKind, Role
from services.contracts.policy import load_policy
from tests.core.referral_stories import TERMS

FOLDER = Path(__file__).parents[2] / "deploy"
POLICY = load_policy(FOLDER)
DIRECTORY = load_directory(FOLDER, POLICY)
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def demo() -> dict[str, Account]:
    accounts = load_accounts(FOLDER, DIRECTORY, POLICY.units)
    assert accounts is not None
    return {each.account: each for each in accounts}


def test_the_demo_has_each_role_where_it_works() -> None:
    accounts = demo()
    worker = accounts["caseworker@FBIH-K10-LIV"]
    assert (worker.institution, worker.unit, worker.roles) == (
        "FBIH-K10-LIV.csw",
        "FBIH-K10-LIV",
        (Role.CASEWORKER,),
    )
    assert worker.desks == ("FBIH-K10-LIV.csw/caseload", "FBIH-K10-LIV.csw/duty", "FBIH-K10-LIV.csw/referrals")
    assert accounts["director@RS-BIL"].desks == ("RS-BIL.csw/director",)
    assert accounts["provider@BD-BRC.school"].desks == ("BD-BRC.school/referrals",)
    assert accounts["client@BD-BRC.school"] == Account(
        "client@BD-BRC.school", "BD-BRC.school", "BD-BRC", (Role.INSTITUTION,), (), client=True
    )
    assert accounts["coordinator@K10"].desks == ("K10.authority/coordination",)
    assert accounts["analyst@RS"].roles == (Role.ANALYST,)
    assert [name for name in accounts if name.startswith(("operator", "auditor"))] == ["auditor@BIH", "operator@BIH"]


def test_every_desk_has_somebody_at_it_and_every_role_somebody_in_it() -> None:
    accounts = demo().values()
    covered = {desk for account in accounts for desk in account.desks}
    assert covered == {desk.code for institution in DIRECTORY for desk in institution.desk_list()}
    assert {role for account in accounts for role in account.roles} == set(Role)


def test_only_the_systems_of_institutions_hold_a_secret() -> None:
    clients = [account for account in demo().values() if account.client]
    assert {account.roles for account in clients} == {(Role.INSTITUTION,)}
    assert all(account.account.startswith("client@") for account in clients)


def test_a_folder_without_rules_leaves_accounts_to_somebody_else(tmp_path: Path) -> None:
    assert load_accounts(tmp_path, DIRECTORY, POLICY.units) is None


def test_two_accounts_of_one_name_are_refused() -> None:
    rule = AccountRule("provider", Place.UNIT, (InstitutionKind.PRESCHOOL, InstitutionKind.CSW), (Role.PROVIDER,))
    with pytest.raises(ValueError, match="provider@VALLEY twice"):
        accounts_from([rule], TERMS.directory, TERMS.units)


def test_a_first_listing_tells_everything_and_a_second_nothing() -> None:
    institutions, accounts = tuple(institutions_listed(DIRECTORY, NOW)), tuple(accounts_listed(demo().values(), NOW))
    assert len([*news(institutions, ()), *news(accounts, ())]) == len(DIRECTORY) + len(demo())
    assert [*news(institutions, institutions), *news(accounts, accounts)] == []


def test_a_changed_desk_is_told_and_what_is_gone_is_told_once_as_inactive() -> None:
    first, second, *_ = told = tuple(institutions_listed(DIRECTORY, NOW))
    fewer_desks = replace(first, desks=())
    wanted = [fewer_desks, *told[2:]]
    gone = replace(second, active=False)
    assert list(news(wanted, told)) == [fewer_desks, gone]
    assert list(news(wanted, [fewer_desks, gone, *told[2:]])) == []


def test_an_account_that_comes_back_is_told_again_as_another_fact() -> None:
    [account, *_] = accounts_listed(demo().values(), NOW)
    back = replace(account, listed_at=NOW.replace(day=3))
    assert list(news([account], [replace(account, active=False)])) == [account]
    assert fact(account) != fact(back)
