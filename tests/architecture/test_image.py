"""The image holds what its processes need and nothing else: its steps are carried out in an empty folder."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.image_steps import (
    NOT_INSTALLED,
    START_SECONDS_MAX,
    STARTED,
    TOOLS,
    commands,
    folder_of_the_image,
    steps,
    taken_away,
)
from tests.architecture.sources import REPOSITORY, ROOMS


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the image, as its COPY steps leave it; `./spis prove image` carries out the others too."""
    folder = tmp_path_factory.mktemp("image") / "srv"
    folder_of_the_image(folder)
    modules = [name.replace("-", "_") for name in taken_away()] + TOOLS
    (folder / "sitecustomize.py").write_text(NOT_INSTALLED.format(names=modules), encoding="utf-8")
    return folder


def test_every_process_of_the_containers_starts_in_the_image_as_far_as_its_settings(image: Path) -> None:
    asked = commands()
    assert len(asked) == len(ROOMS) * 3 + 2
    assert steps("ENTRYPOINT") == ['["python", "-m"]']
    bare = {"PYTHONPATH": str(image), "PYTHONDONTWRITEBYTECODE": "1", "PATH": ""}
    line = [sys.executable, "-c", STARTED, json.dumps(asked)]
    done = subprocess.run(line, cwd=image, env=bare, capture_output=True, text=True, timeout=START_SECONDS_MAX)
    assert done.returncode == 0, done.stderr[-1500:]
    said = json.loads(done.stdout)
    assert len(said) == len(asked)
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
