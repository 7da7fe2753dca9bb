"""The story itself, in three places whose governments differ: a canton, an entity and a district coordinate them."""

from typing import Any

import httpx2
import pytest

from deploy.demo import acts
from deploy.demo.cast import Cast
from deploy.demo.story import ACTS
from deploy.demo.telling import Teller
from deploy.house import House
from tests.journeys.town import CASES

STEPS_AT_LEAST = 29
SECOND = 2


@pytest.mark.parametrize("unit", ["FBIH-K10-LIV", "RS-BIL", "BD-BRC"])
async def test_one_childs_journey_is_seen_from_the_report_to_the_end_of_the_case(
    house: House, http: httpx2.AsyncClient, unit: str
) -> None:
    play = acts.Play(house, Cast(house, http, unit), Teller(house.now))
    try:
        for act in ACTS:
            await act(play)
        assert play.teller.steps >= STEPS_AT_LEAST
        await acts.seen(lambda: the_case_shows_where_each_need_stands(play), "each need's progress in the case file")
    finally:
        await play.leave()


async def the_case_shows_where_each_need_stands(play: acts.Play) -> bool:
    file = await play.cast.person("caseworker", play.cast.unit).get(f"{CASES}/{play.case}")
    helped, turned_down, silent = (_standing(file, asked.need) for asked in play.asked)
    return (
        (helped["progress"], helped["code"]) == ("completed", "need_met")
        # Whoever asks before referral heard of the end is asked in vain: that attempt is taken back by itself.
        and turned_down["receiver"] == play.asked[1].others[0]
        and turned_down["attempt"] >= SECOND
        and {turned_down["progress"], silent["progress"]} == {"withdrawn"}
        and {"silent", "escalated", "withdrawn"} <= {line["what"] for line in file["timeline"] if _of(line, silent)}
        and (file["state"], file["timeline"][0]["what"]) == ("closed", "opened")
        and [line["at"] for line in file["timeline"]] == sorted(line["at"] for line in file["timeline"])
    )


def _of(line: dict[str, Any], standing: dict[str, Any]) -> bool:
    return bool(line["need"] == standing["need"])


def _standing(file: dict[str, Any], need: str) -> dict[str, Any]:
    return next(standing for standing in file["needs"] if standing["need"] == need)
