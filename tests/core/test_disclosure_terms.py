"""What is shared with whoever is asked to help: the minimum before the answer, nothing after the end."""

import random
import shutil
from itertools import pairwise
from pathlib import Path

import pytest

from intake.disclosure.terms import CODES, Live, Part, Terms, asked_of, record_of_asked
from intake.disclosure.terms_files import load_terms
from intake.progress import Fact
from intake.reactions import react
from services.contracts.faults import PolicyError
from services.contracts.policy import load_policy
from tests.core.intake_stories import SCHOOL, UNIT, journey

FOLDER = Path(__file__).parents[2] / "deploy"
POLICY = load_policy(FOLDER)
TERMS = load_terms(FOLDER, POLICY.needs)


def heard(referral: str) -> list[Fact]:
    """Everything heard about one referral of the story."""
    facts = [note.fact for one in journey() for _, note in react(one)]  # type: ignore[arg-type]
    return [fact for fact in facts if fact.referral == referral]


@pytest.mark.parametrize(
    ("referral", "states"),
    [
        ("F-1", ["waiting", "ended"]),
        ("F-2", ["waiting", "accepted", "accepted", "ended"]),
        ("F-3", ["waiting", "waiting", "waiting", "waiting", "accepted"]),
        ("F-4", ["waiting", "ended"]),
    ],
)
def test_a_referral_shares_from_its_sending_to_its_end(referral: str, states: list[str]) -> None:
    facts = heard(referral)
    seen = [asked_of(facts[:number]) for number in range(1, len(facts) + 1)]
    assert [asked.live if asked else None for asked in seen] == states
    assert {(asked.receiver, asked.referral) for asked in seen if asked} == {(SCHOOL, referral)}


def test_where_it_stands_does_not_depend_on_the_order_in_which_it_was_heard() -> None:
    chance = random.Random(7)
    for referral in ("F-1", "F-2", "F-3", "F-4"):
        facts = heard(referral)
        whole = asked_of(facts)
        for _ in range(5):
            chance.shuffle(facts)
            assert asked_of(facts) == whole


def test_what_was_not_heard_to_be_sent_is_shared_with_nobody() -> None:
    assert asked_of([]) is None
    assert asked_of(heard("F-2")[1:]) is None


def test_a_right_is_decided_by_who_receives_and_whether_it_is_live() -> None:
    asked = asked_of(heard("F-3"))
    assert asked is not None
    record = record_of_asked(UNIT, asked)
    assert (record.unit, record.receiver, record.owner, record.state) == (UNIT, SCHOOL, None, "accepted")


def test_every_need_shares_codes_before_acceptance_more_after_it_and_nothing_at_the_end() -> None:
    for need in POLICY.needs.codes:
        steps = [set(TERMS.parts(need, live)) for live in (Live.ENDED, Live.WAITING, Live.ACCEPTED)]
        assert steps[0] == set()
        assert steps[1] == CODES
        assert Part.NAME in steps[2]
        assert all(before < after for before, after in pairwise(steps))


def test_a_need_that_the_terms_do_not_know_shares_no_more_than_the_minimum() -> None:
    assert set(TERMS.parts("yacht", Live.ACCEPTED)) == CODES


def edited(tmp_path: Path, old: str, new: str) -> Terms:
    """The shipped terms with one thing changed, as a house would read them."""
    shutil.copytree(FOLDER / "disclosure", tmp_path / "disclosure")
    file = tmp_path / "disclosure" / "terms.toml"
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")
    return load_terms(tmp_path, POLICY.needs)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            'before_acceptance = ["age_band", "sex"]',
            'before_acceptance = ["name"]',
            "before_acceptance: name is sealed",
        ),
        ('"ecd_centre", ', "", r"rows\[ecd_centre\]: nothing says what is shared"),
        ('"ecd_centre", ', '"ecd_centre", "yacht", ', r"rows\[yacht\]: the service catalogue has no such need"),
        ('"ecd_centre", ', '"ecd_centre", "mediation", ', r"rows\[mediation\]: the need stands here 2 times"),
        ('"birth_date"]', '"shoe_size"]', "shoe_size"),
    ],
)
def test_terms_that_cannot_be_kept_are_refused_at_the_start(tmp_path: Path, old: str, new: str, said: str) -> None:
    with pytest.raises(PolicyError, match=said):
        edited(tmp_path, old, new)
