"""The referral room on a real database: needs are asked for, answered or escalated, and nobody sees too much."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import pytest

from deploy.house import House
from referral.barring import account_by_hand
from referral.referral import Waiting
from referral.room import ROOM
from referral.streams import REFERRAL
from services.contracts.failures import Refused
from services.runtime.operations import rebuild
from tests.chassis.referral_room import CENTRE, UNIT, WORKER, ReferralRoom, open_referral_room

ECD = f"{UNIT}.ecd"
PROVIDER = f"provider@{ECD}"
STRANGER = "provider@RS-BIL.ecd"
COORDINATOR = "coordinator@K10"
NEED = "speech_therapy"


@pytest.fixture(scope="module")
async def room(house: House, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[ReferralRoom]:
    """The room, open; each test opens cases of its own."""
    async with open_referral_room(house, tmp_path_factory.mktemp("referral")) as room:
        yield room


async def test_a_need_is_asked_for_accepted_started_and_closed(room: ReferralRoom) -> None:
    case = await room.open_case(NEED)
    ref = (await room.only(case))["referral"]
    for what, state in [("accept", "accepted"), ("start", "under_way")]:
        answer = await room.post(f"/referrals/{ref}/{what}", PROVIDER)
        assert (answer.status_code, answer.json()["state"]) == (200, state), answer.text
    closed = await room.post(f"/referrals/{ref}/complete", PROVIDER, {"outcome": "need_met"})
    assert closed.json()["state"] == "completed"
    assert (await room.only(case))["outcome"] == "need_met"
    assert await room.said(case) == ["referral.sent", "referral.accepted", "service.started", "referral.completed"]


async def test_the_receiver_sees_the_minimum_until_it_has_accepted(room: ReferralRoom) -> None:
    case = await room.open_case(NEED)
    ref = (await room.only(case))["referral"]
    before = (await room.get(f"/referrals/{ref}", PROVIDER)).json()
    known = {name for name, value in before.items() if value is not None}
    assert known == {"referral", "state", "need", "risk", "unit", "sender", "receiver", "sent_at", "answer_by"}
    assert (await room.get("/referrals", PROVIDER, case=case)).json()["items"] == []
    await room.post(f"/referrals/{ref}/accept", PROVIDER)
    assert (await room.get(f"/referrals/{ref}", PROVIDER)).json()["case"] == case
    assert (await room.only(case, PROVIDER))["referral"] == ref


async def test_what_an_account_may_not_see_looks_like_what_does_not_exist(room: ReferralRoom) -> None:
    ref = (await room.only(await room.open_case(NEED)))["referral"]
    unknown = "F-22222-22222-222222"
    answers = [
        await room.get(f"/referrals/{ref}", STRANGER),
        await room.get(f"/referrals/{unknown}", STRANGER),
        await room.post(f"/referrals/{ref}/accept", STRANGER),
        await room.post(f"/referrals/{unknown}/accept", STRANGER),
        await room.post(f"/referrals/{unknown}/withdraw", WORKER, {"reason": "child_moved"}),
    ]
    assert {(answer.status_code, answer.json()["code"]) for answer in answers} == {(404, "record_unknown")}
    assert (await room.get("/referrals", STRANGER, need=NEED)).json()["items"] == []


async def test_whoever_sees_a_referral_but_may_not_act_is_told_so(room: ReferralRoom) -> None:
    ref = (await room.only(await room.open_case(NEED)))["referral"]
    assert (await room.get(f"/referrals/{ref}", COORDINATOR)).json()["sender"] == CENTRE
    for account, what, body in [
        (WORKER, "accept", {}),
        (COORDINATOR, "accept", {}),
        (PROVIDER, "withdraw", {"reason": "sent_in_error"}),
        (f"director@{UNIT}", "withdraw", {"reason": "sent_in_error"}),
    ]:
        answer = await room.post(f"/referrals/{ref}/{what}", account, body)
        assert answer.status_code == 403, (account, what, answer.text)
    assert (await room.get("/referrals", "operator@BIH")).status_code == 403


async def test_a_declined_need_may_be_asked_for_again_but_only_once_at_a_time(room: ReferralRoom) -> None:
    case = await room.open_case("psychosocial_support")
    first = await room.only(case)
    again = {"case": case, "need": "psychosocial_support", "receiver": f"{UNIT}.health"}
    refused = await room.post("/referrals", WORKER, again)
    assert (refused.status_code, refused.json()["code"]) == (409, "need_has_live_referral")
    declined = await room.post(
        f"/referrals/{first['referral']}/decline", f"provider@{first['receiver']}", {"reason": "no_capacity"}
    )
    assert declined.json()["state"] == "declined"
    answers = await asyncio.gather(*(room.post("/referrals", WORKER, again) for _ in range(5)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409, 409]
    [sent] = [answer for answer in answers if answer.status_code == 201]
    second = (await room.client.get(sent.headers["location"], headers=room._bearer(WORKER))).json()
    assert (second["attempt"], second["receiver"], second["state"]) == (2, f"{UNIT}.health", "waiting")


async def test_a_case_nobody_knows_and_an_institution_that_does_not_serve_are_refused(room: ReferralRoom) -> None:
    case = await room.open_case(NEED)
    ref = (await room.only(case))["referral"]
    await room.post(f"/referrals/{ref}/withdraw", WORKER, {"reason": "sent_in_error"})
    body = {"case": case, "need": NEED, "receiver": f"{UNIT}.police"}
    assert (await room.post("/referrals", WORKER, body)).json()["code"] == "need_not_served"
    assert (await room.post("/referrals", WORKER, body | {"need": "mediation"})).status_code == 404
    assert (await room.post("/referrals", "caseworker@RS-BIL", body)).status_code == 404
    assert (await room.post("/referrals", WORKER, body | {"wish": "soon"})).status_code == 422


async def test_silence_falls_and_climbs_with_nobody_doing_anything(room: ReferralRoom) -> None:
    case = await room.open_case(NEED)
    waiting = await room.only(case)
    due = datetime.fromisoformat(waiting["answer_by"])
    await room.look(later=due - room.clock.now() - timedelta(seconds=1))
    assert (await room.only(case))["silent_since"] is None
    climbed = []
    for _ in range(5):
        now = await room.only(case)
        await room.look(later=datetime.fromisoformat(now["next_check"]) - room.clock.now())
        now = await room.only(case)
        climbed.append((now["step"], now["escalated_to"]))
    assert climbed == [(0, None), (1, "K10"), (2, "FBIH"), (3, "BIH"), (4, "BIH")]
    assert await room.said(case) == ["referral.sent", "referral.fell_silent", *["referral.escalated"] * 4]
    late = await room.post(f"/referrals/{waiting['referral']}/accept", PROVIDER)
    assert late.json()["state"] == "accepted"
    await room.look(later=timedelta(days=60))
    assert (await room.said(case))[-1] == "referral.accepted"


async def test_an_appointment_that_comes_too_early_is_made_again(room: ReferralRoom) -> None:
    ref = (await room.only(await room.open_case(NEED)))["referral"]
    await room.around.database.pool.execute(
        "UPDATE deadlines SET due_at = $1 WHERE subject = $2", room.clock.now(), ref
    )
    await room.look()
    state = await room.around.database.transact(room.stamp(), lambda work: work.state(REFERRAL, ref))
    assert isinstance(state, Waiting)
    [row] = await room.around.database.pool.fetch("SELECT due_at FROM deadlines WHERE subject = $1", ref)
    assert row["due_at"] == state.next_check


async def test_hearing_a_case_again_asks_nobody_again(room: ReferralRoom) -> None:
    opened = room.opened(NEED, "counselling")
    await room.hear(opened)
    said = await room.said(opened.case)
    room.clock.moment += timedelta(hours=1)
    await room.hear(opened)
    assert await room.said(opened.case) == said == ["referral.sent", "referral.sent"]


async def test_pages_lead_to_every_referral_once(room: ReferralRoom) -> None:
    cases = {await room.open_case("vaccination") for _ in range(5)}
    seen: list[str] = []
    page = (await room.get("/referrals", WORKER, need="vaccination", limit=2)).json()
    while True:
        seen += [item["case"] for item in page["items"]]
        if page["next"] is None:
            break
        page = (await room.get("/referrals", WORKER, need="vaccination", limit=2, after=page["next"])).json()
    assert len(seen) == len(set(seen))
    assert cases <= set(seen)


@pytest.mark.parametrize(
    ("account", "direction", "number"),
    [(WORKER, "sent", 1), (WORKER, "received", 0), (COORDINATOR, "below", 1), (COORDINATOR, "sent", 0)],
)
async def test_a_list_can_be_narrowed_to_one_direction(
    room: ReferralRoom, account: str, direction: str, number: int
) -> None:
    case = await room.open_case(NEED)
    items = (await room.get("/referrals", account, case=case, direction=direction)).json()["items"]
    assert len(items) == number


async def test_the_directory_says_who_serves_a_need_nearest_first(room: ReferralRoom) -> None:
    answer = await room.get("/institutions", PROVIDER, unit=UNIT, need=NEED)
    assert answer.json()["institutions"][0]["institution"] == ECD
    here = (await room.get("/institutions", PROVIDER, unit=UNIT)).json()["institutions"]
    assert CENTRE in {each["institution"] for each in here}
    assert (await room.get("/institutions", PROVIDER, unit="XX")).status_code == 400
    assert (await room.get("/institutions", PROVIDER, unit=UNIT, need="flying")).status_code == 400


async def test_the_directory_is_told_once_and_not_again_at_the_next_start(room: ReferralRoom) -> None:
    told = await room.around.database.pool.fetchval(
        "SELECT count(*) FROM outbox WHERE topic = 'spis.referral.directory.v1'"
    )
    await asyncio.gather(ROOM.on_start(room.around), ROOM.on_start(room.around))
    after = await room.around.database.pool.fetchval(
        "SELECT count(*) FROM outbox WHERE topic = 'spis.referral.directory.v1'"
    )
    assert told == after > 600


async def test_views_drawn_again_from_the_events_are_the_same_rows(room: ReferralRoom) -> None:
    case = await room.open_case(NEED, "counselling")
    await room.look(later=timedelta(days=9))
    ref = (await room.only(case, need=NEED))["referral"]
    await room.post(f"/referrals/{ref}/decline", PROVIDER, {"reason": "family_refused"})
    queries = [f"SELECT * FROM {table} ORDER BY 1, 2" for table in ROOM.view_tables]
    before = [await room.around.database.pool.fetch(query) for query in queries]
    await rebuild(ROOM, room.around.database, room.stamp())
    assert [await room.around.database.pool.fetch(query) for query in queries] == before
    assert all(before)


async def test_an_account_disabled_by_hand_stays_so_however_often_the_directory_is_listed(room: ReferralRoom) -> None:
    account = f"director@{UNIT}"
    assert (await room.get("/institutions", account, unit=UNIT)).status_code == 200
    for _ in range(2):
        assert await account_by_hand(room.around, ["disable", account]) == {"account": account, "active": False}
        assert (await room.get("/institutions", account, unit=UNIT)).json()["code"] == "account_unknown"
        await ROOM.on_start(room.around)
    assert (await room.get("/institutions", account, unit=UNIT)).status_code == 403
    announced = len(await room.said(CENTRE))
    assert await account_by_hand(room.around, ["enable", account]) == {"account": account, "active": True}
    assert (await room.get("/institutions", account, unit=UNIT)).status_code == 200
    assert len(await room.said(CENTRE)) == announced + 1
    await ROOM.on_start(room.around)
    assert len(await room.said(CENTRE)) == announced + 1, "nothing differs from the files any more"


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["enable", f"director@{UNIT}"], "account_not_disabled"),
        (["disable", "mayor@NOWHERE"], "account_unknown"),
        (["remove", f"director@{UNIT}"], "usage"),
        ([], "usage"),
    ],
    ids=str,
)
async def test_what_cannot_be_done_to_an_account_is_said(room: ReferralRoom, arguments: list[str], code: str) -> None:
    with pytest.raises(Refused) as refused:
        await account_by_hand(room.around, arguments)
    assert refused.value.code == code
