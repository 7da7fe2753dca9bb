"""`./spis prove restore-drill`: every database is copied and brought back, and its rows are compared one by one.

Three ways: each copy brought back beside the present one; a room put back to the copy while its streams went on, which
hears the rest again; and rows that people read, drawn again from their streams. It ends with 0 only if nothing differs.
"""

import argparse
import asyncio
import json
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from deploy.demo.story import STARTS
from deploy.demo.visitor import client
from deploy.house import House, backup
from deploy.house.progress import Telling
from deploy.house.restore import restore
from deploy.house.server import Server
from deploy.load.country import ROOMS
from deploy.load.joining import Links
from deploy.load.keeping import as_superuser, connect
from deploy.load.loading import go_on, hold
from services.bus.kafka import KafkaSettings
from tests.journeys.town import Town, referral_path
from tests.unpaced import UNPACED

CASES = 12
COPY_SECONDS_MAX = 600.0
HEARD_SECONDS_MAX = 120.0
LOOK_SECONDS = 0.5
TABLES = """SELECT coalesce(json_agg(relname ORDER BY relname), '[]') FROM pg_class
    WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"""
HASH = """SELECT json_build_array(count(*), md5(coalesce(string_agg(md5(t::text), '' ORDER BY md5(t::text)), '')))
    FROM (SELECT {columns} FROM "{table}") t"""
HEARD_AGAIN = {
    "analytics": {"facts": "*", "cells": "*", "contexts": "*", "same_children": "*"},
    "notifications": {
        "alerts": "ref, code, severity, desk, unit, cause, subject, step, acknowledge_by IS NULL AS informs"
    },
}
"""What a reader keeps of what it hears; who acknowledged an alert after the point is known to nobody else. Analytics
goes first, for it counts what others say again after a restore of theirs (ARCHITECTURE.md, known holes)."""
DRAWN_AGAIN = {"intake": ("reports", "cases", "case_facts"), "referral": ("referrals", "needs")}

Say = Callable[[str], None]
Hashes = dict[str, list[Any]]


def hashes(server: Server, database: str, tables: Mapping[str, str] | None = None) -> Hashes:
    """The number of rows and a hash of all of them, of every table or of some columns of some."""
    wanted = tables if tables is not None else dict.fromkeys(server.asked(database, TABLES), "*")
    return {
        table: server.asked(database, HASH.format(columns=columns, table=table)) for table, columns in wanted.items()
    }


def differing(was: Hashes, is_now: Hashes) -> list[str]:
    """The tables that are not what they were."""
    return sorted(table for table in was | is_now if was.get(table) != is_now.get(table))


async def live(house: House, unit: str, cases: int) -> None:
    """Cases that are reported, opened, asked for and answered, or not."""
    async with client(house.origin) as http:
        town = Town(house, http, unit)
        for number in range(cases):
            referral = await town.asked_for()
            if number % 2:
                await town.provider().does(referral_path(referral, "accept"))


async def held(house: House, say: Say) -> None:
    """Hold every room down, once all that was said is heard."""
    async with AsyncExitStack() as stack:
        links: Links = {room: await connect(as_superuser(house.admin_url, house.url(room))) for room in ROOMS}
        for link in links.values():
            stack.push_async_callback(link.close)
        await hold(house, links, KafkaSettings.from_env(house.env("intake")), say)


def brought_back_beside(server: Server, database: str, dump: Path) -> Hashes:
    """The rows of a copy, brought back into a database of its own that goes again."""
    beside = f"{database}_restoring"
    server.does("postgres", f'DROP DATABASE IF EXISTS "{beside}"', f'CREATE DATABASE "{beside}" TEMPLATE template0')
    try:
        server.run("pg_restore", "--exit-on-error", f"--dbname={beside}", str(dump), seconds_max=COPY_SECONDS_MAX)
        return hashes(server, beside)
    finally:
        server.does("postgres", f'DROP DATABASE "{beside}" WITH (FORCE)')


async def copied(house: House, folder: Path, say: Say) -> dict[str, Any]:
    """Copy everything while nothing moves, and bring each copy back beside the present one."""
    await held(house, say)
    before = {database: hashes(house.server, database) for database in house.plan.databases}
    began = time.monotonic()
    made = await asyncio.to_thread(backup.make, house.server, house.plan.rooms, folder, datetime.now(UTC), say)
    dumped, differs = time.monotonic() - began, []
    began = time.monotonic()
    for copy in made.copies:
        back = await asyncio.to_thread(brought_back_beside, house.server, copy.database, folder / copy.file)
        differs += [f"{copy.database}.{table}" for table in differing(before[copy.database], back)]
    seconds = time.monotonic() - began
    await asyncio.to_thread(go_on, house)
    rows = sum(number for tables in before.values() for number, _ in tables.values())
    return {
        "databases": len(made.copies),
        "tables": sum(len(tables) for tables in before.values()),
        "rows": rows,
        "dump_seconds": round(dumped, 1),
        "bring_back_seconds": round(seconds, 1),
        "copies_differ": differs,
    }


async def heard_again(house: House, folder: Path, say: Say) -> dict[str, Any]:
    """Put one reader after the other back to the copy, and wait until it has heard again what came after it."""
    found: dict[str, Any] = {"restore_seconds": {}, "heard_again_seconds": {}, "heard_again_differs": []}
    for room, tables in HEARD_AGAIN.items():
        await held(house, say)
        now = hashes(house.server, room, tables)
        await asyncio.to_thread(go_on, house)
        began = time.monotonic()
        await asyncio.to_thread(restore, house, [room], folder, say)
        back, differs = time.monotonic(), list(tables)
        while differs and time.monotonic() - back < HEARD_SECONDS_MAX:
            await asyncio.sleep(LOOK_SECONDS)
            differs = differing(now, hashes(house.server, room, tables))
        found["restore_seconds"][room] = round(back - began, 1)
        found["heard_again_seconds"][room] = round(time.monotonic() - back, 1)
        found["heard_again_differs"] += [f"{room}.{table}" for table in differs]
    return found


async def drawn_again(house: House) -> dict[str, Any]:
    """Draw the rows people read again from their streams."""
    differs, events = [], 0
    for room, tables in DRAWN_AGAIN.items():
        before = hashes(house.server, room, dict.fromkeys(tables, "*"))
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", room, "rebuild", "--json"),
            env=house.env(room), cwd=house.plan.code,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        told, _ = await process.communicate()
        events += json.loads(told)["events"]
        after = hashes(house.server, room, dict.fromkeys(tables, "*"))
        differs += [f"{room}.{table}" for table in differing(before, after)]
    return {"events_drawn_again": events, "drawn_again_differs": differs}


async def drill(house: House, unit: str, cases: int, folder: Path, say: Say) -> dict[str, Any]:
    """The whole drill in one house."""
    await live(house, unit, cases)
    found = await copied(house, folder, say)
    await live(house, unit, cases)
    found |= await heard_again(house, folder, say)
    return found | await drawn_again(house)


def main(words: Sequence[str]) -> int:
    """Open a house, drill, and print what was found."""
    parser = argparse.ArgumentParser(prog="./spis prove restore-drill", description=__doc__)
    parser.add_argument("--cases", type=int, default=CASES, help=f"before the copy, and as many after it ({CASES})")
    parser.add_argument("--unit", default="FBIH-K10-LIV", help="the municipality of the cases")
    asked, telling = parser.parse_args(list(words)), Telling()

    def say(line: str) -> None:
        sys.stdout.write(f"  {line}\n")
        sys.stdout.flush()

    with (
        tempfile.TemporaryDirectory() as folder,
        House.temporary(clock=STARTS, settings=UNPACED, watch=telling.watch) as house,
    ):
        telling.end()
        found = asyncio.run(drill(house, asked.unit, asked.cases, Path(folder) / "backup", say))
    sys.stdout.write(json.dumps(found) + "\n")
    return 1 if any(found[name] for name in found if name.endswith(("differ", "differs"))) else 0
