"""Small files written whole or not at all, and secrets that only their owner reads."""

import base64
import json
import os
import secrets
from collections.abc import Mapping
from pathlib import Path


def write_whole(path: Path, text: str, *, mode: int = 0o644) -> None:
    """Replace a file in one step, so that no reader ever sees half of it."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with os.fdopen(descriptor, "w", encoding="utf-8") as handle:
        handle.write(text)
    draft.replace(path)


def write_json(path: Path, content: Mapping[str, object], *, mode: int = 0o644) -> None:
    """Replace a JSON file in one step."""
    write_whole(path, json.dumps(content, indent=1) + "\n", mode=mode)


def read_json(path: Path) -> dict[str, object]:
    """The object in a file, or an empty one where there is no readable file."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def keep_secret(path: Path) -> str:
    """The text of a secret file; made of 32 random bytes the first time."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_whole(path, base64.b64encode(secrets.token_bytes(32)).decode() + "\n", mode=0o600)
    return path.read_text(encoding="utf-8").strip()


def keep_password(path: Path) -> str:
    """A password that needs no quoting in an address; made the first time."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_whole(path, secrets.token_hex(24) + "\n", mode=0o600)
    return path.read_text(encoding="utf-8").strip()
