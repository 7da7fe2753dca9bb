"""A table of reports becomes requests: whatever people's programs make of a table, the same row is the same request."""

import csv
import json
import re
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from deploy.house.layout import REPOSITORY
from intake.forms import ReportForm
from intake.importing.entries import check
from intake.importing.row import CODES, MANY
from intake.importing.table import COLUMNS, NEEDED, SEPARATORS, decoded
from tests.core.imported_tables import CANARY, MORE, ROW, SECRET, checked, table
from tests.core.intake_stories import MONDAY, UNIT

EXAMPLE = (REPOSITORY / "deploy" / "demo" / "reports.csv").read_bytes()


def keys(text: str) -> list[str]:
    """The keys of a text's rows; none of them is bad."""
    found = checked(text)
    assert not found.faults, found.faults
    return [entry.key for entry in found.entries]


def test_the_example_is_good_and_everybody_in_it_is_invented() -> None:
    text = decoded(EXAMPLE)
    assert isinstance(text, str)
    found = checked(text)
    assert (len(found.entries), found.faults, found.repeated) == (10, (), ())
    names = {entry.form.child.family_name for entry in found.entries} - {None}
    assert names == {"Izmišljenović", "Измишљеновић"}
    assert all(
        (entry.form.narrative or "").lower().startswith(("izmišljeno:", "измишљено:")) for entry in found.entries
    )
    assert (
        found.entries[2].form.narrative == "Измишљено: потребна је рана процјена,\nа породица не зна коме да се јави."
    )


def test_the_readme_names_every_column_and_the_codes_of_short_lists() -> None:
    readme = (REPOSITORY / "intake" / "README.md").read_text(encoding="utf-8")
    told = dict(re.findall(r"^\| `(\w+)` \| (.*) \|$", readme.partition("## A table of reports")[2], re.MULTILINE))
    assert tuple(column for column in told if column in COLUMNS) == COLUMNS
    assert {column for column, says in told.items() if says.startswith("needed:")} == {*NEEDED}
    for column in CODES.keys() - {MANY}:
        assert set(CODES[column]) == set(re.findall(r"`(\w+)`", told[column])), column


def test_a_row_is_sent_as_the_api_is_written_to_and_is_what_the_row_said() -> None:
    (entry,) = checked(table(ROW | {"birth_date": "5. 5. 2018.", "immediate_danger": "да", "sex": "female"})).entries
    assert ReportForm.model_validate_json(entry.body) == entry.form
    assert json.loads(entry.body) == {
        "unit": UNIT,
        "channel": "paper",
        "concerns": ["neglect", "poverty"],
        "reporter": {"kind": "school"},
        "child": {"given_name": "Ана", "family_name": "Izmišljenović", "birth_date": "2018-05-05", "sex": "female"},
        "narrative": ROW["narrative"],
        "occurred_at": "2026-02-28T23:00:00Z",
        "immediate_danger": True,
    }


@pytest.mark.parametrize(("separator", "ends", "mark"), list(product(SEPARATORS, ("\n", "\r\n", "\r"), ("", "\ufeff"))))
def test_however_a_table_was_saved_its_rows_keep_their_keys(separator: str, ends: str, mark: str) -> None:
    usual = keys(table(*MORE, ROW))
    saved = table(*MORE, ROW, separator=separator, columns=COLUMNS[::-1], quoting=csv.QUOTE_ALL, lineterminator="\n")
    assert keys(mark + saved.replace("\n", ends)) == usual


@pytest.mark.parametrize(
    "written",
    [
        {"occurred_at": "1.3.2026."},
        {"occurred_at": "01. 03. 2026"},
        {"occurred_at": "2026-03-01 00:00"},
        {"occurred_at": "2026-02-28T23:00:00Z"},
        {"concerns": "neglect;poverty"},
        {"concerns": " Neglect , poverty neglect"},
        {"channel": "Paper "},
        {"anonymous": "НЕ", "immediate_danger": "0"},
        {"family_name": "Izmis\u030cljenovic\u0301"},
        {"sex": "unknown"},
    ],
    ids=str,
)
def test_the_same_content_written_otherwise_has_the_same_key(written: dict[str, str]) -> None:
    assert keys(table(ROW | written)) == keys(table(ROW))


@given(rows=some.lists(some.sampled_from(MORE[:4]), max_size=12), more=some.data())
def test_rows_that_are_added_anywhere_change_no_key_of_the_others(rows: list[dict[str, str]], more: Any) -> None:
    place = more.draw(some.integers(0, len(rows)))
    added = more.draw(some.lists(some.sampled_from(MORE), min_size=1, max_size=6))
    before, after = (keys(table(ROW, *each)) for each in (rows, [*rows[:place], *added, *rows[place:]]))
    assert set(before) <= set(after)
    assert len(set(after)) == len(after) == len(before) + len(added), "each row is one report"


def test_a_key_says_nothing_of_its_row_to_whoever_has_not_the_secret() -> None:
    (one,), (other,) = (check(table(ROW), UNIT, MONDAY, secret).entries for secret in (SECRET, b"another"))
    assert one.key != other.key
    (elsewhere,) = check(table(ROW), "RS-GAC", MONDAY, SECRET).entries
    assert elsewhere.key != one.key


def test_rows_that_repeat_are_named_and_are_two_reports() -> None:
    found = checked(table(ROW, MORE[0], ROW, ROW))
    assert [(entry.row, entry.same_as) for entry in found.repeated] == [(4, 2), (5, 2)]
    assert len({entry.key for entry in found.entries}) == 4


def test_whoever_wants_no_name_kept_is_not_even_sent() -> None:
    named = {"reporter_name": CANARY, "reporter_contact": CANARY, "anonymous": "da"}
    (entry,) = checked(table(ROW | named)).entries
    assert CANARY not in entry.body.decode()
    assert entry.form.anonymous
