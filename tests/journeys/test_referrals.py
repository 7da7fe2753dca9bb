"""What happens to a referral besides the story: haste, repetition, lateness and strangers."""

import asyncio
from collections.abc import Callable, Collection
from typing import Any

import pytest

from deploy.demo.acts import ALERTS, REFERRALS, seen
from deploy.demo.visitor import Visitor
from deploy.house import House
from tests.journeys.looking import number, rows
from tests.journeys.town import CASES, NEED, NEED_OF_ANOTHER, SERVING, Town, referral_path

EVENTS = "SELECT type, actor FROM stream_events WHERE stream = 'referral/' || $1 ORDER BY version"
LIVE = """SELECT count(*) FROM referrals
    WHERE case_ref = $1 AND need = $2 AND state IN ('waiting', 'accepted', 'under_way')"""


@pytest.fixture
def here(town: Callable[[str], Town]) -> Town:
    return town("FBIH-USK-SMO")


async def test_two_people_who_accept_at_once_are_one_acceptance(house: House, here: Town) -> None:
    referral = await here.asked_for()
    person, machine = here.provider(), here.school
    answers = await asyncio.gather(*(who.post(referral_path(referral, "accept"), {}) for who in (person, machine) * 3))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.content for answer in answers}) == 1
    events = [row["type"].partition(".")[0] for row in await rows(house, "referral", EVENTS, referral["referral"])]
    assert events == ["ReferralSent", "ReferralAccepted"]


async def test_one_who_accepts_and_one_who_declines_at_once_leave_one_answer(house: House, here: Town) -> None:
    referral, person = await here.asked_for(), here.provider()
    yes, no = await asyncio.gather(
        person.post(referral_path(referral, "accept"), {}),
        here.school.post(referral_path(referral, "decline"), {"reason": "no_capacity"}),
    )
    assert sorted((yes.status_code, no.status_code)) == [200, 409]
    events = [row["type"].partition(".")[0] for row in await rows(house, "referral", EVENTS, referral["referral"])]
    assert events == ["ReferralSent", "ReferralAccepted" if yes.status_code == 200 else "ReferralDeclined"]


async def test_a_need_is_asked_of_one_institution_at_a_time_however_often_somebody_asks(
    house: House, here: Town
) -> None:
    first = await here.asked_for()
    form = {"case": first["case"], "need": NEED, "receiver": f"{here.unit}.school"}
    too_early = await here.worker.post(REFERRALS, form)
    assert (too_early.status_code, too_early.json()["code"]) == (409, "need_has_live_referral")
    await here.provider().does(referral_path(first, "decline"), {"reason": "no_capacity"})
    supervisor = here.cast.person("supervisor", here.unit)
    answers = await asyncio.gather(*(who.post(REFERRALS, form) for who in (here.worker, supervisor) * 3))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409, 409, 409]
    assert await number(house, "referral", LIVE, first["case"], NEED) == 1
    assert (await here.asked(first["case"]))["attempt"] == 2


async def test_taking_note_of_an_alert_stops_nothing_and_an_answer_after_silence_is_as_good_as_any(
    house: House, here: Town
) -> None:
    referral, receiver = await here.asked_for(NEED_OF_ANOTHER), here.provider(NEED_OF_ANOTHER)
    before = await here.worker.get(referral_path(referral))
    alert = await here.alert(receiver, "REFERRAL_SENT", referral["referral"])
    noted = await receiver.does(f"{ALERTS}/{alert['alert']}/acknowledge")
    assert (noted["state"], noted["acknowledged_by"]) == ("acknowledged", receiver.account)
    assert (await here.worker.get(referral_path(referral)))["next_check"] == before["next_check"]
    here.wait_until(referral["answer_by"])
    for visitor in (here.worker, receiver):
        await here.alert(visitor, "REFERRAL_FELL_SILENT", referral["referral"])
    accepted = await receiver.does(referral_path(referral, "accept"))
    assert accepted["state"] == "accepted"
    await seen(lambda: _nothing_owed(here.worker, receiver, about=[referral["referral"]]), "the end of its alerts")


async def test_when_the_loop_is_closed_nobody_is_called_any_more(house: House, here: Town) -> None:
    case = await here.case(NEED, NEED_OF_ANOTHER)
    report = (await here.worker.get(f"{CASES}/{case}"))["report"]
    providers = {need: here.provider(need) for need in SERVING}
    over = [case, report]
    for need, provider in providers.items():
        referral = await here.asked(case, need)
        over.append(referral["referral"])
        await here.alert(provider, "REFERRAL_SENT", referral["referral"])
        for step, form in (("accept", {}), ("start", {}), ("complete", {"outcome": "need_met"})):
            await provider.does(referral_path(referral, step), form)
        await here.alert(here.worker, "REFERRAL_COMPLETED", referral["referral"])
    director = here.cast.person("director", here.unit)
    everyone = (here.worker, director, *providers.values())
    await seen(lambda: _nothing_owed(*everyone, about=over), "the end of every alert about the case")
    file = await here.worker.get(f"{CASES}/{case}")
    assert [(need["progress"], need["code"]) for need in file["needs"]] == [("completed", "need_met")] * 2


async def test_who_is_asked_sees_the_minimum_until_they_accept(here: Town) -> None:
    referral, receiver = await here.asked_for(), here.provider()
    before = await receiver.get(referral_path(referral))
    alert = await here.alert(receiver, "REFERRAL_SENT", referral["referral"])
    assert (before["need"], before["case"], alert["case"]) == (NEED, None, None)
    assert (await receiver.get(REFERRALS, case=referral["case"]))["items"] == []
    await receiver.does(referral_path(referral, "accept"))
    assert (await receiver.get(referral_path(referral)))["case"] == referral["case"]
    assert [item["referral"] for item in (await receiver.get(REFERRALS, case=referral["case"]))["items"]] == [
        referral["referral"]
    ]


async def test_whoever_takes_note_first_stays_the_one_who_did(here: Town) -> None:
    report = await here.report()
    alert = await here.alert(here.worker, "REPORT_RECEIVED", report)
    path, supervisor = f"{ALERTS}/{alert['alert']}/acknowledge", here.cast.person("supervisor", here.unit)
    answers = await asyncio.gather(*(visitor.does(path) for visitor in (here.worker, supervisor) * 3))
    assert len({(answer["acknowledged_by"], answer["acknowledged_at"]) for answer in answers}) == 1
    assert answers[0]["acknowledged_by"] in (here.worker.account, supervisor.account)
    kept = await here.alert(here.worker, "REPORT_RECEIVED", report)
    assert (kept["state"], kept["acknowledged_by"]) == ("acknowledged", answers[0]["acknowledged_by"])


async def test_a_caseworker_of_another_place_learns_nothing_not_even_that_it_exists(
    here: Town, town: Callable[[str], Town]
) -> None:
    referral, stranger = await here.asked_for(), town("RS-CEL").worker
    report = (await here.worker.get(f"{CASES}/{referral['case']}"))["report"]
    for path in (f"/intake/v1/reports/{report}", f"{CASES}/{referral['case']}", referral_path(referral)):
        theirs = await stranger.http.get(path, headers=await stranger.bearer())
        nothing = await stranger.http.get(path[:-1] + "Z", headers=await stranger.bearer())
        assert theirs.status_code == nothing.status_code == 404
        assert _without_id(theirs.json()) == _without_id(nothing.json())
    screened = await stranger.post(f"/intake/v1/reports/{report}/screen", here.screening())
    withdrawn = await stranger.post(referral_path(referral, "withdraw"), {"reason": "sent_in_error"})
    assert (screened.status_code, withdrawn.status_code) == (404, 404)
    assert (await stranger.get(REFERRALS, case=referral["case"]))["items"] == []


async def _nothing_owed(*visitors: Visitor, about: Collection[str]) -> bool:
    for visitor in visitors:
        for alert in (await visitor.get(ALERTS, limit="200"))["items"]:
            owed = alert["acknowledge_by"] is not None and alert["state"] != "resolved"
            if owed and (alert["subject"] in about or alert["case"] in about):
                return False
    return True


def _without_id(problem: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in problem.items() if name != "correlation_id"}
