"""An open house: what it keeps alive, holds down, lets through and takes with it when it goes."""

import asyncio
import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from datetime import timedelta
from pathlib import Path

import asyncpg
import psutil
import pytest

from deploy.house import House
from deploy.house.layout import REPOSITORY
from deploy.house.trouble import Trouble
from tests.chassis.echo.waiting import until
from tests.house import pretend


def get(url: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def test_a_killed_process_comes_back_as_another(house: House) -> None:
    before = house.process("intake-worker").pid
    assert house.kill("intake-worker") == before
    house.wait_ready(20)
    assert house.process("intake-worker").pid not in {0, before}


def test_a_process_killed_again_and_again_waits_longer_each_time(house: House) -> None:
    earlier = len(waits(house, "intake-api"))
    for _ in range(3):
        house.wait_ready(20)
        house.kill("intake-api")
    house.wait_ready(20)
    assert waits(house, "intake-api")[earlier:] == [0.2, 0.4, 0.8]


def waits(house: House, name: str) -> list[float]:
    processes = house.status()["processes"]
    assert isinstance(processes, dict)
    return list(processes[name]["waits"])


def test_a_process_that_is_held_down_stays_down_until_it_is_started(house: House) -> None:
    house.stop("intake-worker")
    assert house.process("intake-worker").pid == 0
    house.wait_ready(20)
    assert house.process("intake-worker").state == "stopped"
    house.start("intake-worker")
    house.wait_ready(20)
    assert house.process("intake-worker").pid


async def test_a_frozen_process_goes_on_where_it_was(house: House) -> None:
    pid = house.process("intake-api").pid
    house.freeze("intake-api")

    async def stopped() -> bool:
        return bool(psutil.Process(pid).status() == psutil.STATUS_STOPPED)

    await until(stopped)  # one that runs on another processor is stopped when the system comes by
    house.thaw("intake-api")
    house.wait_ready(20)
    assert house.process("intake-api").pid == pid


def test_the_database_comes_back_after_being_killed(house: House) -> None:
    house.kill("postgres")
    house.wait_ready(30)
    assert house.process("postgres").exits


def test_unknown_names_are_refused_with_the_known_ones(house: House) -> None:
    with pytest.raises(Trouble, match="intake-worker"):
        house.process("no-such-process")
    with pytest.raises(Trouble, match="refused"):
        house.kill("no-such-process")


def test_the_gateway_passes_rooms_on_and_keeps_figures_inside(house: House) -> None:
    assert get(f"{house.origin}/intake/readyz") == (200, "ready")
    for path in ("/intake/metrics", "/intake/%6detrics", "/intake//metrics", "/id/metrics", "/nothing"):
        status, body = get(house.origin + path)
        assert (status, json.loads(body)["code"]) == (404, "no_such_address")
        assert re.fullmatch(r"[0-9a-f-]{36}", json.loads(body)["correlation_id"])


def test_a_room_that_is_away_is_answered_for_by_the_gateway(house: House) -> None:
    house.stop("intake-api")
    status, body = get(f"{house.origin}/intake/readyz")
    house.start("intake-api")
    house.wait_ready(20)
    assert (status, json.loads(body)["status"]) == (503, 503)


async def test_the_role_that_runs_uses_rows_and_makes_nothing(house: House) -> None:
    owner = await asyncpg.connect(house.owner_url("intake"))
    runs = await asyncpg.connect(house.url("intake"))
    try:
        await owner.execute("CREATE TABLE kept (id bigserial PRIMARY KEY, text text)")
        await runs.execute("INSERT INTO kept (text) VALUES ('one')")
        assert await runs.fetchval("UPDATE kept SET text = 'two' RETURNING text") == "two"
        for statement in ("CREATE TABLE mine ()", "DROP TABLE kept", "TRUNCATE kept", "CREATE TEMP TABLE mine ()"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await runs.execute(statement)
        await runs.execute("DELETE FROM kept")
        await owner.execute("DROP TABLE kept")
    finally:
        await owner.close()
        await runs.close()


async def test_a_further_database_has_its_own_two_roles(house: House) -> None:
    url, owner_url = await asyncio.to_thread(house.make_database, "spare_room")
    try:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await asyncpg.connect(url.removesuffix("spare_room") + "intake")
        for address, role in ((url, "spare_room"), (owner_url, "spare_room_owner")):
            connection = await asyncpg.connect(address)
            assert await connection.fetchval("SELECT current_user") == role
            await connection.close()
    finally:
        house.server.does("postgres", "DROP DATABASE spare_room WITH (FORCE)")


def test_the_domains_time_begins_where_it_was_asked_to_and_is_moved_on(house: House) -> None:
    before = house.now()
    assert before.isoformat().startswith("2026-03-02T08:")
    assert timedelta(days=3) <= house.advance(timedelta(days=3)) - before < timedelta(days=3, minutes=1)


def test_only_the_migration_is_told_the_owners_address(house: House) -> None:
    assert "SPIS_INTAKE_OWNER_DB" not in house.env("intake")
    assert house.migration_env("intake")["SPIS_INTAKE_OWNER_DB"] == house.owner_url("intake")


def test_a_house_that_cannot_open_says_which_part_and_shows_the_end_of_its_log(tmp_path: Path) -> None:
    code = pretend.build(tmp_path)
    (code / "broken.py").write_text("raise RuntimeError('the roof is missing')")
    with (
        pytest.raises(Trouble, match=r"intake-api ends each time(.|\n)*the roof is missing"),
        House.temporary(rooms=("intake",), code=code, modules={"intake-api": "broken"}),
    ):
        pass


def test_a_database_that_is_killed_while_it_is_frozen_comes_back(house: House) -> None:
    house.freeze("postgres")
    house.kill("postgres")
    house.wait_ready(30)
    assert house.process("postgres").state == "running"


def test_a_temporary_house_goes_when_the_one_who_asked_for_it_is_killed() -> None:
    script = (
        "import json, sys, time\nfrom deploy.house import House\n"
        "with House.temporary(rooms=()) as house:\n"
        "    pids = [house.process(name).pid for name in house.names]\n"
        "    print(json.dumps([str(house.folder.root), *pids]), flush=True)\n"
        "    time.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", script], cwd=REPOSITORY, stdout=subprocess.PIPE, text=True) as asking:
        assert asking.stdout is not None
        root, *pids = json.loads(asking.stdout.readline())
        os.kill(asking.pid, signal.SIGKILL)
    until = time.monotonic() + 20
    while (Path(root).exists() or any(psutil.pid_exists(pid) for pid in pids)) and time.monotonic() < until:
        time.sleep(0.1)
    assert not Path(root).exists()
    assert not [pid for pid in pids if psutil.pid_exists(pid)]
