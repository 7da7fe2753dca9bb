"""Figures leave as tables that others can read: each column is explained, and SDMX reads back the same numbers."""

import csv
import io
from datetime import date
from pathlib import Path

import pytest
from sdmx.reader.csv import Reader
from sdmx.reader.xml import v21

from analytics.figure import Amount, Group, Question, question
from analytics.out import columns
from analytics.out.columns import rows
from analytics.out.tables import as_csv, as_sdmx_csv, dictionary
from tests.core.sdmx_structure import drawn
from tests.core.test_facts import CODES

STRUCTURE = Path(columns.__file__).with_name("structure.xml")
LINES: dict[Group, Amount] = {
    ("FBIH", "2026-02", "female,7_14"): Amount(1_234_567, 1_234_567),
    ("RS", "2026-03", "unknown,under_7"): Amount(0, 0),
}
ASKED = question(CODES["cases_opened"], ("unit", "month", "sex", "age_band"), None, date(2026, 3, 31))
HOURS = question(CODES["hours_to_first_answer"], (), date(2026, 3, 1), date(2026, 3, 31))


def test_a_table_has_a_row_for_each_line_and_names_what_it_is_about() -> None:
    first, second = csv.DictReader(io.StringIO(as_csv(rows(ASKED, "BIH", LINES))))
    assert first["INDICATOR"] == "cases_opened"
    assert (first["REF_AREA"], first["TIME_PERIOD"], first["SEX"], first["AGE"]) == (
        "FBIH",
        "2026-02",
        "female",
        "7_14",
    )
    assert (first["NEED"], first["OBS_VALUE"], first["OBS_STATUS"]) == ("_T", "1234567", "A")
    assert second["OBS_VALUE"] == "0"


def test_a_time_that_nobody_took_is_missing_and_a_period_has_its_length() -> None:
    (row,) = rows(HOURS, "BIH", {("", "", ""): Amount(None, 0)})
    assert (row["OBS_VALUE"], row["OBS_STATUS"], row["TIME_PERIOD"]) == ("", "M", "2026-03-01/P31D")
    (row,) = rows(HOURS, "BIH", {("", "", ""): Amount(30, 4, 71)})
    assert (row["OBS_VALUE"], row["P90"], row["OBS_COUNT"]) == ("30", "71", "4")


def test_every_column_is_explained() -> None:
    explained = {line["column"]: line["meaning"] for line in csv.DictReader(io.StringIO(dictionary()))}
    heading = next(csv.reader(io.StringIO(as_csv([]))))
    assert list(explained) == heading
    assert all(explained.values())


def test_the_structure_that_is_served_is_drawn_from_the_columns() -> None:
    assert STRUCTURE.read_bytes() == drawn(), "python -m tests.core.sdmx_structure > analytics/out/structure.xml"


@pytest.mark.parametrize(("asked", "lines"), [(ASKED, LINES), (HOURS, {("", "", ""): Amount(0.6667, 3, 71)})])
def test_sdmx_reads_back_the_same_numbers(asked: Question, lines: dict[Group, Amount]) -> None:
    structure = v21.Reader().convert(io.BytesIO(STRUCTURE.read_bytes())).structure["FIGURES"]
    told = as_sdmx_csv(rows(asked, "BIH", lines)).encode()
    observations = Reader().convert(io.BytesIO(told), structure=structure).data[0].obs
    assert [float(each.value) for each in observations] == [amount.value for amount in lines.values()]
    for each, row in zip(observations, rows(asked, "BIH", lines), strict=True):
        assert {name: str(value.value) for name, value in each.key.values.items()} == {
            column.name: row[column.name] for column in columns.COLUMNS if column.is_dimension
        }
        assert int(str(each.attached_attribute["OBS_COUNT"].value)) == int(row["OBS_COUNT"])


def test_what_is_missing_is_not_a_number_in_sdmx() -> None:
    (line,) = csv.DictReader(io.StringIO(as_sdmx_csv(rows(HOURS, "BIH", {("", "", ""): Amount(None, 0)}))))
    assert line["OBS_VALUE"] == "NaN"
