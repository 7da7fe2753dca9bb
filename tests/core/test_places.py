"""Everybody has somewhere to go: whoever works with figures to the dashboard, everybody else to what is published."""

import pytest

from analytics.rights import RIGHTS, SEE_FIGURE
from services.contracts.codes import Role
from services.pages.places import PLACES, places_for
from services.pages.speech import load_words
from services.security.rights import Person


def person(*roles: Role) -> Person:
    return Person("somebody@X", "X.csw", "X", frozenset(roles), frozenset())


@pytest.mark.parametrize("role", Role)
def test_the_dashboard_is_a_place_of_those_who_may_see_figures_and_of_nobody_else(role: Role) -> None:
    words = {place.word for place in places_for(person(role))}
    may = any(right.action == SEE_FIGURE and right.role is role for right in RIGHTS)
    assert ("place_figures" in words, "place_published" in words) == (may, not may)


def test_places_have_words_and_keys_of_their_own() -> None:
    assert len({place.keys for place in PLACES}) == len(PLACES)
    assert {place.word for place in PLACES} <= set(load_words())


@pytest.mark.parametrize(
    ("here", "word"),
    [
        ("/intake/day", "place_day"),
        ("/intake/report", "place_report"),
        ("/intake/reports/R-22222-22222-2", "place_day"),
        ("/intake/cases/C-22222-22222-2/child", "place_day"),
        ("/notifications/inbox?state=raised", "place_inbox"),
        ("/referral/board?live=waiting", "place_board"),
        ("/referral/referrals/F-22222-22222-222222", "place_board"),
        ("/analytics/published/B-22222-22222-2", "place_published"),
        ("/sign-in/here", None),
    ],
)
def test_a_page_belongs_to_one_place_at_most(here: str, word: str | None) -> None:
    assert [place.word for place in PLACES if place.holds(here)] == [word] * (word is not None)
