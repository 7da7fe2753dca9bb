"""Addresses, methods, content types and filters that are not there: refused in the same form as everything else."""

from collections.abc import Callable
from uuid import uuid4

import pytest

from deploy.demo.acts import ALERTS, REFERRALS, REPORTS
from deploy.house import House
from tests.journeys.refusing import refused, without_effect
from tests.journeys.town import CASES, Town

FIGURES = "/analytics/v1/figures"
INSTITUTIONS = "/referral/v1/institutions"


@pytest.fixture
def here(town: Callable[[str], Town]) -> Town:
    return town("RS-GAC")


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
async def test_a_method_that_an_address_does_not_take_is_refused_with_those_it_takes(
    house: House, here: Town, method: str
) -> None:
    async with without_effect(house):
        for path, taken in ((REPORTS, {"GET", "POST"}), (f"{REPORTS}/R-22222-22222-2", {"GET"}), (ALERTS, {"GET"})):
            answer = await here.worker.http.request(method, path, headers=await here.worker.bearer())
            refused(answer, 405, "method_not_allowed")
            assert set(answer.headers["allow"].split(", ")) == taken


async def test_a_method_that_nobody_knows_is_refused_at_the_door(here: Town) -> None:
    answer = await here.worker.http.request("PODMETNUTO", REPORTS, headers=await here.worker.bearer())
    refused(answer, 405, "method_not_allowed", ["PODMETNUTO"])
    assert answer.headers["allow"]


@pytest.mark.parametrize(
    "path",
    [f"{REPORTS}/", "/intake/v1/podmetnuto", "/intake/v1//reports", "/Intake/v1/reports", "/referral/v1/referrals/a/b"],
)
async def test_an_address_that_is_none_is_refused_by_the_room(here: Town, path: str) -> None:
    answer = await here.worker.http.get(path, headers=await here.worker.bearer())
    refused(answer, 404, "path_unknown", ["podmetnuto"])


@pytest.mark.parametrize("path", ["/intake", "/podmetnuto", "/etc/passwd", "/intake/metrics", "/id/metrics"])
async def test_an_address_outside_the_rooms_is_refused_at_the_door(here: Town, path: str) -> None:
    answer = await here.worker.http.get(path, headers=await here.worker.bearer())
    refused(answer, 404, "no_such_address", ["podmetnuto", "passwd"])


# Each row: the address, the status and the code.
QUERIES: dict[str, tuple[str, int, str]] = {
    "a page of nothing": (f"{REPORTS}?limit=0", 422, "request_invalid"),
    "a page of everything": (f"{REPORTS}?limit=201", 422, "request_invalid"),
    "a page of a word": (f"{REPORTS}?limit=podmetnuto", 422, "request_invalid"),
    "a place nobody gave": (f"{REPORTS}?after=podmetnuto", 400, "cursor_unknown"),
    "a place without end": (f"{REPORTS}?after={'a' * 600}", 422, "request_invalid"),
    "a state that is none": (f"{REPORTS}?state=podmetnuto", 422, "request_invalid"),
    "a case that is none": (f"{REFERRALS}?case=podmetnuto", 422, "request_invalid"),
    "a severity that is none": (f"{ALERTS}?severity=podmetnuto", 422, "request_invalid"),
    "a unit of nowhere": (f"{INSTITUTIONS}?unit=PODMETNUTO", 400, "malformed"),
    "no unit": (INSTITUTIONS, 422, "request_invalid"),
    "a need that is none": (f"{INSTITUTIONS}?unit=RS-GAC&need=podmetnuto", 400, "malformed"),
    "a figure of nowhere": (f"{FIGURES}?indicator=cases_opened&unit=PODMETNUTO", 400, "malformed"),
    "a figure that is none": (f"{FIGURES}?indicator=podmetnuto&unit=RS-GAC", 400, "malformed"),
    "a figure of the year one": (f"{FIGURES}?indicator=cases_opened&unit=RS-GAC&from=0001-01-01", 400, "malformed"),
    "a figure to the end of time": (f"{FIGURES}?indicator=cases_opened&unit=RS-GAC&to=9999-12-31", 400, "malformed"),
    "a figure of a word": (f"{FIGURES}?indicator=cases_opened&unit=RS-GAC&from=podmetnuto", 422, "request_invalid"),
    "a figure backwards": (
        f"{FIGURES}?indicator=cases_opened&unit=RS-GAC&from=2026-02-01&to=2026-01-01",
        400,
        "malformed",
    ),
    "a figure of another place": (f"{FIGURES}?indicator=cases_opened&unit=RS-LAK", 403, "not_yours"),
    "a figure of the place above": (f"{FIGURES}?indicator=cases_opened&unit=RS", 403, "not_yours"),
    "a character that no text has": (f"{CASES}/C-%00", 400, "address_malformed"),
    "the same in a filter": (f"{REPORTS}?after=%00", 400, "address_malformed"),
    "bytes that are no text": (f"{CASES}/%ff%fe", 404, "record_unknown"),
    "a reference without end": (f"{CASES}/{'a' * 3_000}", 422, "request_invalid"),
    "an address without end": (f"{CASES}/{'a' * 5_000}", 414, "address_too_long"),
    "a filter without end": (f"{CASES}?after={'a' * 5_000}", 414, "address_too_long"),
}


@pytest.mark.parametrize("name", QUERIES)
async def test_a_question_that_cannot_be_asked_is_refused(here: Town, name: str) -> None:
    path, status, code = QUERIES[name]
    supervisor = here.cast.person("supervisor", here.unit)
    answer = await supervisor.http.get(path, headers=await supervisor.bearer())
    refused(answer, status, code, ["podmetnuto", "PODMETNUTO", "0001-01-01", "a" * 100])


async def test_a_place_in_one_list_is_none_in_another_and_none_when_it_was_touched(here: Town) -> None:
    for _ in range(3):
        await here.report()
    page = await here.worker.get(REPORTS, limit="1")
    cursor = str(page["next"])
    second = await here.worker.get(REPORTS, limit="1", after=cursor)
    assert second["items"] != page["items"]
    touched = cursor[:-3] + ("AAA" if cursor[-3:] != "AAA" else "BBB")
    for path, query in (
        (CASES, {"after": cursor}),
        (REPORTS, {"after": cursor, "state": "waiting"}),
        (REPORTS, {"after": touched}),
    ):
        answer = await here.worker.http.get(path, params=query, headers=await here.worker.bearer())
        refused(answer, 400, "cursor_unknown", [cursor, touched])


@pytest.mark.parametrize(
    "content_type",
    [None, "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "/////"],
)
async def test_a_body_that_does_not_say_that_it_is_json_is_refused(
    house: House, here: Town, content_type: str | None
) -> None:
    headers = await here.school.bearer() | {"Idempotency-Key": f"kind-{uuid4()}"}
    if content_type:
        headers["Content-Type"] = content_type
    async with without_effect(house):
        form = here.paper(narrative="Podmetnuto")
        request = here.school.http.build_request("POST", REPORTS, json=form, headers=headers)
        if content_type is None:
            del request.headers["Content-Type"]
        refused(await here.school.http.send(request), 415, "content_type_unknown", ["Podmetnuto"])
