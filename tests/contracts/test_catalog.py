"""Every event has an owner, a key, readers and a sentence, and nothing personal can cross the building in it."""

import dataclasses
import re
import typing
from collections.abc import Iterator
from datetime import datetime
from enum import Enum
from pathlib import Path
from types import NoneType
from typing import Any

import pytest

from services.contracts import schema_files
from services.contracts.catalog import CATALOG, TOPICS, Entry, topics_heard_by
from services.contracts.schema_files import INVENTED

ROOMS = {"intake", "referral", "notifications", "analytics"}
GLOSSARY = (Path(schema_files.__file__).parent / "GLOSSARY.md").read_text(encoding="utf-8")
PERSONAL = re.compile(
    r"name|surname|birth|address|street|phone|mail|contact|parent|mother|father|guardian|jmb|number|photo"
    r"|text|note|comment|narrative|description|remark|message|title|detail|content|body|free",
    re.IGNORECASE,
)

each_event = pytest.mark.parametrize("entry", CATALOG, ids=lambda entry: entry.event.__name__)


def leaves(kind: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """Every field of an event down to its single values."""
    if dataclasses.is_dataclass(kind):
        for field, of in typing.get_type_hints(kind).items():
            yield from leaves(of, field)
    elif inner := [each for each in typing.get_args(kind) if each not in (NoneType, Ellipsis)]:
        for each in inner:
            yield from leaves(each, name)
    else:
        yield name, kind


@each_event
def test_every_event_has_an_owner_a_key_and_readers(entry: Entry) -> None:
    fields = {field.name for field in dataclasses.fields(entry.event)}
    assert entry.owner in ROOMS
    assert entry.readers
    assert set(entry.readers) <= ROOMS - {entry.owner}
    assert {entry.key, entry.subject, entry.moment, "unit"} <= fields
    kinds = typing.get_type_hints(entry.event)
    assert kinds[entry.key] is str, "an event without its key would have no place in any order"
    assert kinds[entry.subject] is str
    assert kinds[entry.moment] is datetime
    assert re.fullmatch(rf"ba\.spis\.{entry.owner}\.[a-z_]+\.[a-z_]+\.v[1-9]", entry.type)
    assert entry.topic in TOPICS


def test_wire_names_and_events_are_one_to_one() -> None:
    assert len({entry.type for entry in CATALOG}) == len({entry.event for entry in CATALOG}) == len(CATALOG)


def test_a_topic_belongs_to_one_owner_and_has_one_kind_of_key() -> None:
    for topic in TOPICS:
        assert len({entry.key for entry in CATALOG if entry.topic == topic}) == 1, topic.name
        assert topic.name.split(".")[1] == topic.owner


def test_a_room_subscribes_to_what_it_is_named_a_reader_of_and_to_nothing_else() -> None:
    for room in ROOMS:
        named = {entry.topic for entry in CATALOG if room in entry.readers}
        assert set(topics_heard_by(room)) == named
        assert all(topic.owner != room for topic in named)


@each_event
def test_only_references_codes_bands_and_dates_cross_the_building(entry: Entry) -> None:
    for name, kind in leaves(entry.event):
        assert not PERSONAL.search(name), f"{name} sounds like a person's or like prose"
        if kind is str:
            assert name in INVENTED, f"{name} is a text: say in INVENTED which reference or code it is"
        else:
            assert kind in (int, bool, datetime) or issubclass(kind, Enum), f"{name} may hold anything: {kind}"


@pytest.mark.parametrize(("name", "text"), INVENTED.items(), ids=list(INVENTED))
def test_a_text_that_crosses_the_building_is_one_word_of_a_known_alphabet(name: str, text: str) -> None:
    assert re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._/@-]{0,119}", text)


@each_event
def test_every_word_of_an_event_is_in_the_glossary(entry: Entry) -> None:
    words = {entry.event.__name__}
    for name, kind in leaves(entry.event):
        words.add(name)
        if isinstance(kind, type) and issubclass(kind, Enum):
            words.add(kind.__name__)
    missing = sorted(word for word in words if f"**{word}**" not in GLOSSARY)
    assert not missing, f"one sentence each in GLOSSARY.md: {missing}"


def test_the_glossary_keeps_no_word_that_nobody_says() -> None:
    said = {entry.event.__name__ for entry in CATALOG}
    for entry in CATALOG:
        for name, kind in leaves(entry.event):
            said |= {name, getattr(kind, "__name__", name)}
            said |= {field for field, of in typing.get_type_hints(entry.event).items() if of is not str}
    assert set(re.findall(r"\*\*(\w+)\*\*", GLOSSARY)) <= said
