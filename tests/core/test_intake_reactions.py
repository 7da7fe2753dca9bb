"""Everything referral announces about a case becomes one fact of that case."""

from typing import get_args

import pytest

from intake.progress import What
from intake.reactions import Announcement, react
from services.contracts import referral
from services.contracts.catalog import CATALOG, REFERRALS
from tests.core.intake_stories import CASE, journey


def test_every_announcement_about_a_referral_is_understood() -> None:
    named_reader_of = {entry.event for entry in CATALOG if entry.topic == REFERRALS and "intake" in entry.readers}
    assert set(get_args(Announcement)) == named_reader_of
    assert {type(announcement) for announcement in journey()} == named_reader_of


@pytest.mark.parametrize("announcement", journey(), ids=lambda announcement: type(announcement).__name__)
def test_an_announcement_becomes_one_fact_of_its_case(announcement: Announcement) -> None:
    ((case, note),) = react(announcement)
    assert case == CASE
    assert note.fact.referral == getattr(announcement, "referral", None)


def test_each_announcement_has_a_fact_of_its_own_kind() -> None:
    kinds = {type(one): note.fact.what for one in journey() for _, note in react(one)}  # type: ignore[arg-type]
    assert sorted(kinds.values()) == sorted(What)
    assert kinds[referral.ReferralFellSilent] is What.SILENT
    assert kinds[referral.ServiceStarted] is What.UNDER_WAY


def test_reasons_outcomes_and_units_are_kept_as_codes() -> None:
    codes = {note.fact.what: note.fact.code for one in journey() for _, note in react(one)}  # type: ignore[arg-type]
    assert codes[What.DECLINED] == "no_capacity"
    assert codes[What.COMPLETED] == "need_met"
    assert codes[What.ESCALATED] == "BIH"
    assert codes[What.UNSERVED] == "RS"
