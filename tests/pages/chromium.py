"""Which browser the pages are tried in: the one that is named, one on PATH, Playwright's own, or the system's package.

Without any the tests fail and say what to install: pages that nobody looked at are not tested.
"""

import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
INSTALL_SECONDS_MAX = 600
ADVICE = (
    "There is no browser to try the pages in. Install one (on Debian and Ubuntu: apt install chromium), "
    "or run: .venv/bin/playwright install chromium, or name one in SPIS_CHROMIUM."
)


class NoBrowser(Exception):
    """No browser was found, and none could be installed."""


def find_chromium(environment: Mapping[str, str], playwrights_own: str) -> str:
    """The path of a browser, in the order that the README names; whoever is root gets the system's package."""
    if named := environment.get("SPIS_CHROMIUM"):
        if shutil.which(named) is None:
            raise NoBrowser(f"SPIS_CHROMIUM names {named}, and there is no such program.")
        return named
    for name in NAMES:
        if found := shutil.which(name, path=environment.get("PATH")):
            return found
    if Path(playwrights_own).is_file():
        return playwrights_own
    if os.geteuid() == 0 and (apt := shutil.which("apt-get")):
        for words in (("update", "-q"), ("install", "-qy", "--no-install-recommends", "chromium")):
            subprocess.run([apt, *words], check=False, capture_output=True, timeout=INSTALL_SECONDS_MAX)
        if found := shutil.which("chromium"):
            return found
    raise NoBrowser(ADVICE)
