"""The board of an institution: what stands in which column, by the calendar day of the place, and what is late."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from referral import rights
from referral.attempts import Need
from referral.board import Column, Listed, Reader, columns, day_ends
from referral.forms import Standing
from referral.offers import may_ask_again, offered
from referral.rights import RIGHTS
from referral.showing import shown
from services.contracts.codes import RiskBand, Role
from services.security.rights import Person, Record, allowed, reach
from tests.core.referral_stories import ABOVE, CALENDAR, CENTRE, CLINIC, TERMS, TREE, UNIT
from tests.core.test_referral_rights import row

NOON = datetime(2026, 3, 3, 11, 0, tzinfo=UTC)
NURSE = Person("nurse", CLINIC, ABOVE, frozenset({Role.PROVIDER}), frozenset())
WORKER = Person("worker", CENTRE, UNIT, frozenset({Role.CASEWORKER}), frozenset())
DIRECTOR = Person("director", CENTRE, UNIT, frozenset({Role.DIRECTOR}), frozenset())


def reader(person: Person) -> Reader:
    def may(record: Record, action: str) -> bool:
        return allowed(RIGHTS, person, action, record, TREE)

    return Reader(reach(RIGHTS, person, rights.LIST, TREE), may)


def waiting(answer_by: datetime, **changed: Any) -> dict[str, Any]:
    """An answer that is owed by then."""
    ends = {"closed_at": None, "reason": None, "silent_since": None}
    return row(state="waiting", answer_by=answer_by, number=1, **ends | changed)


def board(*rows: dict[str, Any], person: Person = NURSE, now: datetime = NOON) -> dict[Column, Listed]:
    """The board at a moment, by its columns."""
    return {each.column: each for each in columns(rows, reader(person), day_ends(TERMS, now), now)}


@pytest.mark.parametrize(
    ("answer_by", "column", "late"),
    [
        (NOON - timedelta(days=4), Column.OWED, True),
        (NOON - timedelta(seconds=1), Column.OWED, True),
        (NOON, Column.OWED, False),
        (NOON + timedelta(hours=4), Column.OWED, False),
        # In Sarajevo the third of March is over an hour before it is in UTC.
        (datetime(2026, 3, 3, 22, 59, 59, tzinfo=UTC), Column.OWED, False),
        (datetime(2026, 3, 3, 23, 0, tzinfo=UTC), Column.WAITING, False),
        (NOON + timedelta(days=2), Column.WAITING, False),
    ],
    ids=str,
)
def test_an_answer_is_owed_until_the_day_is_over_where_the_child_lives(
    answer_by: datetime, column: Column, late: bool
) -> None:
    found = board(waiting(answer_by))
    assert [each.number for each in found.values()].count(1) == 1
    [item] = found[column].items
    assert item.late is late


@pytest.mark.parametrize(
    ("now", "ends"),
    [
        (datetime(2026, 3, 2, 22, 59, 59, tzinfo=UTC), datetime(2026, 3, 2, 23, 0, tzinfo=UTC)),
        (datetime(2026, 3, 2, 23, 0, tzinfo=UTC), datetime(2026, 3, 3, 23, 0, tzinfo=UTC)),
        # The clocks go forward in the night before the 29th, and back in the night before the 25th.
        (datetime(2026, 3, 29, 9, 0, tzinfo=UTC), datetime(2026, 3, 29, 22, 0, tzinfo=UTC)),
        (datetime(2026, 10, 25, 9, 0, tzinfo=UTC), datetime(2026, 10, 25, 23, 0, tzinfo=UTC)),
    ],
    ids=str,
)
def test_a_day_ends_at_midnight_of_the_calendar_whatever_the_clocks_do(now: datetime, ends: datetime) -> None:
    assert set(day_ends(TERMS, now).values()) == {ends}


def test_each_place_has_the_day_of_its_own_calendar() -> None:
    far = replace(CALENDAR, code="far", timezone="Pacific/Auckland")
    units = replace(TREE, units={**TREE.units, ABOVE: replace(TREE.unit(ABOVE), calendar="far")})
    ends = day_ends(replace(TERMS, units=units, calendars={"valley": CALENDAR, "far": far}), NOON)
    assert (ends[UNIT], ends[ABOVE]) == (
        datetime(2026, 3, 3, 23, 0, tzinfo=UTC),
        datetime(2026, 3, 4, 11, 0, tzinfo=UTC),
    )


def test_a_place_that_nobody_knows_any_more_hides_nothing() -> None:
    [item] = board(waiting(NOON - timedelta(days=1), unit="GONE"))[Column.WAITING].items
    assert item.late


def test_what_was_answered_stands_in_its_own_column_and_is_never_late() -> None:
    live = {"closed_at": None, "reason": None, "accepted_at": NOON, "number": 7}
    found = board(row(ref="F-4", state="accepted", **live), row(ref="F-5", state="under_way", **live, started_at=NOON))
    assert [(column, each.number, len(each.items), each.more) for column, each in found.items()] == [
        (Column.OWED, 0, 0, False),
        (Column.WAITING, 0, 0, False),
        (Column.ACCEPTED, 7, 1, True),
        (Column.UNDER_WAY, 7, 1, True),
    ]
    assert not any(item.late for each in found.values() for item in each.items)


def test_rows_keep_their_order_and_a_receiver_sees_no_case_before_it_has_accepted() -> None:
    rows = [waiting(NOON - timedelta(hours=hour), ref=f"F-{hour}") for hour in (9, 5, 2)]
    items = board(*rows)[Column.OWED].items
    assert [item.it.referral for item in items] == ["F-9", "F-5", "F-2"]
    assert {(item.it.case, item.received) for item in items} == {(None, True)}
    [sent, *_] = board(*rows, person=WORKER)[Column.OWED].items
    assert (sent.it.case, sent.received) == ("C-2", False)


@pytest.mark.parametrize(
    ("person", "state", "steps"),
    [
        (NURSE, Standing.WAITING, ("accept", "decline")),
        (NURSE, Standing.ACCEPTED, ("start",)),
        (NURSE, Standing.UNDER_WAY, ("complete",)),
        (NURSE, Standing.DECLINED, ()),
        (WORKER, Standing.WAITING, ("withdraw",)),
        (WORKER, Standing.ACCEPTED, ("withdraw",)),
        (WORKER, Standing.UNDER_WAY, ()),
        (DIRECTOR, Standing.WAITING, ()),
    ],
)
def test_whoever_reads_is_offered_what_they_may_do_from_here(
    person: Person, state: Standing, steps: tuple[str, ...]
) -> None:
    record = Record(UNIT, sender=CENTRE, receiver=CLINIC, state=state)
    assert offered(state, lambda action: allowed(RIGHTS, person, action, record, TREE)) == steps


@pytest.mark.parametrize(
    ("changed", "need", "again"),
    [
        ({"state": "declined"}, {}, True),
        ({"state": "withdrawn", "reason": "family_refused"}, {}, True),
        ({"state": "no_receiver", "reason": None, "receiver": None}, {}, True),
        ({"state": "completed", "reason": "not_met"}, {}, True),
        ({"state": "completed", "reason": "need_met"}, {}, False),
        ({"state": "waiting", "reason": None}, {"live": "F-2"}, False),
        ({"state": "declined"}, {"live": "F-9"}, False),
        ({"state": "declined"}, {"attempts": 3}, False),
        ({"state": "declined"}, {"case_closed": True}, False),
    ],
)
def test_a_need_is_asked_for_again_only_after_its_last_attempt_came_to_nothing(
    changed: dict[str, Any], need: dict[str, Any], again: bool
) -> None:
    it = shown(row(**changed), reader(WORKER).reach)
    stands = Need("C-2", "mediation", UNIT, CENTRE, RiskBand.LOW, attempts=2, live=None)
    assert may_ask_again(it, replace(stands, **need)) is again
