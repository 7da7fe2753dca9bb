"""When a case closes nobody is asked for it any more: what was live is taken back, in whatever order it is heard."""

import asyncio
import random
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from deploy.house import House
from referral.room import ROOM
from services.contracts.intake import CaseClosed, CaseOpened
from services.runtime.operations import rebuild
from tests.chassis.referral_room import CENTRE, UNIT, WORKER, ReferralRoom, open_referral_room

NEEDS = ("speech_therapy", "counselling", "vaccination")
ECD = f"{UNIT}.ecd"
PROVIDER = f"provider@{ECD}"
LIVE = """SELECT count(*) FROM referrals r
    LEFT JOIN deadlines d ON d.subject = r.ref LEFT JOIN needs n ON n.live = r.ref
    WHERE r.case_ref = $1
        AND (r.state IN ('waiting', 'accepted', 'under_way') OR d.subject IS NOT NULL OR n.live IS NOT NULL)"""


@pytest.fixture(scope="module")
async def room(house: House, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[ReferralRoom]:
    """The room, open; each test opens cases of its own."""
    async with open_referral_room(house, tmp_path_factory.mktemp("closed")) as room:
        yield room


async def live(room: ReferralRoom, case: str) -> int:
    """What is live of a case, by state, by date or by need."""
    return int(await room.around.database.pool.fetchval(LIVE, case))


async def test_whatever_is_live_is_taken_back_and_no_ladder_climbs(room: ReferralRoom) -> None:
    opened = room.opened(*NEEDS)
    await room.hear(opened)
    begun = (await room.only(opened.case, need=NEEDS[0]))["referral"]
    for step in ("accept", "start"):
        assert (await room.post(f"/referrals/{begun}/{step}", PROVIDER)).status_code == 200
    await room.look(later=timedelta(days=9))
    await room.hear(room.closed(opened))
    items = (await room.get("/referrals", WORKER, case=opened.case)).json()["items"]
    assert [(item["state"], item["reason"]) for item in items] == [("withdrawn", "case_closed")] * len(NEEDS)
    said = await room.said(opened.case)
    assert said.count("referral.withdrawn") == len(NEEDS)
    await room.look(later=timedelta(days=90))
    assert await room.said(opened.case) == said
    assert await live(room, opened.case) == 0
    late = await room.post(f"/referrals/{begun}/complete", PROVIDER, {"outcome": "need_met"})
    assert (late.status_code, late.json()["code"]) == (409, "already_withdrawn")


async def test_nobody_is_asked_for_a_closed_case_and_nobody_withdraws_in_its_name(room: ReferralRoom) -> None:
    opened = room.opened("counselling")
    await room.hear(opened)
    first = await room.only(opened.case)
    by_hand = await room.post(f"/referrals/{first['referral']}/withdraw", WORKER, {"reason": "case_closed"})
    assert by_hand.status_code == 422
    await room.post(f"/referrals/{first['referral']}/decline", f"provider@{first['receiver']}", {"reason": "safety"})
    await room.hear(room.closed(opened))
    again = {"case": opened.case, "need": "counselling", "receiver": CENTRE}
    refused = await room.post("/referrals", WORKER, again)
    assert (refused.status_code, refused.json()["code"]) == (409, "case_closed")
    assert (await room.post("/referrals", "caseworker@RS-BIL", again)).status_code == 404
    assert (await room.only(opened.case))["state"] == "declined", "what had ended stays as it ended"


async def test_opening_and_end_may_be_heard_in_any_order_and_twice(room: ReferralRoom) -> None:
    backwards = room.opened(*NEEDS)
    await room.hear(room.closed(backwards), backwards)
    assert await live(room, backwards.case) == 0, "what is heard of one batch is known to the rest of it"
    chance = random.Random(20260302)
    for _ in range(6):
        opened = room.opened(*NEEDS)
        said: list[CaseOpened | CaseClosed] = [opened, room.closed(opened)]
        said += chance.sample(said, 1)
        chance.shuffle(said)
        if chance.random() < 0.5:
            await room.hear(*said)
        else:
            for one in said:
                await room.hear(one)
        assert await live(room, opened.case) == 0, [type(one).__name__ for one in said]
        await room.look(later=timedelta(days=60))
        assert not {"referral.fell_silent", "referral.escalated"} & set(await room.said(opened.case))


async def test_a_batch_of_openings_asks_the_database_no_more_often_than_one(room: ReferralRoom) -> None:
    before = len(room.asked)
    await room.hear(room.opened(*NEEDS))
    by_one, before = room.asked[before:], len(room.asked)
    await room.hear(*(room.opened(*NEEDS) for _ in range(8)))
    assert room.asked[before:] == by_one


async def test_whoever_asks_again_while_the_case_closes_leaves_nothing_live(room: ReferralRoom) -> None:
    for _ in range(3):
        opened = room.opened("counselling")
        await room.hear(opened)
        first = await room.only(opened.case)
        declined = f"/referrals/{first['referral']}/decline"
        await room.post(declined, f"provider@{first['receiver']}", {"reason": "no_capacity"})
        again = {"case": opened.case, "need": "counselling", "receiver": CENTRE}
        answer, _ = await asyncio.gather(room.post("/referrals", WORKER, again), room.hear(room.closed(opened)))
        assert answer.status_code in (201, 409)
        assert await live(room, opened.case) == 0


async def test_rows_drawn_again_know_the_end_too(room: ReferralRoom) -> None:
    opened = room.opened(*NEEDS)
    await room.hear(opened, room.closed(opened))
    queries = [f"SELECT * FROM {table} ORDER BY 1, 2" for table in ROOM.view_tables]
    before = [await room.around.database.pool.fetch(query) for query in queries]
    await rebuild(ROOM, room.around.database, room.stamp())
    assert [await room.around.database.pool.fetch(query) for query in queries] == before
    assert await live(room, opened.case) == 0
