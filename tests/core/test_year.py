"""A synthetic year: drawn to the published figures, the same each time, and about nobody."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from deploy.load.drawing import FAMILY, Course, Place, draw
from deploy.load.statements import NotRead, Rows, effect_of
from deploy.load.year import load_year
from intake.child import age_band
from services.contracts.names import is_cyrillic

YEAR = load_year()
PLACE = Place(("A", "B", "C"), ("mediation", "vaccination", "counselling", "school_transport"))
AT = datetime(2026, 3, 2, 8, tzinfo=UTC)
MANY = 6_000
APART_MAX = 0.025


def drawn(number: int, seed: int = 1) -> Course:
    return draw(YEAR, PLACE, seed, number, AT)


@pytest.fixture(scope="module")
def courses() -> list[Course]:
    return [drawn(number) for number in range(MANY)]


def assert_shares(found: Counter[Any], published: dict[Any, int]) -> None:
    whole = sum(published.values())
    for what, number in published.items():
        assert abs(found[what] / MANY - number / whole) < APART_MAX, what


def test_sexes_and_age_bands_come_in_the_published_shares(courses: list[Course]) -> None:
    assert_shares(Counter(course.sex for course in courses), dict(YEAR.sex))
    bands = Counter(age_band(course.birth_date, AT.date()).value for course in courses)
    assert_shares(bands, {name: band.children for name, band in YEAR.age_bands.items()})


def test_reasons_come_in_the_published_shares(courses: list[Course]) -> None:
    of_reason = {concern: reason for reason, known in YEAR.concerns.items() for concern in known}
    found = Counter(of_reason[course.concerns[0]] for course in courses)
    assert abs(found["family_situation"] / MANY - YEAR.reasons["family_situation"] / YEAR.published) < APART_MAX
    assert abs(found["other"] / MANY - YEAR.reasons["other"] / YEAR.published) < APART_MAX


def test_nobody_changes_band_in_the_weeks_in_which_the_report_is_screened(courses: list[Course]) -> None:
    for course in courses:
        later = (AT + timedelta(days=30)).date()
        assert age_band(course.birth_date, AT.date()) == age_band(course.birth_date, later)


def test_the_same_number_of_the_same_seed_is_the_same_course_and_another_is_another() -> None:
    assert drawn(3) == drawn(3)
    assert len({drawn(3, seed).birth_date for seed in range(9)}) > 1
    assert len({drawn(number).birth_date for number in range(9)}) > 1


def test_everybody_is_invented_and_named_so(courses: list[Course]) -> None:
    named = {
        script: {course.family_name for course in courses if is_cyrillic(course.given_name) == script}
        for script in FAMILY
    }
    assert named == {script: set(names) for script, names in FAMILY.items()}, "in one script, both names"


def test_a_plain_insert_adds_a_row_once_and_an_update_changes_those_it_names() -> None:
    rows: Rows = {}
    add = effect_of(
        "-- Adds.\nINSERT INTO notes (ref, state, said) VALUES ($1, 'new', $2::text) ON CONFLICT (ref) DO NOTHING"
    )
    change = effect_of("UPDATE notes SET state = $2, said = NULL WHERE ref = $1 RETURNING ref")
    assert [bool(add(rows, row)) for row in (("a", "x"), ("a", "y"), ("b", "z"))] == [True, False, True]
    assert change(rows, ("a", "read")) == [{"ref": "a", "state": "read", "said": None}]
    assert not change(rows, ("c", "read"))
    assert rows == {"notes": [{"ref": "a", "state": "read", "said": None}, {"ref": "b", "state": "new", "said": "z"}]}


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM notes WHERE ref = $1",
        "INSERT INTO notes (ref, at) VALUES ($1, now())",
        "INSERT INTO notes (ref) SELECT $1",
        "INSERT INTO notes AS n (ref, said) VALUES ($1, $2) ON CONFLICT (ref) DO UPDATE SET said = excluded.said",
        "UPDATE notes SET said = $2 WHERE ref = $1 AND state = $3",
    ],
)
def test_a_statement_that_is_more_than_that_is_refused_and_not_guessed(statement: str) -> None:
    with pytest.raises(NotRead):
        effect_of(statement)
