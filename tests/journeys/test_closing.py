"""A case ends: nobody is asked for it any more, and no desk hears of it any more."""

from collections.abc import Callable
from typing import Any

import pytest

from deploy.demo.acts import ALERTS, REFERRALS, REPORTS, seen
from deploy.house import House
from tests.journeys.looking import number
from tests.journeys.town import CASES, NEED, Town, referral_path

COUNTED = "SELECT count(*) FROM facts WHERE key = $1 AND type = 'ba.spis.intake.case.closed.v1'"


@pytest.fixture
def here(town: Callable[[str], Town]) -> Town:
    return town("FBIH-USK-SMO")


async def test_the_end_of_a_case_is_heard_in_every_room(house: House, here: Town) -> None:
    report = await here.report()
    override = {"band": "critical", "reason": "Izmišljeno: opasnost."}
    opened = await here.worker.does(f"{REPORTS}/{report}/screen", here.screening(NEED, override=override))
    case, path = opened["case"], f"{CASES}/{opened['case']}/close"
    referral = await here.asked(case)
    await here.known(referral, "sent")
    early = await here.worker.post(path, {"outcome": "needs_met"})
    assert (early.status_code, early.json()["code"]) == (409, "referral_live")
    assert referral["referral"] in early.json()["detail"]
    await here.provider().does(referral_path(referral, "decline"), {"reason": "no_capacity"})
    await here.alert(here.worker, "REFERRAL_DECLINED", referral["referral"])
    await here.alert(here.worker, "CHILD_IMMEDIATE_DANGER", case)
    await here.known(referral, "declined")
    await here.worker.does(path, {"outcome": "moved_away"})

    async def quiet() -> bool:
        items = (await here.worker.get(ALERTS, limit="200"))["items"]
        about = [each for each in items if {each["subject"], each["case"]} & {case, referral["referral"]}]
        return {each["state"] for each in about} == {"resolved"}

    await seen(quiet, "the end of every alert about the case")

    async def refused() -> Any:
        form = {"case": case, "need": NEED, "receiver": referral["receiver"]}
        return (await here.worker.post(REFERRALS, form)).json().get("code") == "case_closed"

    await seen(refused, "a refusal to ask for a closed case")
    assert not [each for each in (await here.worker.get(REFERRALS, case=case))["items"] if each["state"] == "waiting"]

    async def counted() -> bool:
        return await number(house, "analytics", COUNTED, case) == 1

    await seen(counted, "the end of the case in analytics")
