"""The case file shows what became of each need, as the institutions answer."""

from collections.abc import Callable
from typing import Any

import pytest

from deploy.demo.acts import REFERRALS, seen
from tests.journeys.town import CASES, NEED, NEED_OF_ANOTHER, Town, referral_path


@pytest.fixture
def here(town: Callable[[str], Town]) -> Town:
    return town("RS-CEL")


async def standing(here: Town, case: str, **wanted: str) -> dict[str, Any]:
    """The case file, as soon as its needs stand as wanted."""

    async def look() -> Any:
        file = await here.worker.get(f"{CASES}/{case}")
        return file if {need["need"]: need["progress"] for need in file["needs"]} == wanted else None

    found: dict[str, Any] = await seen(look, f"a file where {wanted}")
    return found


async def test_the_file_follows_each_need_from_asking_to_outcome(here: Town) -> None:
    case = await here.case(NEED, NEED_OF_ANOTHER)
    await standing(here, case, **{NEED: "sent", NEED_OF_ANOTHER: "sent"})
    first, other = await here.asked(case), await here.asked(case, NEED_OF_ANOTHER)
    await here.provider().does(referral_path(first, "decline"), {"reason": "no_capacity"})
    await here.provider(NEED_OF_ANOTHER).does(referral_path(other, "accept"))
    declined = await standing(here, case, **{NEED: "declined", NEED_OF_ANOTHER: "accepted"})
    assert [need["code"] for need in declined["needs"]] == ["no_capacity", None]
    again = {"case": case, "need": NEED, "receiver": f"{here.unit}.school"}
    await here.worker.does(REFERRALS, again, status=201)
    await here.provider(NEED_OF_ANOTHER).does(referral_path(other, "start"))
    await here.provider(NEED_OF_ANOTHER).does(referral_path(other, "complete"), {"outcome": "need_met"})
    file = await standing(here, case, **{NEED: "sent", NEED_OF_ANOTHER: "completed"})
    assert [(need["attempt"], need["code"]) for need in file["needs"]] == [(2, None), (1, "need_met")]
    told = [(line["what"], line["need"]) for line in file["timeline"]]
    assert told[0] == ("opened", None)
    assert [what for what, need in told if need == NEED] == ["sent", "declined", "sent"]
    assert [what for what, need in told if need == NEED_OF_ANOTHER] == ["sent", "accepted", "under_way", "completed"]


async def test_a_coordinating_unit_reads_the_file_without_the_child(here: Town) -> None:
    case = await here.case(NEED)
    above = here.cast.person("coordinator", "RS")
    assert (await above.get(f"{CASES}/{case}"))["child"] is None
    assert (await here.worker.get(f"{CASES}/{case}"))["child"]["family_name"] == "Dijete"
