"""The inbox over HTTP: one's own desks, one note for each alert, and a stream that can be taken up again."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from deploy.house import House
from services.contracts.names import LANGUAGES
from tests.chassis.inbox import CASEWORKER, NURSE, PROVIDER, SCHOOL, Inbox, emptied, open_inbox
from tests.core import alert_stories as story

STREAM = "/notifications/v1/alerts/stream"
SEEN_SECONDS_MAX = 10


@pytest.fixture(scope="module")
async def opened(house: House, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Inbox]:
    async with open_inbox(house, tmp_path_factory.mktemp("inbox")) as inbox:
        yield inbox


@pytest.fixture
async def inbox(opened: Inbox) -> Inbox:
    await emptied(opened)
    return opened


async def raised_at_clinic(inbox: Inbox) -> str:
    await inbox.hear(story.in_order(story.sent()))
    [alert] = (await inbox.listed(PROVIDER))["items"]
    return str(alert["alert"])


async def frames(inbox: Inbox, account: str, number: int, *, last: int | None = None, **query: int) -> list[Any]:
    """The next frames of an account's stream, as soon as there are that many."""
    headers = inbox.headers(account) | ({"Last-Event-ID": str(last)} if last is not None else {})
    heard: list[Any] = []
    async with asyncio.timeout(SEEN_SECONDS_MAX), contextlib.AsyncExitStack() as stack:
        answer = await stack.enter_async_context(inbox.client.stream("GET", STREAM, headers=headers, params=query))
        assert answer.status_code == 200
        fields: dict[str, str] = {}
        async for line in answer.aiter_lines():
            name, _, value = line.partition(": ")
            fields[name] = value
            if not line and "data" in fields:
                heard.append((int(fields["id"]), json.loads(fields["data"])))
                fields = {}
                if len(heard) == number:
                    break
    return heard


async def test_a_desk_is_shown_its_own_alerts_and_why_in_every_language(inbox: Inbox) -> None:
    await inbox.hear(story.in_order(story.sent(), story.fell_silent()))
    page = await inbox.listed(PROVIDER)
    assert {item["code"] for item in page["items"]} == {"REFERRAL_SENT", "REFERRAL_FELL_SILENT"}
    for item in page["items"]:
        assert (item["desk"], item["subject"]) == (story.CLINIC_DESK, story.TO_CLINIC)
        assert sorted(item["reason"]) == sorted(LANGUAGES)
        assert all(item["reason"].values())
    assert (await inbox.listed(SCHOOL))["items"] == []
    assert [item["desk"] for item in (await inbox.listed(CASEWORKER))["items"]] == [story.CASELOAD]


async def test_whoever_is_asked_never_hears_which_case_it_is(inbox: Inbox) -> None:
    await inbox.hear(story.in_order(story.sent(), story.fell_silent(), story.declined()))
    asked = await inbox.listed(PROVIDER)
    assert len(asked["items"]) == 2
    assert story.CASE not in json.dumps([asked, await frames(inbox, PROVIDER, 4)])
    asking = (await inbox.listed(CASEWORKER))["items"] + [frame for _, frame in await frames(inbox, CASEWORKER, 3)]
    assert {each["case"] for each in asking} == {story.CASE}


async def test_what_still_needs_somebody_comes_first_the_oldest_of_it_first_over_all_pages(inbox: Inbox) -> None:
    for number in range(5):
        inbox.clock.at = story.MONDAY + number * story.HOUR
        await inbox.hear(story.in_order(story.sent(f"F-2222{number + 2}-22222-222222")))
    inbox.clock.at += story.HOUR
    await inbox.take_note(PROVIDER, (await inbox.listed(PROVIDER))["items"][1]["alert"])
    found: list[Any] = []
    page = await inbox.listed(PROVIDER, limit=2)
    for _ in range(4):
        found += page["items"]
        if page["next"] is None:
            break
        page = await inbox.listed(PROVIDER, limit=2, after=page["next"])
    order = [(item["state"], item["raised_at"]) for item in found]
    assert [state for state, _ in order] == ["raised"] * 4 + ["acknowledged"]
    assert order[:4] == sorted(order[:4], key=lambda each: each[1])
    assert len({item["alert"] for item in found}) == 5


async def test_a_list_can_be_narrowed_by_state_and_by_severity(inbox: Inbox) -> None:
    await inbox.hear(story.in_order(story.sent(), story.accepted(), story.completed()))
    assert [i["code"] for i in (await inbox.listed(CASEWORKER, state="raised"))["items"]] == ["REFERRAL_COMPLETED"]
    assert [i["state"] for i in (await inbox.listed(PROVIDER, state="resolved"))["items"]] == ["resolved"]
    assert (await inbox.listed(CASEWORKER, severity="critical"))["items"] == []
    assert len((await inbox.listed(CASEWORKER, severity="info"))["items"]) == 2


async def test_somebody_takes_note_and_who_and_when_is_kept(inbox: Inbox) -> None:
    ref = await raised_at_clinic(inbox)
    inbox.clock.at += story.HOUR
    first = await inbox.take_note(PROVIDER, ref)
    assert first.status_code == 200
    assert first.json()["state"] == "acknowledged"
    assert first.json()["acknowledged_by"] == PROVIDER
    inbox.clock.at += story.HOUR
    second = await inbox.take_note(NURSE, ref)
    assert second.json() == first.json(), "who was first stays"
    [item] = (await inbox.listed(NURSE))["items"]
    assert item["acknowledged_by"] == PROVIDER
    [said] = await inbox.rows("SELECT body FROM outbox WHERE type LIKE '%acknowledged%'")
    assert json.loads(said["body"])["in_time"] is True
    assert await inbox.without_next_step() == []


async def test_the_same_request_again_gets_the_same_answer(inbox: Inbox) -> None:
    ref = await raised_at_clinic(inbox)
    first = await inbox.take_note(PROVIDER, ref, "note-0001")
    inbox.clock.at += story.HOUR
    assert (await inbox.take_note(PROVIDER, ref, "note-0001")).content == first.content


async def test_an_alert_that_is_over_stays_over(inbox: Inbox) -> None:
    sent, accepted = story.in_order(story.sent(), story.accepted())
    await inbox.hear([sent, accepted])
    [item] = (await inbox.listed(PROVIDER))["items"]
    answer = await inbox.take_note(PROVIDER, item["alert"])
    assert (answer.status_code, answer.json()["state"]) == (200, "resolved")
    assert answer.json()["acknowledged_by"] is None


async def test_an_alert_of_another_desk_does_not_exist(inbox: Inbox) -> None:
    ref = await raised_at_clinic(inbox)
    other = await inbox.take_note(SCHOOL, ref)
    absent = await inbox.take_note(SCHOOL, "A-22222-22222-222222")
    assert (other.status_code, absent.status_code) == (404, 404)
    assert other.json() | {"correlation_id": ""} == absent.json() | {"correlation_id": ""}
    assert [state for *_, state in await inbox.alerts()] == ["raised"]


async def test_a_machine_hears_no_alerts(inbox: Inbox) -> None:
    machine = f"client@{story.SCHOOL}"
    answer = await inbox.client.get("/notifications/v1/alerts", headers=inbox.headers(machine))
    assert (answer.status_code, answer.json()["code"]) == (403, "not_your_role")


async def test_an_open_stream_says_why_as_soon_as_it_happens(inbox: Inbox) -> None:
    listening = asyncio.create_task(frames(inbox, PROVIDER, 1))
    await asyncio.sleep(0.2)
    await inbox.hear(story.in_order(story.sent()))
    [(number, frame)] = await listening
    assert number == 1
    assert (frame["kind"], frame["code"], frame["subject"]) == ("raised", "REFERRAL_SENT", story.TO_CLINIC)
    assert frame["acknowledge_by"] == "2026-03-09T13:00:00.000000Z"
    assert sorted(frame["reason"]) == sorted(LANGUAGES)


async def test_a_dropped_stream_goes_on_without_gap_or_repeat(inbox: Inbox) -> None:
    ref = await raised_at_clinic(inbox)
    [(number, _)] = await frames(inbox, PROVIDER, 1)
    await inbox.take_note(PROVIDER, ref)
    await inbox.hear(story.in_order(story.sent(), story.accepted())[1:])
    rest = await frames(inbox, PROVIDER, 2, last=number)
    assert [frame["kind"] for _, frame in rest] == ["acknowledged", "resolved"]
    whole = await frames(inbox, PROVIDER, 3)
    assert [at for at, _ in whole] == [number, *(at for at, _ in rest)]


async def test_a_page_says_where_its_stream_begins(inbox: Inbox) -> None:
    ref = await raised_at_clinic(inbox)
    page = await inbox.listed(PROVIDER)
    await inbox.take_note(NURSE, ref)
    [(_, frame)] = await frames(inbox, PROVIDER, 1, after=page["last_frame"])
    assert frame["kind"] == "acknowledged"


async def test_numbers_rise_whatever_desks_somebody_covers_and_other_desks_are_not_heard(inbox: Inbox) -> None:
    await inbox.hear(story.in_order(story.report_received(), story.sent(), story.case_opened(), story.declined()))
    heard = await frames(inbox, CASEWORKER, 3)
    assert {frame["desk"] for _, frame in heard} == {story.CASELOAD, story.DUTY}
    assert [at for at, _ in heard] == sorted(at for at, _ in heard)
    [(_, elsewhere), *_] = await frames(inbox, PROVIDER, 2)
    assert elsewhere["desk"] == story.CLINIC_DESK


async def test_what_climbs_is_told_below_and_above(inbox: Inbox) -> None:
    await raised_at_clinic(inbox)
    inbox.clock.at += timedelta(days=7)
    await inbox.keep_appointments()
    [_, (_, below)] = await frames(inbox, PROVIDER, 2)
    assert (below["kind"], below["to_desk"]) == ("escalated", story.CASELOAD)
    [(_, above)] = await frames(inbox, CASEWORKER, 1)
    assert (above["kind"], above["step"], above["subject"]) == ("raised", 2, story.TO_CLINIC)


@pytest.mark.parametrize("query", [{"limit": "0"}, {"state": "asleep"}, {"after": "forged"}, {"severity": "deafening"}])
async def test_a_wrong_question_is_told_what_to_do(inbox: Inbox, query: dict[str, str]) -> None:
    answer = await inbox.client.get("/notifications/v1/alerts", params=query, headers=inbox.headers(PROVIDER))
    assert answer.status_code in (400, 422)
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["detail"]
