"""What a house that ended badly left behind: processes, locks and half-written folders, found from its own records.
It touches only what those records prove to be this house's.
"""

import contextlib
import shutil
import time
from collections.abc import Mapping
from pathlib import Path

import psutil

from deploy.house import files, kafka, postgres
from deploy.house.layout import Folder, Plan

# A recorded start and the system's own may differ by this much; a pid used again by another program differs by more.
START_DIFFERENCE_SECONDS_MAX = 3.0
ENDING_SECONDS_MAX = 15.0
# A house that ended only now is still being read, and removed, by the one who asked for it.
FORGOTTEN_SECONDS_MIN = 120.0


def supervisor_of(folder: Folder) -> psutil.Process | None:
    """The living process that keeps this house."""
    status = files.read_json(folder.status)
    try:
        process = psutil.Process(int(str(status["pid"])))
        line = process.cmdline()
    except (KeyError, ValueError, psutil.Error):
        return None
    return process if "deploy.house.supervisor" in line and str(folder.root) in line else None


def strays_of(folder: Folder) -> list[psutil.Process]:
    """Processes of this house that are alive although their supervisor is not."""
    processes = files.read_json(folder.status).get("processes")
    found = []
    for record in processes.values() if isinstance(processes, dict) else ():
        process = _same_process(record)
        if process is not None:
            found.append(process)
    return found


def _same_process(record: Mapping[str, object]) -> psutil.Process | None:
    try:
        process = psutil.Process(int(str(record["pid"])))
        difference = abs(process.create_time() - float(str(record["started_at"])))
    except (KeyError, ValueError, psutil.Error):
        return None
    ended = process.status() == psutil.STATUS_ZOMBIE
    return None if ended or difference > START_DIFFERENCE_SECONDS_MAX else process


def end_strays(strays: list[psutil.Process]) -> list[int]:
    """End processes gently, then at once; their numbers."""
    for process in strays:
        with contextlib.suppress(psutil.Error):
            # A frozen process hears nothing until it goes on.
            process.resume()
            process.terminate()
    _, alive = psutil.wait_procs(strays, timeout=ENDING_SECONDS_MAX)
    for process in alive:
        with contextlib.suppress(psutil.Error):
            process.kill()
    psutil.wait_procs(alive, timeout=ENDING_SECONDS_MAX)
    return [process.pid for process in strays]


def half_made(folder: Folder, plan: Plan) -> list[Path]:
    """Folders whose making was interrupted, and which hold nothing yet."""
    drafts = [folder.postgres / "draft"] if (folder.postgres / "draft").exists() else []
    return drafts + [
        folder.kafka(broker) / "data"
        for broker in plan.brokers_by_name
        if (folder.kafka(broker) / "data").exists()
        and not kafka.is_formatted(folder, broker)
        and not kafka.has_records(folder, broker)
    ]


def beyond_repair(folder: Folder, plan: Plan) -> list[Path]:
    """Folders with data that has lost what makes it readable: nothing a program should touch."""
    broken = [
        folder.kafka(broker) / "data"
        for broker in plan.brokers_by_name
        if kafka.has_records(folder, broker) and not kafka.is_formatted(folder, broker)
    ]
    data = folder.postgres_data
    return broken + ([data] if data.exists() and not (data / "PG_VERSION").exists() else [])


def clear(folder: Folder, plan: Plan) -> list[str]:
    """Remove what is safe to remove; what was done, a sentence each. Only for a house that nobody keeps."""
    done = []
    for path in half_made(folder, plan):
        shutil.rmtree(path)
        done.append(f"removed {path}, which was never finished")
    if postgres.drop_stale_pid(folder.postgres_data):
        done.append("removed the pid file of a database server that is gone")
    return done


def _age_seconds(path: Path) -> float:
    try:
        return time.time() - path.stat().st_mtime
    except FileNotFoundError:
        return 0.0


def forgotten_houses(place: Path) -> list[Folder]:
    """Temporary houses in a folder whose supervisor is gone without having removed them."""
    found = []
    for path in place.glob("spis-*"):
        folder = Folder(path)
        with contextlib.suppress(PermissionError):
            plan = files.read_json(folder.plan)
            ended = folder.status.exists() and supervisor_of(folder) is None
            if ended and plan and not plan.get("keep") and _age_seconds(folder.status) > FORGOTTEN_SECONDS_MIN:
                found.append(folder)
    return found
