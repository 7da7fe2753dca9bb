"""A room that cannot start says in one sentence which variable or file is at fault, and shows no trace of its code."""

import base64
import os
import secrets
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.sources import REPOSITORY

KEY = base64.b64encode(secrets.token_bytes(32)).decode()
START_SECONDS_MAX = 60
NOBODY = "127.0.0.1:1"


def told(folder: Path, process: str, **more: str) -> str:
    """What a process of intake says before it ends, where only its own files are there."""
    (folder / "secret").write_text(base64.b64encode(secrets.token_bytes(32)).decode())
    (folder / "secret").chmod(0o600)
    env = {
        "PATH": os.environ["PATH"],
        "SPIS_KAFKA": NOBODY,
        "SPIS_ISSUER": f"http://{NOBODY}",
        "SPIS_INTAKE_DB": f"postgresql://intake:{secrets.token_hex(24)}@{NOBODY}/intake",
        "SPIS_SECRET": str(folder / "secret"),
        "SPIS_AGENCY_KEY": str(folder / "agency-key"),
        "SPIS_KEYS_DB": f"postgresql://keys:{secrets.token_hex(24)}@{NOBODY}/keys",
    }
    command = [sys.executable, "-m", "intake", process]
    done = subprocess.run(
        command, env=env | more, cwd=REPOSITORY, capture_output=True, text=True, timeout=START_SECONDS_MAX, check=False
    )
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1, done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    return done.stderr


@pytest.mark.parametrize(
    ("text", "mode", "says"),
    [
        (None, 0o600, "agency-key cannot be read"),
        (KEY, 0o644, "chmod 600"),
        ("short", 0o600, "32 bytes in base64"),
    ],
    ids=["absent", "open to others", "too short"],
)
def test_a_key_that_cannot_be_used_is_told(tmp_path: Path, text: str | None, mode: int, says: str) -> None:
    if text is not None:
        (tmp_path / "agency-key").write_text(text)
        (tmp_path / "agency-key").chmod(mode)
    sentence = told(tmp_path, "worker")
    assert sentence.startswith("intake worker: ")
    assert says in sentence


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("SPIS_SECRET", "", "SPIS_SECRET is not set: give it a file of mode 0600 with 32 random bytes in base64"),
        ("SPIS_KAFKA_SECURITY", "TLS", "SPIS_KAFKA_SECURITY must be one of"),
        (
            "SPIS_INTAKE_DB",
            f"postgresql://intake:postgres@{NOBODY}/intake",
            "SPIS_INTAKE_DB holds a secret that can be",
        ),
        ("SPIS_ISSUER", "http://id.example.ba", "SPIS_ISSUER is an http:// address that anybody on the way could be"),
        ("SPIS_ISSUER", f"http://{NOBODY}/id", "SPIS_ISSUER is a development issuer, which believes everybody"),
    ],
)
def test_a_variable_that_cannot_be_used_is_told(tmp_path: Path, name: str, value: str, says: str) -> None:
    assert says in told(tmp_path, "api", **{name: value})
