"""The lines README asks a newcomer to paste: its body is one that intake takes, its accounts are in the demo."""

import json
import re
from pathlib import Path

from deploy.house.words import WORDS
from intake.forms import ReportForm
from referral.accounts import load_accounts
from referral.directory_files import load_directory
from services.contracts.policy import load_policy

REPOSITORY = Path(__file__).parents[2]
README = (REPOSITORY / "README.md").read_text(encoding="utf-8")
POLICY = load_policy(REPOSITORY / "deploy")
ACCOUNTS = load_accounts(REPOSITORY / "deploy", load_directory(REPOSITORY / "deploy", POLICY), POLICY.units) or ()
TOKENS = re.findall(r"\./spis token (\S+) --unit ([^\s)]+)", README)


def test_the_report_that_is_pasted_is_one_that_intake_takes() -> None:
    [body] = re.findall(r"-d '(\{.*?\})'", README, re.DOTALL)
    form = ReportForm.model_validate(json.loads(body))
    assert form.unit in {unit for _, place in TOKENS for unit in (place, place.partition(".")[0])}
    assert form.unit in POLICY.units


def test_every_account_that_is_asked_for_is_one_of_the_demo() -> None:
    known = {account.account for account in ACCOUNTS}
    assert len(TOKENS) == README.count("./spis token")
    for role, place in TOKENS:
        # An institution's own system signs in as its client.
        assert f"{'client' if role == 'institution' else role}@{place}" in known


def test_every_command_that_is_named_is_one_of_the_house() -> None:
    assert set(re.findall(r"\./spis ([a-z]+)", README)) <= {word.name for word in WORDS}
