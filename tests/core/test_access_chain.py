"""The chain of the access log: every link depends on all before it, so nothing past can change unseen."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from intake.access_log.chain import BEGINNING, FIELDS, Head, links_after, sealed

NOON = datetime(2026, 3, 2, 12, 0, 0, 123456, tzinfo=UTC)
ENTRY = {
    "account": "caseworker@RS-BIL",
    "action": "open child",
    "subject": "P-22222-22222-2",
    "unit": "RS-BIL",
    "correlation_id": "11111111-1111-4111-8111-111111111111",
    "at": NOON,
    "by_right": "case.see_child",
    "record": "C-22222-22222-2",
    "referral": "",
    "recorded_at": NOON,
}


def test_a_chain_is_the_same_however_many_entries_are_sealed_at_once() -> None:
    entries = [(number, {**ENTRY, "subject": f"P-{number}"}) for number in range(1, 8)]
    whole = list(links_after(BEGINNING, entries))
    first = list(links_after(BEGINNING, entries[:3]))
    rest = list(links_after(Head(first[-1].number, first[-1].hash), entries[3:]))
    assert [*first, *rest] == whole
    assert [link.number for link in whole] == [1, 2, 3, 4, 5, 6, 7]


@pytest.mark.parametrize("field", FIELDS)
def test_whatever_of_an_entry_changes_changes_its_link(field: str) -> None:
    other = NOON + timedelta(microseconds=1) if isinstance(ENTRY[field], datetime) else f"{ENTRY[field]}x"
    assert sealed(BEGINNING, 1, ENTRY) != sealed(BEGINNING, 1, {**ENTRY, field: other})


def test_where_an_entry_stands_and_what_stands_before_it_count() -> None:
    here = sealed(BEGINNING, 1, ENTRY).hash
    assert here != sealed(BEGINNING, 2, ENTRY).hash
    assert here != sealed(replace(BEGINNING, length=1), 1, ENTRY).hash
    assert here != sealed(replace(BEGINNING, hash=bytes(31) + b"1"), 1, ENTRY).hash
    assert here != sealed(BEGINNING, 1, {}).hash


def test_fields_cannot_be_moved_into_one_another() -> None:
    moved = {**ENTRY, "record": "", "referral": ENTRY["record"]}
    assert sealed(BEGINNING, 1, ENTRY) != sealed(BEGINNING, 1, moved)


def test_a_moment_is_sealed_as_a_moment_whatever_the_time_zone() -> None:
    elsewhere = NOON.astimezone(timezone(timedelta(hours=1)))
    assert sealed(BEGINNING, 1, ENTRY) == sealed(BEGINNING, 1, {**ENTRY, "at": elsewhere})


def test_the_links_of_today_are_the_links_of_every_later_version() -> None:
    assert sealed(BEGINNING, 1, ENTRY).hash.hex() == "64bf9bd6af02759c55d793de6b448f9cdbcd266182ba0e97b6137e87aa944b78"
