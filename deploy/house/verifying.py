"""`./spis verify`: referral's kept heads handed to intake's verification of its access log; it only passes them on."""

import subprocess
import sys

from deploy.house.house import House
from deploy.house.trouble import Trouble


def verified(house: House) -> subprocess.CompletedProcess[str]:
    """What intake says of its log, by the heads that referral kept; it ends with 0 when nothing was changed."""
    heads = _asked(house, "referral", "heads")
    if heads.returncode != 0:
        raise Trouble("Referral does not tell which heads it kept.", heads.stderr.strip()[-400:])
    return _asked(house, "intake", "verify-access-log", heads.stdout)


def main(_: list[str]) -> int:
    """Verify the log of the lasting house."""
    from deploy.house import lasting
    from deploy.house.begin import own_state

    told = verified(lasting.find(own_state()))
    sys.stdout.write(told.stdout)
    sys.stderr.write(told.stderr)
    return told.returncode


def _asked(house: House, room: str, command: str, given: str | None = None) -> subprocess.CompletedProcess[str]:
    line = [sys.executable, "-m", room, command]
    environment, folder = house.env(room), house.plan.code
    return subprocess.run(line, env=environment, cwd=folder, input=given, capture_output=True, text=True, check=False)
