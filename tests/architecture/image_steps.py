"""The Dockerfile as steps that can be carried out without Docker: what is copied into a folder, what is run there."""

import fnmatch
import re
import shutil
from pathlib import Path
from typing import Any

import yaml

from tests.architecture.sources import REPOSITORY

DOCKERFILE = (REPOSITORY / "deploy" / "images" / "Dockerfile").read_text(encoding="utf-8")
STEPS = [
    line.split(maxsplit=1) for line in re.sub(r"\\\n\s*", " ", DOCKERFILE).splitlines() if re.match(r"[A-Z]+ ", line)
]
LEFT_OUT = [
    line for line in (REPOSITORY / ".dockerignore").read_text(encoding="utf-8").splitlines() if line and line[0] != "#"
]
START_SECONDS_MAX = 100
TOOLS = ["pytest", "yaml", "hypothesis", "grafana_foundation_sdk"]
NOT_INSTALLED = """
import sys
for name in {names!r}:
    sys.modules[name] = None
"""
"""What an interpreter in the image would say of packages that are not there."""


STARTED = """
import json, runpy, sys
said = {}
for command in json.loads(sys.argv[1]):
    sys.argv = command
    try:
        runpy.run_module(command[0], run_name="__main__")
        said[" ".join(command)] = "it went on without any setting"
    except SystemExit as refused:
        said[" ".join(command)] = str(refused)
json.dump(said, sys.stdout)
"""
"""What the entry point does, one command after another in one interpreter, up to what each of them lacks."""


def steps(kind: str) -> list[str]:
    return [rest for step, rest in STEPS if step == kind]


def is_left_out(path: Path) -> bool:
    parts = path.relative_to(REPOSITORY)
    names = [parts, *parts.parents]
    return any(
        fnmatch.fnmatch(name.as_posix(), pattern) or (pattern.startswith("**/") and name.name == pattern[3:])
        for name in names
        for pattern in LEFT_OUT
    )


def copied(source: str, target: Path) -> None:
    """Carry out one COPY from the repository."""

    def ignored(folder: str, names: list[str]) -> set[str]:
        return {name for name in names if is_left_out(Path(folder) / name)}

    if (REPOSITORY / source).is_dir():
        shutil.copytree(REPOSITORY / source, target, ignore=ignored)
    else:
        shutil.copy(REPOSITORY / source, target)


def taken_away() -> list[str]:
    [line] = [step for step in steps("RUN") if "pip uninstall" in step]
    return line.partition("pip uninstall --yes ")[2].split()


def folder_of_the_image(folder: Path) -> None:
    """Carry out every COPY from the repository but that of the lock, which a stage before needs."""
    folder.mkdir()
    for step in steps("COPY"):
        if "--from" not in step and "requirements.lock" not in step:
            source, target = step.split()
            copied(source, folder / target)


def commands() -> list[tuple[str, ...]]:
    """What the containers run in this image."""
    compose: dict[str, Any] = yaml.safe_load((REPOSITORY / "docker-compose.yml").read_text(encoding="utf-8"))
    return sorted({tuple(it["command"]) for it in compose["services"].values() if it["image"] == "spis:local"})
