"""The key that names a request: without a fitting one nothing happens, and under one key nothing happens twice."""

import asyncio
from collections import Counter
from collections.abc import Callable
from uuid import uuid4

import pytest

from deploy.demo.acts import ALERTS, REPORTS
from deploy.house import House
from tests.journeys.looking import number
from tests.journeys.refusing import refused, without_effect
from tests.journeys.town import Town, referral_path

AT_ONCE = 20
REPORTS_OF = "SELECT count(*) FROM reports WHERE unit = $1"


@pytest.fixture
def here(town: Callable[[str], Town]) -> Town:
    return town("RS-VIS")


# Each row: the header that is sent, or None for none, and the code of the answer.
KEYS = {
    "none": (None, "idempotency_key_missing"),
    "an empty one": ("", "idempotency_key_malformed"),
    "a short one": ("1234567", "idempotency_key_malformed"),
    "a long one": ("k" * 129, "idempotency_key_malformed"),
    "one with spaces": ("key with spaces", "idempotency_key_malformed"),
    "one with a quote": ("key'--; DROP TABLE", "idempotency_key_malformed"),
    "one in letters of other alphabets": ("ključ-ključ", "idempotency_key_malformed"),
}


@pytest.mark.parametrize("name", KEYS)
async def test_a_command_without_a_fitting_key_does_nothing(house: House, here: Town, name: str) -> None:
    key, code = KEYS[name]
    report = await here.report()
    named = {} if key is None else {b"Idempotency-Key": key.encode()}
    headers = {name.encode(): value.encode() for name, value in (await here.worker.bearer()).items()} | named
    async with without_effect(house):
        for path, form in (
            (REPORTS, here.paper()),
            (f"{REPORTS}/{report}/screen", here.screening()),
            ("/referral/v1/referrals/F-22222-22222-222222/accept", {}),
            (f"{ALERTS}/A-22222-22222-222222/acknowledge", {}),
        ):
            answer = await here.worker.http.post(path, json=form, headers=headers)
            refused(answer, 400, code, [key] if key else [])


async def test_one_key_sent_many_times_at_once_has_one_effect_and_one_answer(house: House, here: Town) -> None:
    key, form, before = f"at-once-{uuid4()}", here.paper(), await number(house, "intake", REPORTS_OF, here.unit)
    answers = await asyncio.gather(*(here.school.post(REPORTS, form, key=key) for _ in range(AT_ONCE)))
    assert set(Counter(answer.status_code for answer in answers)) <= {201, 409}
    for answer in answers:
        if answer.status_code == 409:
            refused(answer, 409, "still_running", [key])
            assert answer.headers["retry-after"]
    taken = {answer.content for answer in answers if answer.status_code == 201}
    assert len(taken) == 1
    assert await number(house, "intake", REPORTS_OF, here.unit) == before + 1
    assert (await here.school.post(REPORTS, form, key=key)).content in taken


async def test_many_keys_sent_at_once_have_each_their_own_effect(house: House, here: Town) -> None:
    form, before = here.paper(), await number(house, "intake", REPORTS_OF, here.unit)
    answers = await asyncio.gather(*(here.school.post(REPORTS, form) for _ in range(AT_ONCE)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["report"] for answer in answers}) == AT_ONCE
    assert await number(house, "intake", REPORTS_OF, here.unit) == before + AT_ONCE


async def test_a_key_that_named_another_request_is_refused_whatever_differs(house: House, here: Town) -> None:
    key, form = f"reused-{uuid4()}", here.paper()
    report = (await here.worker.post(REPORTS, form, key=key)).json()["report"]
    async with without_effect(house):
        other_body = await here.worker.post(REPORTS, form | {"concerns": ["begging"]}, key=key)
        other_path = await here.worker.post(f"{REPORTS}/{report}/screen", here.screening(), key=key)
        other_query = await here.worker.post(f"{REPORTS}?again=1", form, key=key)
        for reused in (other_body, other_path, other_query):
            refused(reused, 422, "key_reused", [key])


async def test_two_callers_may_choose_the_same_key_by_chance(here: Town) -> None:
    key, form = f"chance-{uuid4()}", here.paper()
    first, second = [await visitor.post(REPORTS, form, key=key) for visitor in (here.school, here.worker)]
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json()["report"] != second.json()["report"]


async def test_what_was_refused_can_be_asked_again_under_the_same_key_once_it_is_right(here: Town) -> None:
    key, referral = f"again-{uuid4()}", await here.asked_for()
    path = referral_path(referral, "start")
    refused(await here.provider().post(path, {}, key=key), 409, "not_accepted")
    await here.provider().does(referral_path(referral, "accept"))
    again = await here.provider().post(path, {}, key=key)
    assert (again.status_code, again.json()["state"]) == (200, "under_way")
