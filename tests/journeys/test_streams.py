"""The live stream as a desk uses it: taken up anywhere, shared by several people, closed for whoever may not listen."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from deploy.demo.acts import ALERTS
from deploy.demo.desk import STREAM, Desk, Frame, Heard
from deploy.demo.visitor import Visitor
from services.http.sse import STREAMS_PER_ACCOUNT_MAX
from tests.journeys.leaving import Departure, Leaving
from tests.journeys.town import Town, referral_path

QUIET_SECONDS = 1.0


@pytest.fixture
def here(town: Callable[[str], Town]) -> Town:
    return town("FBIH-KS-NGS")


@dataclass(frozen=True, slots=True)
class Read:
    """What a stream gave until the frame that was waited for."""

    numbers: list[int]
    frames: list[dict[str, str]]


def about(subject: str, kind: str) -> Callable[[Frame], bool]:
    """Whether a frame is of this kind and about this."""
    return lambda frame: (frame["subject"], frame["kind"]) == (subject, kind)


async def read_from(visitor: Visitor, *, after: int, until: int) -> Read:
    """A stream taken up after a frame, read until another; only what comes again or too soon could be missing."""
    read = Read([], [])
    headers = {**await visitor.bearer(), "Last-Event-ID": str(after)}
    async with asyncio.timeout(10), visitor.http.stream("GET", STREAM, headers=headers) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        async for line in answer.aiter_lines():
            name, _, value = line.partition(": ")
            if name == "data":
                read.frames.append(json.loads(value))
            elif name == "id":
                read.numbers.append(int(value))
                if read.numbers[-1] >= until:
                    break
    return read


async def frames_of_two_referrals(here: Town) -> list[Heard]:
    """Everything a desk hears while two referrals are taken on, one after the other."""
    provider = here.provider()
    page = await provider.get(ALERTS)
    desk = Desk(provider)
    desk.heard.append(Heard(page["last_frame"], {"kind": "start", "code": "", "subject": ""}))
    await desk.listen()
    try:
        for _ in range(2):
            referral = await here.asked_for()
            await desk.until(about(referral["referral"], "raised"), "its alert")
            await provider.does(referral_path(referral, "accept"))
            await desk.until(about(referral["referral"], "resolved"), "its end")
    finally:
        await desk.drop()
    return desk.heard[1:]


async def test_a_stream_can_be_taken_up_at_any_number_of_the_past_without_gap_or_repeat(here: Town) -> None:
    heard = await frames_of_two_referrals(here)
    numbers = [frame.number for frame in heard]
    assert len(numbers) >= 4
    assert numbers == sorted(set(numbers))
    for place, after in enumerate(numbers[:-1]):
        again = await read_from(here.provider(), after=after, until=numbers[-1])
        assert again.numbers == numbers[place + 1 :]
        assert again.frames == [frame.data for frame in heard[place + 1 :]]


async def test_a_number_that_was_never_given_gives_nothing_old_and_a_page_says_where_to_begin(here: Town) -> None:
    provider = here.provider()
    heard = await frames_of_two_referrals(here)
    newest = (await provider.get(ALERTS))["last_frame"]
    assert newest >= heard[-1].number
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(QUIET_SECONDS):
            await read_from(provider, after=newest + 10**6, until=0)


async def test_a_number_that_is_none_is_refused_before_the_stream_opens(here: Town) -> None:
    for odd in ("x", "-1", "1.5", str(2**64)):
        headers = {**await here.provider().bearer(), "Last-Event-ID": odd}
        answer = await here.provider().http.get(STREAM, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (422, "request_invalid")
        assert "Last-Event-ID" in answer.text


async def test_two_people_at_one_desk_hear_the_same_and_a_desk_of_another_place_hears_none_of_it(
    here: Town, town: Callable[[str], Town]
) -> None:
    there = town("RS-PRN")
    first, second, elsewhere = Desk(here.worker), Desk(here.cast.person("supervisor", here.unit)), Desk(there.worker)
    try:
        for desk in (first, second, elsewhere):
            await desk.listen()
        report = await here.report()
        theirs = await there.report()
        for desk, wanted in ((first, report), (second, report), (elsewhere, theirs)):
            await desk.until(about(wanted, "raised"), "its own report")
        assert {frame.data["unit"] for frame in elsewhere.heard} == {there.unit}
        assert {frame.data["unit"] for frame in (*first.heard, *second.heard)} == {here.unit}
    finally:
        for desk in (first, second, elsewhere):
            await desk.drop()


async def test_an_account_has_so_many_streams_and_no_more(here: Town) -> None:
    nurse = here.cast.person("provider", f"{here.unit}.ngo")
    desks = [await Desk(nurse).listen() for _ in range(STREAMS_PER_ACCOUNT_MAX)]
    try:
        answer = await nurse.http.get(STREAM, headers=await nurse.bearer())
        assert (answer.status_code, answer.json()["code"]) == (429, "too_many_streams")
        assert answer.headers["retry-after"]
    finally:
        for desk in desks:
            await desk.drop()


async def test_a_machine_and_whoever_covers_no_desk_hear_nothing(here: Town) -> None:
    for visitor in (here.school, here.cast.person("operator", "BIH"), here.cast.person("auditor", "BIH")):
        answer = await visitor.http.get(STREAM, headers=await visitor.bearer())
        assert (answer.status_code, answer.json()["code"]) == (403, "not_your_role")


@pytest.mark.parametrize(("who", "code"), [("ended", "account_unknown"), ("demoted", "not_your_role")])
def test_a_disabled_person_and_a_revoked_role_are_refused_at_once_and_their_open_stream_within_half_a_minute(
    left: Leaving, who: str, code: str
) -> None:
    seen: Departure = getattr(left, who)
    assert seen.stream_status == 200
    assert seen.closed_after is not None
    assert seen.closed_after <= 30
    assert seen.codes == {code}
    assert seen.returned == 403
    assert len(seen.answers) == 4, "every room was asked"
    for path, answers in seen.answers.items():
        assert answers[0] == 200, path
        assert answers[-1] == 403, path
    assert seen.answers["/referral/v1/referrals"][1] == 403


def test_somebody_who_moved_sees_the_alerts_of_their_old_desks_no_more_and_their_stream_begins_anew(
    left: Leaving,
) -> None:
    assert left.moved.stream_status == 200
    assert left.moved.alerts[0] > 0
    assert left.moved.alerts[-1] == 0
    assert left.moved.closed_after is not None
    assert left.moved.closed_after <= 30
