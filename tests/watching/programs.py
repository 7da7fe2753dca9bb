"""Which Prometheus alarms and dashboards are tried with: the one that is named, one on PATH, or the system's package.

The package is unpacked beside what else tests fetch and never installed, so nothing of it is ever started by itself.
Without any the tests fail and say what to install: an alarm that was never seen to fire is a guess.
"""

import fcntl
import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

FETCH_SECONDS_MAX = 600
PACKAGES = {
    "prometheus": "prometheus",
    "promtool": "prometheus",
    "alertmanager": "prometheus-alertmanager",
    "amtool": "prometheus-alertmanager",
}
"""Each program and the package of Debian and Ubuntu that it comes in."""
OTHER_NAMES = {"alertmanager": "prometheus-alertmanager"}
ADVICE = (
    "There is no {name} to try this with. Install one (on Debian and Ubuntu: apt install {package}), "
    "or name a folder of such programs in SPIS_PROMETHEUS."
)


class NoProgram(Exception):
    """The program was not found, and could not be fetched."""


def find_program(name: str, environment: Mapping[str, str], cache: Path) -> Path:
    """The path of a program; whoever is root has the system's package unpacked into the cache."""
    names = (name, *([OTHER_NAMES[name]] if name in OTHER_NAMES else []))
    if folder := environment.get("SPIS_PROMETHEUS"):
        found = next((Path(folder) / each for each in names if os.access(Path(folder) / each, os.X_OK)), None)
        if found is None:
            raise NoProgram(f"SPIS_PROMETHEUS names {folder}, and there is no {name} in it.")
        return found
    for each in names:
        if on_path := shutil.which(each, path=environment.get("PATH")):
            return Path(on_path)
    unpacked = cache / PACKAGES[name]
    if os.geteuid() == 0 and shutil.which("apt-get") and shutil.which("dpkg-deb"):
        _unpack(PACKAGES[name], unpacked)
    for each in names:
        if os.access(unpacked / "usr" / "bin" / each, os.X_OK):
            return unpacked / "usr" / "bin" / each
    raise NoProgram(ADVICE.format(name=name, package=PACKAGES[name]))


def _unpack(package: str, into: Path) -> None:
    into.parent.mkdir(parents=True, exist_ok=True)
    with (into.parent / f"{package}.lock").open("w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        if into.exists():
            return
        draft = into.with_suffix(".draft")
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir()
        # The list of packages may be there already, and asking for it anew takes seconds.
        if not _quietly("apt-get", "download", package, folder=draft):
            _quietly("apt-get", "update", "-q", folder=draft)
            _quietly("apt-get", "download", package, folder=draft)
        for file in draft.glob("*.deb"):
            if _quietly("dpkg-deb", "-x", str(file), str(draft), folder=draft):
                file.unlink()
                draft.rename(into)
                return


def _quietly(*line: str, folder: Path) -> bool:
    done = subprocess.run(line, cwd=folder, check=False, capture_output=True, timeout=FETCH_SECONDS_MAX)
    return done.returncode == 0
