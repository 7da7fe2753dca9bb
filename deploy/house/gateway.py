"""The embedded gateway: where Caddy is and how it is started. The routes are in the Caddyfile, shared with compose."""

import os
import shutil
import sys
from pathlib import Path

from deploy.house.trouble import Trouble

CADDYFILE = Path(__file__).resolve().parents[1] / "caddy" / "Caddyfile"
ALIVE_PATH = "/gateway/healthz"


def find_caddy() -> Path:
    """The gateway's program, installed beside the Python that runs this."""
    beside = Path(sys.executable).parent / "caddy"
    found = beside if beside.is_file() else Path(shutil.which("caddy") or "")
    if not found.is_file() or not os.access(found, os.X_OK):
        raise Trouble("The gateway (caddy) is not installed.", "Start through ./spis, which installs it from the lock.")
    return found


def serve_command() -> list[str]:
    """The command line that serves the one origin."""
    return [str(find_caddy()), "run", "--config", str(CADDYFILE), "--adapter", "caddyfile"]
