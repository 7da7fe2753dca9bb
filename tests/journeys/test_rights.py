"""Every address of every room, asked by every role from near and far: the answer is what the printed table says."""

import asyncio
import random
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import httpx2
import pytest
from fastapi import APIRouter

from deploy.demo.acts import ALERTS, REFERRALS, REPORTS
from deploy.demo.papers import screened_out
from deploy.demo.visitor import Visitor
from deploy.house import House
from deploy.house.layout import REPOSITORY, ROOMS
from services.contracts.policy import load_policy
from services.http.app import create_app
from services.runtime.clock import RealClock
from services.security.identity import Verifier
from services.storage.database import Database
from tests.journeys.looking import rows
from tests.journeys.printed_rights import Cell, Someone, Thing, above, has_row, may, refusal, stands
from tests.journeys.town import CASES, NEED, Town, referral_path, shared_path

HERE, ELSEWHERE, ABOVE = "FBIH-SBK-GVU", "RS-CEL", "SBK"
NEED_FROM_ABOVE = "legal_aid"
SEED = 20260302
AT_ONCE = 8
LISTED = "SELECT account, institution, unit, roles, desks FROM directory_accounts WHERE account = ANY ($1::text[])"

PEOPLE = (
    *(f"{role}@{unit}" for unit in (HERE, ELSEWHERE) for role in ("caseworker", "supervisor", "director")),
    *(f"{role}@{HERE}.{kind}" for kind in ("school", "health") for role in ("provider", "client")),
    *(f"{role}@{place}" for place in (f"{ELSEWHERE}.school", f"{ABOVE}.legal") for role in ("provider", "client")),
    *(f"{role}@{unit}" for unit in (ABOVE, "FBIH", "BIH", "HNK", "RS") for role in ("coordinator", "analyst")),
    "operator@BIH",
    "auditor@BIH",
)


@pytest.fixture(scope="session")
async def people(house: House, http: httpx2.AsyncClient) -> dict[str, Someone]:
    """The accounts as the directory lists them."""
    found = await rows(house, "referral", LISTED, list(PEOPLE))
    assert len(found) == len(PEOPLE)
    return {
        row["account"]: Someone(
            row["account"], row["institution"], row["unit"], frozenset(row["roles"]), frozenset(row["desks"])
        )
        for row in found
    }


@pytest.fixture(scope="session")
async def cells(town: Callable[[str], Town]) -> list[Cell]:
    """Each operation with the things it can be asked about, made in one town."""
    here = town(HERE)
    report = await here.report()
    await here.worker.does(f"{REPORTS}/{report}/screen", screened_out(here.answers))
    case = await here.case(NEED, NEED_FROM_ABOVE)
    alert = await here.alert(here.provider(), "REFERRAL_SENT", (await here.asked(case))["referral"])
    found = [*_of_intake(here, report, case), *_of_figures(), *_of_alerts(alert)]
    for need in (NEED, NEED_FROM_ABOVE):
        found += _of_referral(here, await here.asked(case, need))
    return [*found, *await _of_what_is_shared(here)]


def _of_intake(here: Town, report: str, case: str) -> Iterable[Cell]:
    at_report, at_case = Thing(HERE), Thing(HERE, owner=f"{HERE}.csw")
    yield Cell("report.list", "GET", REPORTS, None)
    yield Cell("report.see", "GET", f"{REPORTS}/{report}", at_report)
    yield Cell("report.screen", "POST", f"{REPORTS}/{report}/screen", at_report, here.screening())
    for unit in (HERE, ELSEWHERE, ABOVE):
        yield Cell("report.receive", "POST", REPORTS, Thing(unit), here.paper(unit=unit), seen_by="public")
    yield Cell("case.list", "GET", CASES, None)
    yield Cell("case.see", "GET", f"{CASES}/{case}", at_case)
    yield Cell("case.see_accesses", "GET", f"{CASES}/{case}/accesses", at_case)


async def _of_what_is_shared(here: Town) -> list[Cell]:
    """What a referral shares in each state in which it can be; nobody else touches these."""
    found = []
    steps = {"accept": "accepted", "start": "under_way", "complete": "completed"}
    for state, taken in (("waiting", 0), ("accepted", 1), ("ended", 3)):
        referral, progress = await here.asked_for(NEED), "sent"
        for step in tuple(steps)[:taken]:
            form = {"outcome": "need_met"} if step == "complete" else None
            await here.provider().does(referral_path(referral, step), form)
            progress = steps[step]
        await here.known(referral, progress)
        thing = Thing(HERE, receiver=referral["receiver"], state=state)
        found.append(Cell("disclosure.read", "GET", shared_path(referral), thing))
    return found


def _of_referral(here: Town, referral: Mapping[str, Any]) -> Iterable[Cell]:
    thing = Thing(HERE, sender=f"{HERE}.csw", receiver=referral["receiver"])
    path, ask = f"{REFERRALS}/{referral['referral']}", {"case": referral["case"], "need": referral["need"]}
    yield Cell("referral.list", "GET", REFERRALS, None)
    yield Cell("referral.see", "GET", path, thing)
    yield Cell("referral.send", "POST", REFERRALS, thing, ask | {"receiver": referral["receiver"]}, {}, "referral.see")
    for step, form in (
        ("accept", {}),
        ("start", {}),
        ("complete", {"outcome": "need_met"}),
        ("decline", {"reason": "safety"}),
        ("withdraw", {"reason": "sent_in_error"}),
    ):
        yield Cell(f"referral.{step}", "POST", f"{path}/{step}", thing, form, {}, "referral.see")
    for unit in (HERE, ABOVE):
        yield Cell("directory.look_up", "GET", "/referral/v1/institutions", Thing(unit), {}, {"unit": unit}, "public")


def _of_figures() -> Iterable[Cell]:
    yield Cell("indicator.list", "GET", "/analytics/v1/indicators", None)
    for unit in (HERE, ABOVE, ELSEWHERE, "BIH"):
        query = {"indicator": "cases_opened", "unit": unit}
        yield Cell("figure.see", "GET", "/analytics/v1/figures", Thing(unit), {}, query, "public")


def _of_alerts(alert: Mapping[str, Any]) -> Iterable[Cell]:
    thing = Thing(alert["unit"], desk=alert["desk"])
    yield Cell("alert.list", "GET", ALERTS, None)
    yield Cell("alert.listen", "GET", f"{ALERTS}/stream", None)
    yield Cell("alert.acknowledge", "POST", f"{ALERTS}/{alert['alert']}/acknowledge", thing)


async def ask(visitor: Visitor, cell: Cell) -> tuple[int, str]:
    """The status of an answer, and its code where it is a refusal; a stream is left as soon as it is open."""
    headers = await visitor.bearer() | {"Idempotency-Key": f"right-{random.getrandbits(64):x}"}
    form, query = dict(cell.form) if cell.method == "POST" else None, dict(cell.query)
    async with visitor.http.stream(cell.method, cell.path, params=query, headers=headers, json=form) as answer:
        if answer.status_code < 400:
            return answer.status_code, ""
        await answer.aread()
        return answer.status_code, str(answer.json()["code"])


async def test_every_answer_is_what_the_printed_table_says(
    house: House, town: Callable[[str], Town], people: dict[str, Someone], cells: list[Cell]
) -> None:
    asked = [(someone, cell, may(someone, cell.action, cell.thing)) for someone in people.values() for cell in cells]
    random.Random(SEED).shuffle(asked)
    cast, few = town(HERE).cast, asyncio.Semaphore(AT_ONCE)
    visitors = {account: cast.person(*account.split("@")) for account in people}
    wrong: list[str] = []

    async def check(someone: Someone, cell: Cell, allowed: bool) -> None:
        async with few:
            status, code = await ask(visitors[someone.account], cell)
        fits = status < 400 or status == 409 if allowed else status == refusal(someone, cell)
        if not fits:
            relations = sorted(stands(someone, cell.thing)) if cell.thing else ["a list"]
            wrong.append(f"{someone.account} {cell.action} ({relations}): table says {allowed}, house {status} {code}")

    await asyncio.gather(*(check(*each) for each in asked))
    assert not wrong, "\n".join(sorted(wrong))
    assert len(asked) > 900
    assert sum(allowed for _, _, allowed in asked) > 200


async def test_every_operation_of_every_contract_is_among_those_asked(
    http: httpx2.AsyncClient, cells: list[Cell]
) -> None:
    offered = set()
    for room in ROOMS:
        for path, methods in (await http.get(f"/{room}/openapi.json")).json()["paths"].items():
            offered |= {(method.upper(), path.count("/"), path.rpartition("/")[2]) for method in methods}
    taken = {(cell.method, cell.path.count("/"), cell.path.rpartition("/")[2]) for cell in cells}
    missing = {each for each in offered if not each[2].startswith("{")} - taken
    assert not missing
    assert {depth for method, depth, last in offered if last.startswith("{")} == {4}


async def test_a_list_shows_what_the_table_lets_somebody_see_and_nothing_else(
    town: Callable[[str], Town], people: dict[str, Someone], cells: list[Cell]
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
    assert cells
    assert shown == lists.keys(), "each list had something to show"


async def test_above_the_centre_that_took_a_case_on_nobody_reads_who_it_is_about(
    town: Callable[[str], Town], people: dict[str, Someone], cells: list[Cell]
) -> None:
    cell = next(each for each in cells if each.action == "case.see")
    readers = [someone for someone in people.values() if may(someone, "case.see", cell.thing)]
    for someone in readers:
        file = await town(HERE).cast.person(*someone.account.split("@")).get(cell.path)
        assert (file["child"] is not None) == may(someone, "case.see_child", cell.thing), someone.account
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
