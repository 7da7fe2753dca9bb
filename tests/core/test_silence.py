"""What a coordinating unit sees of silence: place by place, the longest first, each counted."""

from datetime import UTC, datetime, timedelta
from typing import Any

from referral.rights import LIST, RIGHTS
from referral.silence import silence
from services.contracts.codes import Role
from services.security.rights import Person, Reach, reach
from tests.core.referral_stories import ABOVE, TOP, TREE, UNIT
from tests.core.test_referral_rights import row

NOW = datetime(2026, 3, 9, 9, 0, tzinfo=UTC)
OTHER = "HILL"


def silent(ref: str, unit: str, days: int, **changed: Any) -> dict[str, Any]:
    """A referral whose answer has been owed for some days."""
    since = NOW - timedelta(days=days)
    owed = {"state": "waiting", "reason": None, "closed_at": None, "answer_by": since, "silent_since": since}
    return row(ref=ref, unit=unit, **owed, **{"escalated_to": None, "step": 0} | changed)


def place(*rows: dict[str, Any], number: int = 0) -> list[dict[str, Any]]:
    """The rows of one unit as the database numbers them."""
    climbed = sum(each["escalated_to"] == ABOVE for each in rows)
    counted = {"number": number or len(rows), "climbed": climbed, "since": min(each["answer_by"] for each in rows)}
    return [each | counted for each in rows]


def coordinator(unit: str) -> Reach:
    person = Person("coordinator", f"{unit}.authority", unit, frozenset({Role.COORDINATOR}), frozenset())
    return reach(RIGHTS, person, LIST, TREE)


def test_the_place_with_the_longest_silence_comes_first_and_everything_is_counted() -> None:
    here = place(silent("F-2", UNIT, 4), silent("F-3", UNIT, 1), number=31)
    there = place(silent("F-4", OTHER, 9, escalated_to=ABOVE, step=1))
    found = silence([*here, *there], coordinator(ABOVE), ABOVE)
    assert [(each.unit, each.number, each.climbed, len(each.silent)) for each in found.places] == [
        (OTHER, 1, 1, 1),
        (UNIT, 31, 0, 2),
    ]
    assert (found.number, found.since) == (32, NOW - timedelta(days=9))
    assert [quiet.climbed_here for quiet in found.places[0].silent] == [True]


def test_what_climbed_past_a_unit_no_longer_stands_with_it() -> None:
    rows = place(silent("F-2", UNIT, 4, escalated_to=TOP, step=2))
    [found] = silence(rows, coordinator(ABOVE), ABOVE).places[0].silent
    assert not found.climbed_here
    assert (found.it.step, found.it.escalated_to) == (2, TOP)


def test_where_nobody_is_silent_there_is_nothing_to_count() -> None:
    found = silence([], coordinator(ABOVE), ABOVE)
    assert (found.number, found.since, found.places) == (0, None, ())
