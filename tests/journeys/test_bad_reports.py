"""Reports and screenings that cannot be taken: each is refused with what to do, repeats nothing and leaves nothing."""

import json
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from deploy.demo.acts import REPORTS
from deploy.demo.visitor import Visitor
from deploy.house import House
from tests.journeys.refusing import refused, without_effect
from tests.journeys.town import Town

PLANTED = "Podmetnuto"
INVALID = (422, "request_invalid")
OTHER_PLACES = ("RS-BIL", "HNK", "FBIH", "BIH")


@pytest.fixture
def here(town: Callable[[str], Town]) -> Town:
    return town("FBIH-HNK-STO")


async def posted(visitor: Visitor, content: Any, path: str = REPORTS) -> Any:
    """What the house answers to a body, byte by byte as it is."""
    headers = {
        **await visitor.bearer(),
        "Idempotency-Key": f"bad-{uuid4()}",
        "Content-Type": "application/json",
    }
    return await visitor.http.post(path, content=content, headers=headers)


BODIES: dict[str, tuple[bytes, int, str]] = {
    "nothing": (b"", *INVALID),
    "half a document": (b'{"unit": "Podmetnuto', 400, "json_malformed"),
    "two documents": (b"{} {}", 400, "json_malformed"),
    "a list": (b'["Podmetnuto"]', *INVALID),
    "a word": (b'"Podmetnuto"', *INVALID),
    "null": (b"null", *INVALID),
    "a number that is none": (b'{"unit": NaN}', *INVALID),
    "a number without end": (b'{"unit": ' + b"9" * 6_000 + b"}", 400, "body_unreadable"),
    "bytes that are no text": (b'{"unit": "\xff\xfe"}', 400, "body_unreadable"),
    "text in another encoding": ('{"narrative": "Podmetnuto\\u0000"}'.encode("utf-16"), 400, "body_unreadable"),
    "a document within a document within": (b"[" * 100_000, 400, "body_unreadable"),
    "objects within objects": (b'{"a":' * 40_000, 400, "body_unreadable"),
}


@pytest.mark.parametrize("name", BODIES)
async def test_a_body_that_is_no_document_is_refused(house: House, here: Town, name: str) -> None:
    content, status, code = BODIES[name]
    async with without_effect(house):
        refused(await posted(here.school, content), status, code, [PLANTED])


@pytest.mark.parametrize(
    "letter", ["\\u0000", "\\ud800", "\\udfff x"], ids=["NUL", "half a pair", "the other half of a pair"]
)
async def test_a_character_that_is_no_text_is_refused_wherever_it_stands(house: House, here: Town, letter: str) -> None:
    async with without_effect(house):
        for changes in ({"narrative": "QQ"}, {"child": {"given_name": "QQ"}}, {"unit": "QQ"}, {"QQ": 1}):
            text = json.dumps(here.paper(**changes)).replace("QQ", f"{PLANTED}{letter}")
            refused(await posted(here.school, text.encode()), 400, "body_unreadable", [PLANTED])


async def test_a_body_that_is_too_large_is_refused_each_time_whether_or_not_it_says_so(
    house: House, here: Town
) -> None:
    async def in_pieces(size: int) -> AsyncIterator[bytes]:
        for _ in range(size // 1_000):
            yield PLANTED.encode() * 100

    async with without_effect(house):
        for size in (260_000, 600_000, 1_500_000) * 4:
            whole = json.dumps(here.paper(narrative=PLANTED * (size // 10))).encode()
            refused(await posted(here.school, whole), 413, "body_too_large", [PLANTED])
            refused(await posted(here.school, in_pieces(size)), 413, "body_too_large", [PLANTED])


# Each row: what is changed in a report that is fine, and the place the answer names.
FIELDS: dict[str, tuple[dict[str, Any], str]] = {
    "a field that is none": ({"neighbour": PLANTED}, "body.…"),
    "a field of the child that is none": ({"child": {"nickname": PLANTED}}, "body.child.…"),
    "a unit that is a number": ({"unit": 71}, "body.unit"),
    "a unit in small letters": ({"unit": PLANTED}, "body.unit"),
    "no unit": ({"unit": None}, "body.unit"),
    "no reporter": ({"reporter": None}, "body"),
    "a reporter of no kind": ({"reporter": {"kind": PLANTED}}, "body.reporter.kind"),
    "a name of spaces": ({"reporter": {"kind": "family", "name": "  "}}, "body.reporter.name"),
    "no channel": ({"channel": None}, "body.channel"),
    "a channel that is none": ({"channel": PLANTED}, "body.channel"),
    "no concerns": ({"concerns": []}, "body.concerns"),
    "concerns that are a word": ({"concerns": PLANTED}, "body.concerns"),
    "a concern that is none": ({"concerns": ["neglect", PLANTED]}, "body.concerns.1"),
    "a child that is a word": ({"child": PLANTED}, "body.child"),
    "a name that is too long": ({"child": {"given_name": PLANTED * 13}}, "body.child.given_name"),
    "yes instead of true": ({"anonymous": "yes"}, "body.anonymous"),
    "one instead of true": ({"immediate_danger": 1}, "body.immediate_danger"),
    "a story that is a number": ({"narrative": 4711}, "body.narrative"),
    "a story that is too long": ({"narrative": PLANTED * 2_001}, "body.narrative"),
    "a date that is a number": ({"occurred_at": 1_767_225_600}, "body.occurred_at"),
    "a date without its offset": ({"occurred_at": "2026-03-01T10:00:00"}, "body.occurred_at"),
    "a date that no calendar has": ({"occurred_at": "2026-02-30T10:00:00Z"}, "body.occurred_at"),
    "no date": ({"occurred_at": None}, "body.occurred_at"),
    "a birth date that is a number": ({"child": {"birth_date": 20180505}}, "body.child.birth_date"),
    "a birth date in the year one": ({"child": {"birth_date": "0001-01-01"}}, "body.child.birth_date"),
    "a birth date with a time": ({"child": {"birth_date": "2018-05-05T10:11:12Z"}}, "body.child.birth_date"),
    "a sex that is none": ({"child": {"sex": PLANTED}}, "body.child.sex"),
}


@pytest.mark.parametrize("name", FIELDS)
async def test_a_field_that_is_wrong_is_named_and_its_value_is_not(house: House, here: Town, name: str) -> None:
    changes, place = FIELDS[name]
    async with without_effect(house):
        answer = await posted(here.school, json.dumps(here.paper(**changes)))
        problem = refused(answer, *INVALID, [PLANTED, "4711", "neighbour", "nickname", "20180505", "2026-02-30"])
        assert [error["place"] for error in problem["errors"]] == [place]


@pytest.mark.parametrize(
    "moment",
    [
        "0001-01-01T00:00:00Z",
        "0001-01-01T00:00:00+14:00",
        "1989-12-31T23:59:59Z",
        "9999-12-31T23:59:59-12:00",
        "2026-12-30T10:00:00Z",
    ],
)
async def test_a_date_on_which_nothing_can_have_happened_is_refused(house: House, here: Town, moment: str) -> None:
    async with without_effect(house):
        answer = await posted(here.school, json.dumps(here.paper(occurred_at=moment)))
        refused(answer, 422, "occurred_at_absurd", [moment])


async def test_a_birth_that_is_still_to_come_is_refused(house: House, here: Town) -> None:
    born = f"{here.house.now() + timedelta(days=2):%Y-%m-%d}"
    async with without_effect(house):
        answer = await posted(here.school, json.dumps(here.paper(child={"birth_date": born})))
        refused(answer, 422, "birth_date_absurd", [born])


async def test_a_place_that_is_not_the_callers_is_refused_and_one_that_is_nowhere_too(house: House, here: Town) -> None:
    async with without_effect(house):
        for visitor in (here.school, here.worker):
            for place in OTHER_PLACES:
                answer = await posted(visitor, json.dumps(here.paper(unit=place)))
                refused(answer, 403, "not_yours", [place])
            nowhere = await posted(visitor, json.dumps(here.paper(unit="XX-YYY")))
            refused(nowhere, 422, "unit_unknown", ["XX-YYY"])


# Each row: what is changed in a screening that is fine, the status and the code.
SCREENINGS: dict[str, tuple[dict[str, Any], int, str]] = {
    "no outcome": ({"outcome": None}, *INVALID),
    "an outcome that is none": ({"outcome": PLANTED}, *INVALID),
    "no needs": ({"needs": []}, *INVALID),
    "too many needs": ({"needs": [f"need_{number}" for number in range(21)]}, *INVALID),
    "a need that is no code": ({"needs": [f"{PLANTED}!"]}, *INVALID),
    "a need that the catalogue lacks": ({"needs": ["podmetnuto"]}, 422, "need_unknown"),
    "no answers": ({"answers": {}}, *INVALID),
    "an answer to no question": ({"answers": {"podmetnuto": "yes"}}, 400, "malformed"),
    "an answer that is none": ({"answers": {"immediate_danger": "podmetnuto"}}, 400, "malformed"),
    "a band without a reason": ({"override": {"band": "high"}}, *INVALID),
    "a reason that is none": ({"override": {"band": "high", "reason": " a "}}, *INVALID),
    "a band that is none": ({"override": {"band": PLANTED, "reason": PLANTED}}, *INVALID),
    "two outcomes at once": ({"reason": "unfounded"}, *INVALID),
}


@pytest.mark.parametrize("name", SCREENINGS)
async def test_a_screening_that_cannot_be_is_refused_and_the_report_waits_on(
    house: House, here: Town, name: str
) -> None:
    changes, status, code = SCREENINGS[name]
    report = await here.report()
    form = {field: value for field, value in here.screening(**changes).items() if value is not None}
    async with without_effect(house):
        answer = await posted(here.worker, json.dumps(form), f"{REPORTS}/{report}/screen")
        refused(answer, status, code, [PLANTED, "podmetnuto"])
    assert (await here.worker.get(f"{REPORTS}/{report}"))["state"] == "waiting"


async def test_a_report_that_does_not_exist_cannot_be_screened(house: House, here: Town) -> None:
    async with without_effect(house):
        for ref in ("R-22222-22222-2", PLANTED, "%F0%9F%98%80", "C-22222-22222-2"):
            answer = await posted(here.worker, json.dumps(here.screening()), f"{REPORTS}/{ref}/screen")
            refused(answer, 404, "record_unknown", [PLANTED])
