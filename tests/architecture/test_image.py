"""The image holds what its processes need and nothing else: its steps are carried out in an empty folder."""

import fnmatch
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.architecture.sources import REPOSITORY, ROOMS

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


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the image, as its COPY steps leave it."""
    folder = tmp_path_factory.mktemp("image") / "srv"
    folder.mkdir()
    own = [step.split() for step in steps("COPY") if "--from" not in step and "requirements.lock" not in step]
    for source, target in own:
        copied(source, folder / target)
    modules = [name.replace("-", "_") for name in taken_away()] + [
        "pytest",
        "yaml",
        "hypothesis",
        "grafana_foundation_sdk",
    ]
    (folder / "sitecustomize.py").write_text(NOT_INSTALLED.format(names=modules), encoding="utf-8")
    return folder


def test_every_process_of_the_containers_starts_in_the_image_as_far_as_its_settings(image: Path) -> None:
    compose = yaml.safe_load((REPOSITORY / "docker-compose.yml").read_text(encoding="utf-8"))
    commands = sorted({tuple(it["command"]) for it in compose["services"].values() if it["image"] == "spis:local"})
    assert len(commands) == len(ROOMS) * 3 + 2
    assert steps("ENTRYPOINT") == ['["python", "-m"]']
    bare = {"PYTHONPATH": str(image), "PYTHONDONTWRITEBYTECODE": "1", "PATH": ""}
    line = [sys.executable, "-c", STARTED, json.dumps(commands)]
    done = subprocess.run(line, cwd=image, env=bare, capture_output=True, text=True, timeout=START_SECONDS_MAX)
    assert done.returncode == 0, done.stderr[-1500:]
    said = json.loads(done.stdout)
    assert len(said) == len(commands)
    for command, refusal in said.items():
        assert "is not set: give it" in refusal, f"{command}: {refusal}"


def test_nothing_is_in_the_image_that_no_process_needs(image: Path) -> None:
    for path in ("deploy/house", "deploy/demo", "deploy/grafana", "deploy/prometheus", "tests", "docs", ".git", ".env"):
        assert not (image / path).exists(), path
    for path in ("deploy/units", "deploy/alerts/catalogue.toml", "services/storage/schema/0001_chassis.sql"):
        assert (image / path).exists(), path
    assert not list(image.rglob("__pycache__"))


def test_what_is_installed_is_what_the_lock_says_and_what_is_taken_away_was_in_it() -> None:
    [line] = [step for step in steps("RUN") if "pip install" in step]
    for option in ("--require-hashes", "--no-deps", "--only-binary=:all:", "-r /requirements.lock"):
        assert option in line
    lock = (REPOSITORY / "requirements.lock").read_text(encoding="utf-8")
    for name in taken_away():
        assert re.search(rf"^{name}==", lock, re.MULTILINE), f"{name} is taken away and was never there"


def test_it_runs_as_somebody_who_is_not_root_with_the_python_that_is_tested() -> None:
    assert steps("USER") == ["10001:10001"]
    assert all(base.startswith("python:3.11-slim") for base in steps("FROM"))
