"""The script that makes the virtual environment: it finishes what was interrupted and does nothing twice."""

import os
import runpy
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from deploy.house.layout import REPOSITORY
from deploy.house.words import WORDS

COMMANDS = "import sys\nprint('ran', *sys.argv[1:], sys.prefix)\n"


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout with the real script, locks that name nothing, and commands that only say what they were asked."""
    house = tmp_path / "deploy" / "house"
    house.mkdir(parents=True)
    shutil.copy(REPOSITORY / "spis", tmp_path / "spis")
    for part in ("words.py", "layout.py"):
        shutil.copy(REPOSITORY / "deploy" / "house" / part, house / part)
    (house / "commands.py").write_text(COMMANDS)
    for lock in ("requirements.lock", "requirements-dev.lock"):
        (tmp_path / lock).write_text(f"# {lock} names nothing here\n")
    return tmp_path


def run(checkout: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [getattr(sys, "_base_executable", sys.executable), checkout / "spis", *words],
        env={**os.environ, "CI": "true", "PIP_NO_INDEX": "1"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_without_words_every_command_is_listed_and_nothing_is_installed(checkout: Path) -> None:
    listed = run(checkout)
    assert listed.returncode == 0
    for word in WORDS:
        assert f"  {word.name}" in listed.stdout
        assert word.sentence in listed.stdout
    assert not (checkout / ".venv").exists()
    assert not list(checkout.rglob("__pycache__"))


def test_what_is_fetched_is_kept_with_everything_else_that_houses_share(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPIS_STATE", "/srv/spis")
    whole = runpy.run_path(str(REPOSITORY / "spis"), run_name="spis")
    assert whole["pip_cache"]() == "/srv/spis/cache/pip"


def test_the_real_commands_are_listed_by_a_python_that_has_nothing_installed() -> None:
    python = getattr(sys, "_base_executable", sys.executable)
    line = [python, "-I", "-S", REPOSITORY / "spis", "help"]
    listed = subprocess.run(line, capture_output=True, text=True, timeout=60, check=False)
    assert listed.returncode == 0, listed.stderr
    assert "  story" in listed.stdout


def test_an_unknown_command_is_refused_with_the_known_ones(checkout: Path) -> None:
    refused = run(checkout, "dance")
    assert refused.returncode == 2
    assert "'dance'" in refused.stderr
    assert "doctor" in refused.stdout


def test_what_was_interrupted_is_made_anew_and_what_cannot_be_installed_is_explained(checkout: Path) -> None:
    first = run(checkout, "status", "--json")
    assert first.returncode == 0, first.stderr
    assert f"ran status --json {checkout / '.venv'}" in first.stdout
    assert "\r" not in first.stdout
    second = run(checkout, "status")
    assert second.stdout.splitlines() == [f"ran status {checkout / '.venv'}"]

    (checkout / ".venv" / "spis.unfinished").touch()
    (checkout / ".venv" / "bin" / "python").unlink()
    third = run(checkout, "status")
    assert "left unfinished" in third.stdout
    assert third.stdout.splitlines()[-1] == f"ran status {checkout / '.venv'}"
    assert not (checkout / ".venv" / "spis.unfinished").exists()

    (checkout / "requirements.lock").write_text("no-such-package-of-anyone==1.0 --hash=sha256:" + "0" * 64 + "\n")
    refused = run(checkout, "status")
    assert refused.returncode == 2
    assert "pip could not install" in refused.stderr
    assert "check the network" in refused.stderr
    (checkout / "requirements.lock").write_text("# another lock\n")
    assert run(checkout, "status").stdout.splitlines()[-1] == f"ran status {checkout / '.venv'}"
