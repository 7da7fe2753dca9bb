"""`./spis prove image`: the Dockerfile's steps carried out in an empty folder, with the packages of its lock alone.

Its last line is one JSON object; it ends with 0 only if everything was installed from the lock by its hashes and every
process of the containers starts as far as its settings.
"""

import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.architecture.image_steps import START_SECONDS_MAX, STARTED, commands, folder_of_the_image, steps, taken_away
from tests.architecture.sources import REPOSITORY

INSTALL_SECONDS_MAX = 1_200
INSTALLED_AT, LOCK_AT = "/opt/spis", "/requirements.lock"


def installed(folder: Path) -> Path:
    """Carry out the first stage below a folder; the Python that it leaves."""
    shutil.copy(REPOSITORY / "requirements.lock", folder / "requirements.lock")
    [run] = [step for step in steps("RUN") if "pip install" in step]
    # The same words in another place; the base image's own Python is the one this runs with.
    line = run.replace(LOCK_AT, str(folder / "requirements.lock")).replace(INSTALLED_AT, str(folder / "opt"))
    line = line.replace("python -m venv", f"{sys.executable} -m venv")
    done = subprocess.run(["sh", "-ec", line], capture_output=True, text=True, timeout=INSTALL_SECONDS_MAX, check=False)
    if done.returncode != 0:
        raise SystemExit(f"the first stage failed: {done.stderr[-800:]}")
    return folder / "opt" / "bin" / "python"


def prove(folder: Path) -> dict[str, Any]:
    """Build, and start everything once."""
    began = time.monotonic()
    python = installed(folder)
    took = time.monotonic() - began
    folder_of_the_image(folder / "srv")
    bare = {"PYTHONPATH": str(folder / "srv"), "PYTHONDONTWRITEBYTECODE": "1", "PATH": ""}
    line = [str(python), "-c", STARTED, json.dumps(commands())]
    done = subprocess.run(
        line, cwd=folder / "srv", env=bare, capture_output=True, text=True, timeout=START_SECONDS_MAX, check=False
    )
    said = json.loads(done.stdout) if done.returncode == 0 else {}
    listed = subprocess.run([python, "-m", "pip", "list", "--format=json"], capture_output=True, text=True, check=True)
    packages = {each["name"].lower() for each in json.loads(listed.stdout)}
    size = sum(path.lstat().st_size for path in folder.rglob("*") if path.is_file())
    return {
        "install_seconds": round(took, 1),
        "megabytes": round(size / 1_000_000),
        "packages": len(packages),
        "left_in": sorted(packages & set(taken_away())),
        "commands": len(commands()),
        "do_not_start": sorted(
            " ".join(command) for command in commands() if "is not set: give it" not in said.get(" ".join(command), "")
        ),
    }


def main(_: Sequence[str]) -> int:
    """Build in a folder that goes again, and print what was found."""
    with tempfile.TemporaryDirectory() as folder:
        found = prove(Path(folder))
    sys.stdout.write(json.dumps(found) + "\n")
    return 1 if found["left_in"] or found["do_not_start"] else 0
