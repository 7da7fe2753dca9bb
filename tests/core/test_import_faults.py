"""What is wrong with a table is named by row, column and rule, with a remedy; what stands in it is never repeated."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from deploy.house.layout import REPOSITORY
from intake.importing.entries import check
from intake.importing.table import ROWS_MAX, Fault, decoded
from services.contracts.codes import Channel, Concern
from services.contracts.names import LANGUAGES
from services.pages.speech import Speech, load_labels, load_words
from tests.core.imported_tables import CANARY, MORE, ROW, SECRET, checked, table
from tests.core.intake_stories import MONDAY, UNIT


def told(text: str) -> list[tuple[int, str, str]]:
    """The faults of a text."""
    return [(fault.row, fault.column, fault.rule) for fault in checked(text).faults]


@pytest.mark.parametrize(
    ("changes", "faults"),
    [
        ({"occurred_at": ""}, [("occurred_at", "missing")]),
        ({"occurred_at": "31.2.2026."}, [("occurred_at", "moment")]),
        ({"occurred_at": CANARY}, [("occurred_at", "moment")]),
        ({"occurred_at": "2026-03-02 24:00"}, [("occurred_at", "moment")]),
        ({"occurred_at": "3.3.2026."}, [("occurred_at", "occurred_at_absurd")]),
        ({"occurred_at": "0001-01-01"}, [("occurred_at", "moment")]),
        ({"occurred_at": "1989-12-31"}, [("occurred_at", "occurred_at_absurd")]),
        ({"channel": CANARY}, [("channel", "code")]),
        ({"channel": "phone paper"}, [("channel", "code")]),
        ({"concerns": f"neglect {CANARY}"}, [("concerns", "concern")]),
        ({"concerns": ", ;"}, [("concerns", "missing")]),
        ({"reporter_kind": CANARY}, [("reporter_kind", "code")]),
        ({"reporter_kind": "", "reporter_name": CANARY}, [("reporter_kind", "reporter_unsaid")]),
        ({"reporter_name": CANARY * 20}, [("reporter_name", "string_too_long")]),
        ({"reporter_contact": CANARY * 40}, [("reporter_contact", "string_too_long")]),
        ({"anonymous": CANARY}, [("anonymous", "yes_or_no")]),
        ({"immediate_danger": "x"}, [("immediate_danger", "yes_or_no")]),
        ({"given_name": CANARY * 20}, [("given_name", "string_too_long")]),
        ({"family_name": CANARY * 20}, [("family_name", "string_too_long")]),
        ({"birth_date": "5.5.18."}, [("birth_date", "day")]),
        ({"birth_date": "2026-03-03"}, [("birth_date", "birth_date_absurd")]),
        ({"birth_date": "1.1.1980."}, [("birth_date", "greater_than_equal")]),
        ({"sex": CANARY}, [("sex", "code")]),
        ({"address": CANARY * 40}, [("address", "string_too_long")]),
        ({"narrative": CANARY * 2_300}, [("narrative", "string_too_long")]),
        ({"narrative": f"{CANARY}\x00"}, [("", "control_character")]),
        ({"sex": CANARY, "channel": CANARY}, [("channel", "code"), ("sex", "code")]),
    ],
    ids=lambda value: str(value)[:60],
)
def test_a_bad_row_is_named_by_column_and_rule_with_a_remedy_and_nothing_it_says(
    changes: dict[str, str], faults: list[tuple[str, str]]
) -> None:
    text = table(MORE[0], ROW | changes, MORE[1])
    assert told(text) == [(3, *fault) for fault in faults]
    assert [entry.row for entry in checked(text).entries] == [2, 4]
    for fault in checked(text).faults:
        assert CANARY.casefold() not in repr(fault).casefold()
        for language in LANGUAGES:
            assert remedy(fault, language)


def remedy(fault: Fault, language: str) -> str:
    """What a reader is told; no fault is without words of its own."""
    speech = Speech(language, load_words(REPOSITORY / "intake"), load_labels())
    return speech.say(f"wrong_{fault.rule}", **fault.limits)


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        ("", [(0, "", "table_empty")]),
        ("\n ,\n", [(0, "", "table_empty")]),
        (table(), [(0, "", "table_empty")]),
        (f"Ana,{CANARY}\nIva,{CANARY}\n", [(1, "", "header_missing")]),
        ("occurred_at,channel,ime\n", [(1, "ime", "column_unknown"), (1, "concerns", "column_missing")]),
        ("occurred_at,channel,concerns,channel\n", [(1, "channel", "column_twice")]),
        (table(ROW).rstrip() + f',"{CANARY}\n', [(2, "", "quotes")]),
        (table(ROW) + f'2026-03-01,"pa"{CANARY}\n', [(3, "", "quotes")]),
        (table(ROW).rstrip() + f",{CANARY}\n", [(2, "", "cells_too_many")]),
        (table(*[ROW] * (ROWS_MAX + 1)), [(0, "", "rows_too_many")]),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_table_that_is_none_says_what_to_do(text: str, faults: list[tuple[int, str, str]]) -> None:
    assert told(text) == faults
    for fault in checked(text).faults:
        assert CANARY not in repr(fault) + remedy(fault, "hr")


def test_rows_are_numbered_as_a_spreadsheet_does() -> None:
    header, *rest = table(ROW, ROW | {"sex": "x"}).splitlines(keepends=True)
    text = "\n" + header + "\n,,\n" + "".join(rest)
    assert [entry.row for entry in checked(text).entries] == [5]
    assert told(text) == [(6, "sex", "code")]


def test_a_text_that_is_too_long_and_a_file_in_another_encoding_are_told() -> None:
    assert [fault.rule for fault in check("x" * 11, UNIT, MONDAY, SECRET, 10).faults] == ["text_too_long"]
    for encoding in ("cp1250", "utf-16"):
        fault = decoded("occurred_at\nŽuta kuća".encode(encoding))
        assert isinstance(fault, Fault)
        assert "UTF-8" in remedy(fault, "en")


@given(some.text())
def test_no_text_breaks_what_reads_tables(text: str) -> None:
    found = checked(text)
    assert found.faults
    assert not found.entries


@given(
    some.lists(
        some.fixed_dictionaries(
            {
                "occurred_at": some.sampled_from(["1.3.2026.", "2026-02-01 10:00", CANARY]),
                "channel": some.sampled_from([*Channel, ""]),
                "concerns": some.lists(some.sampled_from(Concern)).map(" ".join),
                "reporter_kind": some.just("family"),
                "narrative": some.text(max_size=40),
            }
        ),
        max_size=6,
    )
)
def test_every_row_is_either_good_or_named(rows: list[dict[str, str]]) -> None:
    found = checked(table(*rows))
    good, bad = {entry.row for entry in found.entries}, {fault.row for fault in found.faults} - {0}
    assert good | bad == set(range(2, len(rows) + 2))
    assert not good & bad
