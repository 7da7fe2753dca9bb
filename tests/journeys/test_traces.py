"""How a journey can be followed: one id from the request to the last desk, and figures on every process's page."""

import asyncio
import re
from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import uuid4

import httpx2
import pytest

from deploy.demo.acts import REPORTS, seen
from deploy.house import House
from deploy.house.layout import ROOMS
from deploy.house.tracing import Hop, trace
from deploy.house.watching import Look, look
from tests.journeys.looking import attribute, log_lines, records, rows
from tests.journeys.town import NEED, NEED_OF_ANOTHER, Town, referral_path

STORED = {
    "intake": "SELECT stream AS what FROM stream_events WHERE correlation_id = $1",
    "referral": "SELECT stream AS what FROM stream_events WHERE correlation_id = $1",
}
OF_A_WORKER = (
    "spis_lag_seconds",
    "spis_lag_records",
    "spis_outbox_oldest_seconds",
    "spis_parked",
    "spis_oldest_parked_seconds",
    "spis_held",
    "spis_fenced_total",
    "spis_loss_total",
    "spis_heard_total",
    "spis_published_total",
    "spis_publish_seconds",
    "spis_hear_seconds",
    "spis_overdue_seconds",
    "spis_measured_timestamp_seconds",
    "spis_database_bytes",
    "spis_loop_idle_seconds",
    "spis_repeats_dropped_total",
    "spis_refused_total",
)
OF_AN_API = ("spis_http_request_seconds", "spis_http_requests_total", "spis_open_streams", "spis_refused_total")
LOOKED_AGAIN_SECONDS_MAX = 45.0
"""What another test took away and put back is missed until a worker has looked again."""


@pytest.fixture
def here(town: Callable[[str], Town]) -> Town:
    return town("RS-DER")


async def test_one_id_goes_from_the_request_through_every_event_row_and_log_line(house: House, here: Town) -> None:
    report, journey = await here.report(), str(uuid4())
    answer = await _screen(here, report, journey)
    case = answer.json()["case"]
    assert answer.headers["x-correlation-id"] == journey
    for need in (NEED, NEED_OF_ANOTHER):
        await here.alert(here.provider(need), "REFERRAL_SENT", (await here.asked(case, need))["referral"])

    async def types() -> list[str] | None:
        found = [attribute(r, "type") for r in await records(house) if attribute(r, "correlationid") == journey]
        return sorted(found) if len(found) >= len(SAID) else None

    assert await seen(types, "every event of the journey") == SAID
    for room, statement in STORED.items():
        assert await rows(house, room, statement, journey), room

    async def lines() -> bool:
        said = {(line["process"], line["room"]) for line in log_lines(house) if line.get("correlation_id") == journey}
        return said == {("api", "intake"), *(("worker", room) for room in ROOMS)}

    await seen(lines, "a line of every process on the way")


SAID = sorted(
    [
        "ba.spis.intake.report.screened.v1",
        "ba.spis.intake.case.opened.v1",
        "ba.spis.notifications.alert.resolved.v1",
        *["ba.spis.referral.referral.sent.v1"] * 2,
        *["ba.spis.notifications.alert.raised.v1"] * 2,
    ]
)


async def test_what_the_rules_refuse_is_found_in_the_log_by_the_id_of_the_answer(house: House, here: Town) -> None:
    referral = await here.asked_for()
    answer = await here.provider().post(referral_path(referral, "start"), {})
    assert answer.status_code == 409
    problem: dict[str, Any] = answer.json()
    assert answer.headers["x-correlation-id"] == problem["correlation_id"]
    mine = [
        line for line in log_lines(house, "referral-api") if line.get("correlation_id") == problem["correlation_id"]
    ]
    assert problem["code"] in {line.get("code") for line in mine}


async def test_every_process_shows_its_figures_to_the_house_and_none_to_the_front_door(
    house: House, here: Town
) -> None:
    await here.asked_for()
    async with httpx2.AsyncClient() as inside:
        for room in ROOMS:
            worker = (await inside.get(f"http://{house.listens(f'{room}-worker')}/metrics")).text
            api = (await inside.get(f"http://{house.listens(f'{room}-api')}/{room}/metrics")).text
            assert [name for name in OF_A_WORKER if f"# TYPE {name.removesuffix('_total')}" not in worker] == []
            assert [name for name in OF_AN_API if f"# TYPE {name.removesuffix('_total')}" not in api] == []
            for path in (f"/{room}/metrics", f"/{room}//metrics", f"/{room}/%6Detrics", f"/{room}/metrics/"):
                assert (await here.worker.http.get(path)).status_code == 404


async def test_figures_move_with_what_happens(house: House, here: Town) -> None:
    async def heard() -> float:
        return await _figure(
            house, "notifications", 'spis_heard_total{room="notifications",topic="spis.intake.reports.v1"}'
        )

    before, report = await heard(), await here.report()
    await here.alert(here.worker, "REPORT_RECEIVED", report)

    async def more() -> bool:
        return await heard() > before

    await seen(more, "the report in the figures")
    assert await _figure(house, "notifications", 'spis_alert_latency_seconds_count{room="notifications"}') > 0
    for room in ROOMS:
        assert await _figure(house, room, f'spis_fenced_total{{room="{room}"}}') >= 0
        await seen(partial(_nothing_missing, house, room), f"nothing missing in {room}", LOOKED_AGAIN_SECONDS_MAX)


async def _nothing_missing(house: House, room: str) -> bool:
    return await _figure(house, room, f'spis_loss_alarms{{room="{room}"}}') == 0


async def test_an_operator_sees_the_path_of_a_case_in_milliseconds(house: House, here: Town) -> None:
    referral = await here.asked_for()
    await here.alert(here.provider(), "REFERRAL_SENT", referral["referral"])

    async def path() -> list[Hop] | None:
        hops = await asyncio.to_thread(trace, house, referral["case"])
        whole = {hop.room for hop in hops} >= {"intake", "referral", "notifications"}
        return hops if whole and all(hop.published_at for hop in hops) else None

    hops: list[Hop] = await seen(path, "the whole path of a case")
    first, sent = hops[0], next(hop for hop in hops if hop.type.endswith("referral.sent.v1"))
    assert (first.room, first.after_ms) == ("intake", None)
    assert sent.after_ms is not None
    assert 0 <= sent.after_ms < 60_000
    assert sent.publish_ms is not None


async def test_an_operator_sees_what_waits_in_every_room(house: House, here: Town) -> None:
    await here.asked_for()

    async def measured() -> Look | None:
        now = await asyncio.to_thread(look, house)
        return now if all(room.overdue_seconds is not None for room in now.rooms) else None

    now: Look = await seen(measured, "figures of every room")
    assert [room.room for room in now.rooms] == list(ROOMS)
    assert {process.name for process in now.processes} == set(house.names)
    assert [process for process in now.processes if not process.memory_megabytes] == []
    assert next(room for room in now.rooms if room.room == "notifications").unacknowledged is not None


async def _screen(here: Town, report: str, journey: str) -> httpx2.Response:
    form = here.screening(NEED, NEED_OF_ANOTHER)
    headers = {**await here.worker.bearer(), "Idempotency-Key": f"screen-{journey}", "X-Correlation-Id": journey}
    return await here.worker.http.post(f"{REPORTS}/{report}/screen", json=form, headers=headers)


async def _figure(house: House, room: str, name: str) -> float:
    async with httpx2.AsyncClient() as inside:
        page = (await inside.get(f"http://{house.listens(f'{room}-worker')}/metrics")).text
    found = re.search(rf"^{re.escape(name)} (\S+)$", page, re.MULTILINE)
    return float(found[1]) if found else 0.0
