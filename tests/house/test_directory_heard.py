"""A house counts as open when every room has heard who works where, and not before."""

import pytest

from deploy.house.directory import Counts, behind, readers_of

LISTED: Counts = (30, 200, 90)


def test_a_house_without_the_room_that_lists_waits_for_nothing() -> None:
    assert readers_of(("intake", "analytics")) == ()
    assert readers_of(()) == ()


def test_of_a_part_of_a_house_only_the_rooms_that_are_there_are_waited_for() -> None:
    assert readers_of(("referral", "notifications")) == ("referral", "notifications")


@pytest.mark.parametrize("heard", [(0, 0, 0), (30, 199, 90), (30, 200, 89), (29, 200, 90)])
def test_a_room_that_has_not_heard_everything_is_behind(heard: Counts) -> None:
    assert behind({"referral": LISTED, "intake": heard, "analytics": LISTED}) == ("intake",)


def test_nobody_has_heard_anything_while_nothing_is_listed() -> None:
    nothing: Counts = (0, 0, 0)
    assert behind({"referral": nothing, "intake": nothing}) == ("referral", "intake")


def test_a_house_whose_accounts_are_listed_elsewhere_opens_without_any() -> None:
    assert behind({"referral": (30, 0, 90), "intake": (30, 0, 90)}) == ()
