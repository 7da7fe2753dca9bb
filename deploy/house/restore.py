"""Puts databases of an open house back to what a backup holds, while the other rooms go on.

Until each copy is whole beside the present database nothing is stopped and nothing is lost; then they take the places
in one transaction. What the room has since told others stays told: its own `restored` step sees to that.
"""

import json
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deploy.house import manifest
from deploy.house.backup import COPY_SECONDS_MAX, schema_of
from deploy.house.house import House
from deploy.house.layout import halves_of
from deploy.house.server import Server
from deploy.house.trouble import Trouble

STEP_SECONDS_MAX = 900.0
READY_SECONDS_MAX = 90.0

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Restored:
    """What a restore did; `told` is what each room's own step said, such as what was announced after the point."""

    databases: tuple[str, ...]
    made_at: str
    told: Mapping[str, Mapping[str, Any]]


def restore(house: House, databases: Sequence[str], folder: Path, say: Say) -> Restored:
    """Put databases back; their rooms are away meanwhile, and stay away where their own steps do not end well."""
    known, server = manifest.read(folder), house.server
    rooms = tuple(dict.fromkeys(house.room_of(database) for database in databases))
    dumps = {name: manifest.check_whole(folder, known.copy_of(name)) for name in databases}
    say(f"{', '.join(databases)}: whole, made at {known.made_at}")
    present = {name: schema_of(server, name) for name in databases}
    for name in databases:
        manifest.check_known(known.copy_of(name), present[name])
    for name, dump in dumps.items():
        copy_beside(server, name, dump)
        say(f"{name} is copied beside the present one")
    halves = tuple(f"{room}-{half}" for room in rooms for half in halves_of(room))
    for half in halves:
        house.stop(half)
    say(f"away: {', '.join(halves)}")
    try:
        take_places(server, databases)
    except Trouble:
        for half in halves:
            house.start(half)
        raise
    older = {house.room_of(name) for name in databases if known.copy_of(name).schema != present[name]}
    told = _bring_up_to_date(house, databases, rooms, older)
    for half in halves:
        house.start(half)
    house.wait_ready(READY_SECONDS_MAX, *halves)
    say(f"back: {', '.join(halves)}")
    return Restored(tuple(databases), known.made_at, told)


def copy_beside(server: Server, database: str, dump: Path) -> None:
    """Read a copy into a database beside the present one, which goes on."""
    beside = f"{database}_restoring"
    server.does(
        "postgres",
        f'DROP DATABASE IF EXISTS "{beside}" WITH (FORCE)',
        f'CREATE DATABASE "{beside}" OWNER "{database}_owner" TEMPLATE template0',
        f'REVOKE ALL ON DATABASE "{beside}" FROM PUBLIC',
    )
    line = ("--exit-on-error", "--single-transaction", f"--dbname={beside}", str(dump))
    server.run("pg_restore", *line, seconds_max=COPY_SECONDS_MAX)


def take_places(server: Server, databases: Sequence[str]) -> None:
    """Let the copies take the names, all or none; what bore them is gone with everything that happened since."""
    for name in databases:
        server.does(
            "postgres",
            f'DROP DATABASE IF EXISTS "{name}_replaced" WITH (FORCE)',
            # Nobody may come in between: a database that is being used cannot be renamed.
            f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false',
            f"SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = '{name}'",
        )
    renamed = (
        f'ALTER DATABASE "{name}" RENAME TO "{name}_replaced"; ALTER DATABASE "{name}_restoring" RENAME TO "{name}"'
        for name in databases
    )
    try:
        server.does("postgres", "; ".join(("BEGIN", *renamed, "COMMIT")))
    except Trouble:
        for name in databases:
            server.does("postgres", f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')
        raise


def _bring_up_to_date(
    house: House, databases: Sequence[str], rooms: Sequence[str], older: Set[str]
) -> dict[str, Mapping[str, Any]]:
    for name in databases:
        house.server.does("postgres", f'DROP DATABASE "{name}_replaced" WITH (FORCE)')
        house.make_database(name)
    told = {}
    for room in rooms:
        if room in older:
            _step(house, room, "migrate", house.migration_env(room))
        # The keys announce nothing; what matters of them is that nobody who was forgotten is back.
        step = "restored" if room in databases else "forget-again"
        told[room] = _as_object(_step(house, room, step, house.env(room), "--json"))
    return told


def _as_object(said: str) -> Mapping[str, Any]:
    try:
        told = json.loads(said)
    except ValueError:
        told = said.strip()
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
