"""Schemas and examples are what the code says; a change that somebody would not understand needs a new version."""

import json
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from services.contracts import schema_files
from services.contracts.catalog import BY_TYPE, CATALOG, Entry
from services.contracts.compatibility import breaks
from services.contracts.schema_files import broken, example_of, files, schema_of

FOLDER = Path(schema_files.__file__).parent
each_event = pytest.mark.parametrize("entry", CATALOG, ids=lambda entry: entry.event.__name__)


def kept(folder: str, entry: Entry) -> Any:
    return json.loads((FOLDER / folder / f"{entry.type}.json").read_text(encoding="utf-8"))


def test_nothing_that_was_written_down_is_broken() -> None:
    assert broken() == [], "give the event a new version beside the old one, with an upcast"


def test_the_files_say_what_the_code_says() -> None:
    stale = [path.name for path, text in files().items() if not path.exists() or path.read_text("utf-8") != text]
    assert not stale, f"run `python -m services.contracts.schema_files`: {stale}"


def test_there_is_no_file_of_an_event_that_nobody_says() -> None:
    there = {path for folder in ("schemas", "examples") for path in (FOLDER / folder).iterdir()}
    assert there == set(files())


@each_event
def test_every_example_follows_its_schema(entry: Entry) -> None:
    jsonschema_rs.validator_for(kept("schemas", entry)).validate(kept("examples", entry)["data"])
    assert kept("examples", entry) == example_of(entry)


@each_event
def test_a_schema_refuses_a_body_that_lacks_what_readers_need(entry: Entry) -> None:
    data = kept("examples", entry)["data"]
    validator = jsonschema_rs.validator_for(kept("schemas", entry))
    for field in data:
        assert not validator.is_valid({name: value for name, value in data.items() if name != field}), field


PLAIN = schema_of(BY_TYPE["ba.spis.intake.case.opened.v1"])


def changed(**properties: Any) -> dict[str, Any]:
    """The schema of a case with some properties added or replaced; None takes one away."""
    fields = {name: kind for name, kind in (PLAIN["properties"] | properties).items() if kind is not None}
    return {**PLAIN, "properties": fields, "required": [name for name in PLAIN["required"] if name in fields]}


HARMLESS = {
    "nothing": PLAIN,
    "an optional field more": changed(more={"type": "string"}),
    "an optional field of codes more": changed(more={"$ref": "#/$defs/RiskBand"}),
    "another description": {**PLAIN, "description": "Said better.", "title": "Another"},
    "other readers": {**PLAIN, "x-readers": ["analytics"]},
    "another order": {**PLAIN, "properties": dict(reversed(PLAIN["properties"].items()))},
    "codes in another order": {
        **PLAIN,
        "$defs": PLAIN["$defs"] | {"RiskBand": {"type": "string", "enum": ["critical", "high", "medium", "low"]}},
    },
}
HARMFUL = {
    "a field gone": (changed(pseudonym=None), ".pseudonym: it is gone"),
    "a field of another type": (changed(report={"type": "integer"}), ".report: it was"),
    "a list where one was": (changed(report={"type": "array", "items": {"type": "string"}}), ".report: it was"),
    "other things in a list": (changed(needs={"type": "array", "items": {"type": "integer"}}), ".needs[]: it was"),
    "a shorter text": (changed(report={"type": "string", "maxLength": 10}), ".report: it was"),
    "a shorter list": (changed(needs={"type": "array", "items": {"type": "string"}, "maxItems": 1}), ".needs: it was"),
    "nothing allowed where something was": (changed(report={"type": "null"}), ".report: it was"),
    "null allowed where it was not": (
        changed(report={"anyOf": [{"type": "string"}, {"type": "null"}]}),
        ".report: it was",
    ),
    "a required field more": (
        {**changed(more={"type": "string"}), "required": [*PLAIN["required"], "more"]},
        ".more: it is required",
    ),
    "a field that may be left out": (
        {**PLAIN, "required": [name for name in PLAIN["required"] if name != "unit"]},
        ".unit: it may be left out",
    ),
    "a code gone": (
        {**PLAIN, "$defs": PLAIN["$defs"] | {"RiskBand": {"type": "string", "enum": ["low", "medium", "high"]}}},
        ".risk: the codes ['critical'] are gone",
    ),
    "a code more": (
        {**PLAIN, "$defs": PLAIN["$defs"] | {"Sex": {"type": "string", "enum": ["female", "male", "unknown", "x"]}}},
        ".sex: the codes ['x'] are unknown",
    ),
}


@pytest.mark.parametrize("new", HARMLESS.values(), ids=list(HARMLESS))
def test_a_change_that_everybody_understands_keeps_the_version(new: dict[str, Any]) -> None:
    assert breaks(PLAIN, new) == []


@pytest.mark.parametrize(("new", "said"), HARMFUL.values(), ids=list(HARMFUL))
def test_a_change_that_somebody_would_not_understand_is_seen_and_named(new: dict[str, Any], said: str) -> None:
    (found,) = breaks(PLAIN, new)
    assert found.startswith(said)


def test_a_change_deep_inside_is_seen_too() -> None:
    listed = schema_of(BY_TYPE["ba.spis.referral.institution.listed.v1"])
    desk = listed["$defs"]["Desk"]
    without = {**desk, "properties": {"code": desk["properties"]["code"]}, "required": ["code"]}
    (found,) = breaks(listed, {**listed, "$defs": listed["$defs"] | {"Desk": without}})
    assert found.startswith(".desks[].purpose: it is gone")
