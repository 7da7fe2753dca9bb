"""The checker on figures that are not what their sources amount to, and on what was shown and never noted."""

from tests.ledger.altered import rules_broken
from tests.ledger.stories import NURSE, VALLEY, Record, whole_tale

INDICATOR = "cases_opened"


def row(table: str, **columns: object) -> Record:
    return {"kind": "row", "table": table, "row": columns}


def counted(number: int | str, above: int | str, source: int) -> list[Record]:
    return [
        *whole_tale().end(),
        row("sources", indicator=INDICATOR, unit=VALLEY, number=source),
        row("figures", indicator=INDICATOR, unit=VALLEY, number=number, top=False),
        row("figures", indicator=INDICATOR, unit="REGION", number=above, top=True),
    ]


def test_a_figure_that_is_what_its_source_has_is_no_finding() -> None:
    assert rules_broken(counted(3, 3, 3)) == set()


def test_a_figure_too_small_too_great_or_without_a_source_differs() -> None:
    assert rules_broken(counted(2, 3, 3)) == {"recount_differences"}
    assert rules_broken(counted(3, 2, 3)) == {"recount_differences"}
    assert rules_broken(counted(3, 4, 3)) == {"recount_differences"}
    assert rules_broken([*whole_tale().end(), row("sources", indicator=INDICATOR, unit=VALLEY, number=1)]) == {
        "recount_differences"
    }
    assert rules_broken(
        [*whole_tale().end(), row("figures", indicator=INDICATOR, unit=VALLEY, number=1, top=True)]
    ) == {"recount_differences"}


def test_a_number_is_read_however_a_record_writes_it() -> None:
    assert rules_broken(counted("20000", "2E+4", 20_000)) == set()
    assert rules_broken(counted("19999", "2E+4", 20_000)) == {"recount_differences"}


def test_what_was_shown_must_stand_in_the_log_under_that_account_and_request() -> None:
    shown: Record = {"kind": "shown", "account": NURSE, "about": "F-1", "correlation": "one"}
    entry = row("access_log", account=NURSE, correlation_id="one")
    another = row("access_log", account="provider@OTHER", correlation_id="one")
    assert rules_broken([*whole_tale().end(), shown, entry]) == set()
    assert rules_broken([*whole_tale().end(), shown, another]) == {"disclosed_without_entry"}
    assert rules_broken([*whole_tale().end(), shown]) == {"disclosed_without_entry"}
