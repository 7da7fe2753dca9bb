"""A cursor gives back the place it was made for, and nothing else opens with it."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.http.paging import CURSOR_CHARACTERS_MAX, Place, link_to, read_cursor, scope_of, write_cursor
from services.http.problems import Problem

SECRET = b"an invented secret of 32 bytes!!"
MOMENTS = st.datetimes(timezones=st.just(UTC))
PLACES = st.lists(st.text(max_size=40) | st.integers() | MOMENTS, max_size=4).map(tuple)


@given(place=PLACES, scope=st.text(max_size=40))
def test_a_cursor_gives_its_place_back(place: Place, scope: str) -> None:
    assert read_cursor(SECRET, scope, write_cursor(SECRET, scope, place)) == place


@given(place=PLACES, text=st.text(max_size=60))
def test_no_other_text_opens(place: Place, text: str) -> None:
    cursor = write_cursor(SECRET, "list", place)
    changed = [text, cursor[1:], cursor[:-1], cursor.swapcase(), f"{cursor}A", text + cursor]
    for wrong in (each for each in changed if each != cursor):
        with pytest.raises(Problem, match="cursor_unknown"):
            read_cursor(SECRET, "list", wrong)


def test_a_cursor_is_good_for_one_list_its_filters_and_its_house() -> None:
    here = scope_of("/intake/v1/reports", "state=received&unit=TOWN")
    cursor = write_cursor(SECRET, here, ("R-1",))
    for scope in ("/intake/v1/cases?state=received&unit=TOWN", scope_of("/intake/v1/reports", "state=screened")):
        with pytest.raises(Problem):
            read_cursor(SECRET, scope, cursor)
    with pytest.raises(Problem):
        read_cursor(SECRET[::-1], here, cursor)


def test_the_size_of_a_page_and_the_order_of_filters_do_not_matter() -> None:
    assert scope_of("/x", "a=1&b=2&limit=5&after=abc") == scope_of("/x", "b=2&a=1&limit=50")


def test_the_link_keeps_the_filters_and_the_size() -> None:
    assert link_to("/x", "a=%C5%BE&limit=5&after=old", "new") == '</x?a=%C5%BE&limit=5&after=new>; rel="next"'


def test_a_cursor_of_a_usual_place_fits_its_parameter() -> None:
    place = (datetime(2026, 3, 2, tzinfo=UTC) + timedelta(microseconds=1), "R-22222-22222-2", "x" * 100)
    assert len(write_cursor(SECRET, "list", place)) < CURSOR_CHARACTERS_MAX
