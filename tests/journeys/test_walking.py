"""Somebody who tries one reference after another is stopped, and those who answer for the place hear of it."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from deploy.demo.acts import ALERTS, REFERRALS, REPORTS
from deploy.demo.visitor import Visitor
from deploy.house import House
from services.contracts.catalog import CASE_WALKS, REFERRAL_WALKS
from services.contracts.limits import Limits
from tests.journeys.looking import announced, body, rows, whole
from tests.journeys.refusing import refused
from tests.journeys.town import CASES, Town
from tests.unpaced import UNPACED

PLACE = "FBIH-ZHK-POS"
ABOVE = "ZHK"
"""Nobody else asks as somebody from here: whom these tests stop stays stopped."""
NOTHING = {
    "intake": f"{CASES}/C-22222-22222-2",
    "referral": f"{REFERRALS}/F-22222-22222-222222",
}
TRIED = """INSERT INTO paces (kind, caller, free_at) VALUES ('misses', $1, now() + $2::interval)
    ON CONFLICT (kind, caller) DO UPDATE SET free_at = excluded.free_at"""
WALKS = "SELECT walk, account, tries FROM walks WHERE account = $1"
LIMITS = Limits.from_text(UNPACED["SPIS_PACE"])


async def spend(house: House, room: str, account: str) -> None:
    """As if an account had tried as many references as it may, for the next minutes."""
    await rows(house, room, TRIED, account, LIMITS.misses.all_back + timedelta(minutes=5))


async def stopped(house: House, room: str, visitor: Visitor, path: str) -> str:
    """Try one reference too many; the walk that was kept."""
    await spend(house, room, visitor.account)
    refused(await visitor.http.get(path, headers=await visitor.bearer()), 429, "walk_stopped", [visitor.account])
    ((walk, account, tries),) = await rows(house, room, WALKS, visitor.account)
    assert (account, tries) == (visitor.account, LIMITS.misses.number)
    return str(walk)


@pytest.mark.parametrize(("room", "topic"), [("intake", CASE_WALKS), ("referral", REFERRAL_WALKS)])
async def test_a_walk_is_announced_without_its_account_and_heard_by_the_place_and_above(
    house: House, town: Callable[[str], Town], room: str, topic: Any
) -> None:
    here = town(PLACE)
    walker = here.cast.person("supervisor", PLACE)
    before = house.now()
    walk = await stopped(house, room, walker, NOTHING[room])
    record = (await announced(house, topic.name, walk))[walk]
    said = body(record)
    assert {name: said[name] for name in ("institution", "unit", "roles", "tries")} == {
        "institution": f"{PLACE}.csw",
        "unit": PLACE,
        "roles": ["supervisor"],
        "tries": LIMITS.misses.number,
    }
    assert before <= datetime.fromisoformat(said["stopped_at"]) <= house.now()
    assert walker.account.encode() not in whole(record)
    for who in (here.cast.person("director", PLACE), here.cast.person("coordinator", ABOVE)):
        alert = await here.alert(who, "DATA_ACCESS_ANOMALY", walk)
        assert (alert["severity"], alert["case"]) == ("high", None)


async def test_notifications_tells_the_same_desks_of_whom_it_stopped_itself(
    house: House, town: Callable[[str], Town]
) -> None:
    here = town(PLACE)
    walker = here.cast.person("director", PLACE)
    await spend(house, "notifications", walker.account)
    refused(await walker.post(f"{ALERTS}/A-22222-22222-222222/acknowledge", {}), 429, "walk_stopped")
    ((walk, *_),) = await rows(house, "notifications", WALKS, walker.account)
    assert await here.alert(here.cast.person("coordinator", ABOVE), "DATA_ACCESS_ANOMALY", str(walk))


async def test_who_is_stopped_in_one_room_still_reports_there_and_works_in_another(
    house: House, town: Callable[[str], Town]
) -> None:
    here = town(PLACE)
    await announced(house, CASE_WALKS.name, await stopped(house, "intake", here.worker, NOTHING["intake"]))
    report = await here.worker.does(REPORTS, here.paper(), status=201)
    own = await here.worker.http.get(f"{REPORTS}/{report['report']}", headers=await here.worker.bearer())
    refused(own, 429, "walk_stopped")
    assert own.headers["retry-after"].isdigit()
    assert (await here.worker.get(REPORTS, limit="1"))["items"]
    elsewhere = await here.worker.http.get(NOTHING["referral"], headers=await here.worker.bearer())
    refused(elsewhere, 404, "record_unknown")
