"""Who sees what in lists and files: what the printed table says; each single cell is asked in `test_every_cell.py`."""

from collections.abc import Callable
from pathlib import Path

import httpx2
import pytest
from fastapi import APIRouter

from deploy.demo.acts import ALERTS, REFERRALS, REPORTS
from deploy.house import House
from deploy.house.layout import REPOSITORY
from services.contracts.policy import load_policy
from services.http.app import create_app
from services.runtime.clock import RealClock
from services.security.identity import Verifier
from services.storage.database import Database
from tests.journeys.printed_rights import Someone, Thing, above, has_row, may
from tests.journeys.town import CASES, NEED, Town
from tests.prove.people import HERE, people_of

NEED_FROM_ABOVE = "legal_aid"


@pytest.fixture(scope="session")
async def people(house: House, http: httpx2.AsyncClient) -> dict[str, Someone]:
    """The accounts as the directory lists them, once every room has heard of them."""
    assert not http.is_closed
    return await people_of(house)


@pytest.fixture(scope="session")
async def case(town: Callable[[str], Town]) -> str:
    """A case, after whose opening every list has something to show."""
    here = town(HERE)
    case = await here.case(NEED, NEED_FROM_ABOVE)
    await here.alert(here.provider(), "REFERRAL_SENT", (await here.asked(case))["referral"])
    await here.asked(case, NEED_FROM_ABOVE)
    return case


async def test_a_list_shows_what_the_table_lets_somebody_see_and_nothing_else(
    town: Callable[[str], Town], people: dict[str, Someone], case: str
) -> None:
    cast = town(HERE).cast
    lists = {"report.list": REPORTS, "case.list": CASES, "referral.list": REFERRALS, "alert.list": ALERTS}
    shown = set()
    for someone in people.values():
        visitor = cast.person(*someone.account.split("@"))
        for action, path in lists.items():
            if not has_row(someone, action):
                continue
            items = (await visitor.get(path, limit="200"))["items"]
            for item in items:
                thing = Thing(
                    item["unit"],
                    owner=item.get("institution", ""),
                    sender=item.get("sender", ""),
                    receiver=item.get("receiver") or "",
                    desk=item.get("desk", ""),
                )
                assert may(someone, action, thing), (someone.account, action, item)
                shown.add(action)
    assert case
    assert shown == lists.keys(), "each list had something to show"


async def test_above_the_centre_that_took_a_case_on_nobody_reads_who_it_is_about(
    town: Callable[[str], Town], people: dict[str, Someone], case: str
) -> None:
    thing = Thing(HERE, owner=f"{HERE}.csw")
    readers = [someone for someone in people.values() if may(someone, "case.see", thing)]
    for someone in readers:
        file = await town(HERE).cast.person(*someone.account.split("@")).get(f"{CASES}/{case}")
        assert (file["child"] is not None) == may(someone, "case.see_child", thing), someone.account
        assert (file["child"] is not None) == (someone.unit not in above(HERE))
    assert {True, False} == {someone.unit in above(HERE) for someone in readers}


async def test_a_room_with_an_address_that_no_right_decides_does_not_start(house: House, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_bytes(house.folder.secret("intake-secret").read_bytes())
    secret.chmod(0o600)
    database = await Database.open("intake", house.url("intake"), REPOSITORY / "intake", connections_max=1)
    router = APIRouter(prefix="/intake/v1")

    @router.get("/everything")
    async def everything() -> dict[str, str]:
        return {}

    try:
        with pytest.raises(RuntimeError, match="/intake/v1/everything"):
            create_app(
                room="intake",
                router=router,
                database=database,
                verifier=Verifier(issuer="", jwks="", audience=""),
                rights=(),
                tree=load_policy(REPOSITORY / "deploy").units,
                clock=RealClock(),
                secret=secret,
            )
    finally:
        await database.close()
