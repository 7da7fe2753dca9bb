"""Copies every database of an open house into a folder, each as it is at one moment, while the rooms go on.

It copies no key of the agency and no other secret: those are kept elsewhere, or who finds a backup reads it.
"""

import os
import shutil
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from deploy.house import manifest
from deploy.house.manifest import Copy, Manifest
from deploy.house.server import Server
from deploy.house.trouble import Trouble

COPY_SECONDS_MAX = 6 * 3600.0

DATABASES = """SELECT coalesce(json_agg(datname ORDER BY datname), '[]') FROM pg_database
    WHERE NOT datistemplate AND datallowconn AND datname <> 'postgres' AND datname !~ '_(restoring|replaced)$'"""
HAS_SCHEMA = "SELECT to_json(to_regclass('public.migrations') IS NOT NULL)"
SCHEMA = "SELECT coalesce(json_object_agg(name, checksum ORDER BY name), '{}') FROM public.migrations"

Say = Callable[[str], None]


def make(server: Server, rooms: tuple[str, ...], folder: Path, now: datetime, say: Say) -> Manifest:
    """Copy all databases into a new or empty folder that only its owner reads."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise Trouble(f"{folder} is not an empty folder.", "Name a new one: a backup never replaces another.")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)
    try:
        found = in_order(server.asked("postgres", DATABASES), rooms)
        copies = tuple(_copy(server, name, folder, say) for name in found)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    whole = Manifest(
        now.isoformat(timespec="seconds"), str(server.asked("postgres", "SHOW server_version_num")), copies
    )
    manifest.write(folder, whole)
    return whole


def in_order(found: list[str], rooms: tuple[str, ...]) -> tuple[str, ...]:
    """Rooms first: a key is committed before what it seals, so a later copy of the keys opens all that was copied."""
    return (*(room for room in rooms if room in found), *(name for name in found if name not in rooms))


def schema_of(server: Server, database: str) -> dict[str, str]:
    """Which files of SQL made a database, and what each was."""
    return dict(server.asked(database, SCHEMA)) if server.asked(database, HAS_SCHEMA) else {}


def _copy(server: Server, name: str, folder: Path, say: Say) -> Copy:
    path = folder / f"{name}.dump"
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as out:
        # The database says by which files it was made in the copy too; asked before, it can only name fewer.
        schema = schema_of(server, name)
        server.run("pg_dump", "--format=custom", f"--dbname={name}", seconds_max=COPY_SECONDS_MAX, out=out)
        out.flush()
        os.fsync(out.fileno())
    size = path.stat().st_size
    say(f"{name:<16} {size / 1024:10.0f} KB")
    return Copy(name, path.name, size, manifest.sha256_of(path), schema)
