"""Every example is fed to every reader: what one room says, each room that is named can hear."""

import dataclasses
import json
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, get_args

import pytest

import intake.reactions
import notifications.reactions
import referral.reactions
from analytics.fact import fact_of
from services.contracts import schema_files
from services.contracts.catalog import BY_TYPE, CATALOG, Entry, body, parse
from services.contracts.envelope import Envelope, decode
from services.contracts.failures import Malformed
from services.contracts.intake import AccessLogSealed, CaseClosed, CaseOpened
from services.contracts.upcasts import UPCASTS
from tests.core import referral_stories

SAID_ONCE = {
    "ba.spis.referral.referral.withdrawn.v1": {
        "referral": "F-2WXK7-JN9TB-4HQR6-3",
        "case": "C-4HT8N-RB6YD-2",
        "unit": "VALLEY",
        "sender": "VALLEY.csw",
        "receiver": "VALLEY.health",
        "reason": "family_refused",
        "withdrawn_at": "2026-03-02T09:30:00Z",
    },
}
"""Bodies of versions that nobody says any more: topics keep them for ever."""
EXAMPLES = Path(schema_files.__file__).parent / "examples"
each_event = pytest.mark.parametrize("entry", CATALOG, ids=lambda entry: entry.event.__name__)
each_reader = pytest.mark.parametrize(
    ("entry", "room"),
    [(entry, room) for entry in CATALOG for room in entry.readers],
    ids=lambda each: each.event.__name__ if isinstance(each, Entry) else each,
)


def as_it_travels(entry: Entry, **changed: Any) -> Envelope:
    """The example of an event as a record that arrived."""
    example = json.loads((EXAMPLES / f"{entry.type}.json").read_text(encoding="utf-8"))
    data = example.pop("data") | changed
    headers = [(f"ce_{name}", value.encode()) for name, value in example.items() if name != "datacontenttype"]
    return decode(example["partitionkey"].encode(), json.dumps(data).encode(), headers)


def heard_in(room: str, announcement: Any, envelope: Envelope) -> Iterable[object]:
    """What a room makes of an announcement; a room that passes it makes nothing of it."""
    match room:
        case "intake" if isinstance(announcement, get_args(intake.reactions.Announcement)):
            return intake.reactions.react(announcement)
        case "referral" if isinstance(announcement, CaseOpened):
            return referral.reactions.react(announcement, referral_stories.TERMS, datetime.now(UTC))
        case "referral" if isinstance(announcement, CaseClosed):
            return [announcement.case]
        case "referral" if isinstance(announcement, AccessLogSealed):
            return [announcement.head]
        case "notifications":
            return notifications.reactions.react(announcement, envelope)
        case "analytics":
            return [fact_of(announcement, envelope, lambda _, moment: moment.date())]
        case _:
            return []


@each_reader
def test_every_reader_can_hear_every_example(entry: Entry, room: str) -> None:
    envelope = as_it_travels(entry)
    announcement = parse(envelope)
    assert isinstance(announcement, entry.event)
    list(heard_in(room, announcement, envelope))


@each_reader
def test_every_reader_can_hear_an_example_of_a_later_writer_that_says_more(entry: Entry, room: str) -> None:
    envelope = as_it_travels(entry, said_only_later="something", also={"deep": [1]})
    assert parse(envelope) == parse(as_it_travels(entry))
    list(heard_in(room, parse(envelope), envelope))


@each_event
def test_what_is_read_is_written_the_same(entry: Entry) -> None:
    announcement = parse(as_it_travels(entry))
    envelope = dataclasses.replace(as_it_travels(entry), data=body(announcement))
    assert parse(envelope) == announcement


@each_event
def test_a_body_that_lacks_something_breaks_its_contract_and_the_reason_quotes_nothing(entry: Entry) -> None:
    with pytest.raises(Malformed, match=r"breaks its contract at: unit$") as refused:
        parse(as_it_travels(entry, unit={"Amra": "Invented"}))
    assert "Amra" not in refused.value.detail


def test_what_was_said_in_an_older_version_is_still_understood() -> None:
    assert set(SAID_ONCE) == set(UPCASTS)
    for old, said in SAID_ONCE.items():
        assert old not in BY_TYPE
        (newest,) = [entry for entry in CATALOG if entry.type.rpartition(".")[0] == old.rpartition(".")[0]]
        announcement = parse(dataclasses.replace(as_it_travels(newest), type=old, data=json.dumps(said).encode()))
        assert isinstance(announcement, newest.event)
        assert json.loads(body(announcement)) == said


def test_a_reader_that_is_named_hears_at_least_one_event_of_its_topic() -> None:
    """A room named as a reader that makes nothing of a whole topic would only pay for it."""
    for room in ("intake", "referral", "notifications"):
        for topic in {entry.topic for entry in CATALOG if room in entry.readers}:
            said = [as_it_travels(entry, risk="critical") for entry in CATALOG if entry.topic == topic]
            heard = [list(heard_in(room, parse(envelope), envelope)) for envelope in said]
            assert any(heard) or topic.name.endswith("directory.v1"), (room, topic.name)
