"""Puts one database of an open house back to what a backup holds, while the other rooms go on.

Until the copy is whole beside the present database nothing is stopped and nothing is lost; then one takes the other's
place in one transaction. What the room has since told others stays told: its own `restored` step sees to that.
"""

import json
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deploy.house import manifest
from deploy.house.backup import COPY_SECONDS_MAX, schema_of
from deploy.house.house import House
from deploy.house.server import Server
from deploy.house.trouble import Trouble

STEP_SECONDS_MAX = 900.0
READY_SECONDS_MAX = 90.0

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Restored:
    """What a restore did; `told` is what the room's own step said, such as what was announced after the point."""

    database: str
    room: str
    made_at: str
    told: Mapping[str, Any]


def restore(house: House, database: str, folder: Path, say: Say) -> Restored:
    """Put a database back; its room is away meanwhile, and stays away where its own steps do not end well."""
    known, server = manifest.read(folder), house.server
    copy = known.copy_of(database)
    dump = manifest.check_whole(folder, copy)
    say(f"{copy.file} is whole, made at {known.made_at}")
    present = schema_of(server, database)
    manifest.check_known(copy, present)
    _copy_beside(server, database, dump)
    say(f"{database} is copied beside the present one")
    room = house.room_of(database)
    halves = (f"{room}-api", f"{room}-worker")
    for half in halves:
        house.stop(half)
    try:
        _take_place(server, database)
    except Trouble:
        for half in halves:
            house.start(half)
        raise
    say(f"{database} has taken its place; {room} is away")
    told = _bring_up_to_date(house, database, room, older=copy.schema != present)
    for half in halves:
        house.start(half)
    house.wait_ready(READY_SECONDS_MAX, *halves)
    say(f"{room} is back")
    return Restored(database, room, known.made_at, told)


def _copy_beside(server: Server, database: str, dump: Path) -> None:
    beside = f"{database}_restoring"
    server.does(
        "postgres",
        f'DROP DATABASE IF EXISTS "{beside}" WITH (FORCE)',
        f'CREATE DATABASE "{beside}" OWNER "{database}_owner" TEMPLATE template0',
        f'REVOKE ALL ON DATABASE "{beside}" FROM PUBLIC',
    )
    line = ("--exit-on-error", "--single-transaction", f"--dbname={beside}", str(dump))
    server.run("pg_restore", *line, seconds_max=COPY_SECONDS_MAX)


def _take_place(server: Server, database: str) -> None:
    """Let the copy take the name; what bore it is gone with everything that happened since."""
    replaced = f"{database}_replaced"
    server.does(
        "postgres",
        f'DROP DATABASE IF EXISTS "{replaced}" WITH (FORCE)',
        # Nobody may come in between: a database that is being used cannot be renamed.
        f'ALTER DATABASE "{database}" ALLOW_CONNECTIONS false',
        f"SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = '{database}'",
    )
    try:
        server.does(
            "postgres",
            f'BEGIN; ALTER DATABASE "{database}" RENAME TO "{replaced}"; '
            f'ALTER DATABASE "{database}_restoring" RENAME TO "{database}"; COMMIT',
        )
    except Trouble:
        server.does("postgres", f'ALTER DATABASE "{database}" ALLOW_CONNECTIONS true')
        raise


def _bring_up_to_date(house: House, database: str, room: str, *, older: bool) -> Mapping[str, Any]:
    house.server.does("postgres", f'DROP DATABASE "{database}_replaced" WITH (FORCE)')
    house.make_database(database)
    if older:
        _step(house, room, "migrate", house.migration_env(room))
    said = _step(house, room, "restored", house.env(room), "--json")
    try:
        told = json.loads(said)
    except ValueError:
        told = {"said": said.strip()}
    return told if isinstance(told, dict) else {"said": told}


def _step(house: House, room: str, name: str, environment: Mapping[str, str], *words: str) -> str:
    line = [sys.executable, "-m", room, name, *words]
    try:
        done = subprocess.run(
            line,
            env=dict(environment),
            cwd=house.plan.code,
            capture_output=True,
            text=True,
            timeout=STEP_SECONDS_MAX,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise _unfinished(room, name, f"it did not end within {STEP_SECONDS_MAX:.0f} s") from None
    if done.returncode != 0:
        raise _unfinished(room, name, done.stderr.strip()[-400:])
    return done.stdout


def _unfinished(room: str, name: str, why: str) -> Trouble:
    return Trouble(
        f"The database is back, but {room} could not take the step {name}: {why}",
        f"{room} is held down until you restore it again; nothing else is touched.",
    )
