"""A new unit is two files: with them policy, directory, accounts and a story are whole, without any code."""

import shutil
from pathlib import Path

import pytest

from deploy.demo.cast import parts
from referral.accounts import load_accounts
from referral.directory_files import load_directory
from referral.terms import Terms
from services.contracts.faults import PolicyError
from services.contracts.policy import load_policy

FOLDER = Path(__file__).parents[2] / "deploy"
MODEL, NEW = "FBIH-K10-LIV", "FBIH-K10-NEW"
DATA = ("units", "calendars", "catalogue", "directory", "demo")


@pytest.fixture
def policy_folder(tmp_path: Path) -> Path:
    """The policy data with one more unit, described like one that is there; it took no code of anybody's register."""
    for part in DATA:
        shutil.copytree(FOLDER / part, tmp_path / part, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    for part in ("units", "directory"):
        text = (tmp_path / part / f"{MODEL}.toml").read_text(encoding="utf-8").partition("[[external_ids]]")[0]
        (tmp_path / part / f"{NEW}.toml").write_text(text.replace(MODEL, NEW), encoding="utf-8")
    return tmp_path


def test_two_files_make_a_unit_with_institutions_accounts_and_a_story(policy_folder: Path) -> None:
    policy = load_policy(policy_folder)
    directory = load_directory(policy_folder, policy)
    accounts = {account.account: account for account in load_accounts(policy_folder, directory, policy.units) or ()}
    assert [above.code for above in policy.units.path_up(NEW)] == ["K10", "FBIH", "BIH"]
    assert {each.code for each in directory.in_unit(NEW)} > {f"{NEW}.csw", f"{NEW}.school", f"{NEW}.health"}
    assert accounts[f"caseworker@{NEW}"].desks[0] == f"{NEW}.csw/caseload"
    assert accounts[f"client@{NEW}.school"].client
    terms = Terms(policy.units, policy.calendars, directory)
    served = {need.code: [each.code for each in terms.serving(NEW, need.code)] for need in policy.needs}
    assert all(asked.receiver.startswith(f"{NEW}.") for asked in parts(NEW, served))


def test_one_file_without_the_other_is_told(policy_folder: Path) -> None:
    (policy_folder / "directory" / f"{NEW}.toml").unlink()
    with pytest.raises(PolicyError, match=f"{NEW}.toml: this unit has no institutions; add the file"):
        load_directory(policy_folder, load_policy(policy_folder))
