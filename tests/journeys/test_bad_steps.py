"""Steps that cannot be taken from where a report, referral or alert stands: refused, and it stands where it stood."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from deploy.demo.acts import ALERTS, REPORTS
from deploy.demo.papers import screened_out
from deploy.demo.visitor import Visitor
from deploy.house import House
from tests.journeys.refusing import refused, without_effect
from tests.journeys.town import NEED_OF_ANOTHER, Town, referral_path

FORMS: Mapping[str, dict[str, str]] = {
    "accept": {},
    "decline": {"reason": "no_capacity"},
    "start": {},
    "complete": {"outcome": "need_met"},
    "withdraw": {"reason": "sent_in_error"},
}
# Each row: the steps that lead somewhere, and what is refused there.
REFUSED_FROM: dict[tuple[str, ...], dict[str, str]] = {
    (): {"start": "not_accepted", "complete": "not_accepted"},
    ("accept",): {"decline": "already_accepted", "complete": "already_accepted"},
    ("accept", "start"): {"accept": "under_way", "decline": "under_way", "withdraw": "under_way"},
    ("accept", "start", "complete"): dict.fromkeys(("accept", "decline", "start", "withdraw"), "already_completed"),
    ("decline",): dict.fromkeys(("accept", "start", "complete", "withdraw"), "already_declined"),
    ("withdraw",): dict.fromkeys(("accept", "decline", "start", "complete"), "already_withdrawn"),
}


@pytest.fixture
def here(town: Callable[[str], Town]) -> Town:
    return town("RS-NGR")


async def take(here: Town, referral: Mapping[str, Any], step: str, form: Mapping[str, Any] | None = None) -> Any:
    """Ask for one step of a referral, as whoever it belongs to."""
    visitor = here.worker if step == "withdraw" else here.provider()
    return await visitor.post(referral_path(referral, step), form or FORMS[step])


@pytest.mark.parametrize("way", REFUSED_FROM, ids=lambda way: " then ".join(way) or "sent")
async def test_a_step_that_cannot_follow_is_refused_and_changes_nothing(
    house: House, here: Town, way: tuple[str, ...]
) -> None:
    referral = await here.asked_for()
    for step in way:
        assert (await take(here, referral, step)).status_code == 200
    before = await here.worker.get(referral_path(referral))
    async with without_effect(house):
        for step, code in REFUSED_FROM[way].items():
            refused(await take(here, referral, step), 409, code)
    assert await here.worker.get(referral_path(referral)) == before


async def test_what_was_said_once_is_not_said_differently_afterwards(house: House, here: Town) -> None:
    referral = await here.asked_for()
    await take(here, referral, "decline")
    async with without_effect(house):
        refused(await take(here, referral, "decline", {"reason": "safety"}), 409, "already_declined")
        for form in ({}, {"reason": "podmetnuto"}, {"reason": "safety", "note": "podmetnuto"}, {"outcome": "need_met"}):
            refused(await here.provider().post(referral_path(referral, "decline"), form), 422, "request_invalid")


async def test_a_report_is_decided_once(house: House, here: Town) -> None:
    report = await here.report()
    await here.worker.does(f"{REPORTS}/{report}/screen", screened_out(here.answers))
    async with without_effect(house):
        for form in (here.screening(), screened_out(here.answers) | {"reason": "other_unit"}):
            refused(await here.worker.post(f"{REPORTS}/{report}/screen", form), 409, "report_decided")


async def test_nobody_answers_for_another_institution(house: House, here: Town) -> None:
    referral = await here.asked_for()
    strangers: tuple[Visitor, ...] = (
        here.provider(NEED_OF_ANOTHER),
        here.cast.client(f"{here.unit}.health"),
        here.cast.person("coordinator", "RS"),
        here.cast.person("director", here.unit),
    )
    async with without_effect(house):
        for visitor in strangers:
            sees = (await visitor.http.get(referral_path(referral), headers=await visitor.bearer())).status_code == 200
            for step, form in FORMS.items():
                answer = await visitor.post(referral_path(referral, step), form)
                assert answer.status_code in ((403,) if sees else (403, 404))
                refused(answer, answer.status_code, answer.json()["code"])


async def test_nobody_asks_an_institution_that_does_not_serve_the_need(house: House, here: Town) -> None:
    referral = await here.asked_for()
    await take(here, referral, "decline")
    ask = {"case": referral["case"], "need": referral["need"]}
    async with without_effect(house):
        for receiver in (f"{here.unit}.health", f"{here.unit}.nobody", "RS-LAK.school"):
            answer = await here.worker.post("/referral/v1/referrals", ask | {"receiver": receiver})
            refused(answer, 409, "need_not_served", [receiver])
        unknown = ask | {"case": "C-22222-22222-2", "receiver": f"{here.unit}.school"}
        refused(await here.worker.post("/referral/v1/referrals", unknown), 404, "record_unknown")


async def test_an_alert_of_another_desk_cannot_be_taken_note_of(house: House, here: Town) -> None:
    referral = await here.asked_for()
    alert = await here.alert(here.provider(), "REFERRAL_SENT", referral["referral"])
    async with without_effect(house):
        for visitor in (here.worker, here.provider(NEED_OF_ANOTHER), here.cast.person("coordinator", "RS")):
            refused(await visitor.post(f"{ALERTS}/{alert['alert']}/acknowledge", {}), 404, "record_unknown")
        refused(await here.worker.post(f"{ALERTS}/A-22222-22222-222222/acknowledge", {}), 404, "record_unknown")
    assert (await here.alert(here.provider(), "REFERRAL_SENT", referral["referral"]))["state"] == "raised"
