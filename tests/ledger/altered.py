"""Recorded runs with one thing taken away or changed, and which rules notice."""

from collections.abc import Callable, Sequence
from typing import Any

from tests.ledger.checker import check
from tests.ledger.stories import Record


def rules_broken(records: Sequence[Record]) -> set[str]:
    """The rules that found something."""
    return {finding.rule for finding in check(records).findings}


def without(records: Sequence[Record], unwanted: Callable[[Record], bool]) -> list[Record]:
    """The records but those."""
    kept = [record for record in records if not unwanted(record)]
    assert len(kept) < len(records), "nothing was taken away"
    return kept


def changed(records: Sequence[Record], wanted: Callable[[Record], bool], **changes: Any) -> list[Record]:
    """The records with the first such one changed."""
    place = next(place for place, record in enumerate(records) if wanted(record))
    return [*records[:place], records[place] | changes, *records[place + 1 :]]


def event_of(type_: str) -> Callable[[Record], bool]:
    """Whether a record is an event of this type."""
    return lambda record: record["kind"] == "event" and f".{type_}." in record["type"]


def row_of(table: str, **values: Any) -> Callable[[Record], bool]:
    """Whether a record is a row of this table with these values."""
    return lambda record: (
        record["kind"] == "row" and record["table"] == table and values.items() <= record["row"].items()
    )


def first(records: Sequence[Record], wanted: Callable[[Record], bool]) -> Record:
    """The first such record."""
    return next(record for record in records if wanted(record))
