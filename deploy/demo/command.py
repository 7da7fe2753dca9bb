"""`./spis demo`: the lasting house with a synthetic world in it, where something happens every few seconds."""

import argparse
import asyncio
import sys
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from deploy.demo.player import Player
from deploy.demo.visitor import client
from deploy.house import box, doctor, lasting
from deploy.house.begin import make_private, own_state
from deploy.house.clock import read_clock, set_clock
from deploy.house.house import House
from deploy.house.layout import REPOSITORY, Folder, Plan, lasting_folder
from deploy.house.progress import Telling
from deploy.house.supervisor import read_plan
from deploy.house.trouble import Trouble
from deploy.load.first_year import SEED
from referral.accounts import ACCOUNTS_FILE, AccountRules
from services.contracts.policy import read_file

CHILDREN, CHILDREN_MAX = 600, 5_000
RATE = 12.0
"""How much faster the domain's time runs: what is due in an hour is due in five minutes."""
MINUTES = 120


def main(words: list[str]) -> int:
    """Open the house, fill it where it is empty, show where everything is, and let the country work."""
    asked = argparse.ArgumentParser(prog="./spis demo", description="A house with a synthetic world, moving.")
    asked.add_argument("--minutes", type=float, default=MINUTES, help=f"how long the country works ({MINUTES})")
    shown = _shown_first()
    asked.add_argument("--unit", default=shown, help=f"the town where most happens ({shown})")
    asked.add_argument("--children", type=_children, default=CHILDREN, help=f"how many it begins with ({CHILDREN})")
    given = asked.parse_args(words)
    state = own_state()
    with lasting.one_at_a_time(state):
        house = _open(state, given.children)
    house.wait_ready()
    _say(box.frame(_lines(house, given.unit)))
    with suppress(KeyboardInterrupt):
        asyncio.run(_play(house, given.unit, given.minutes))
    _say("The country rests; the house stays open. Go on with ./spis demo, close it with ./spis down.")
    return 0


def _children(text: str) -> int:
    number = int(text)
    if not 0 <= number <= CHILDREN_MAX:
        raise argparse.ArgumentTypeError(f"give a number up to {CHILDREN_MAX}; ./spis load adds as many as you like")
    return number


def _shown_first() -> str:
    """The town of whoever stands first on the list for a first look."""
    first = read_file(REPOSITORY / "deploy" / ACCOUNTS_FILE, AccountRules).shown_first[0]
    return first.partition("@")[2]


def _open(state: Path, children: int) -> House:
    folder = lasting_folder(state)
    if not folder.plan.exists():
        make_private(folder.root)
    elif not read_plan(folder).clock:
        raise Trouble(
            "There is a house already, and its time is real.",
            "Give the demo a state of its own (SPIS_STATE=FOLDER ./spis demo), or remove the house (./spis reset).",
        )
    _go_on_from_where_it_stood(folder, is_open=lasting.is_open(folder))
    telling = Telling()
    for finding in doctor.examine(state, repair=True):
        _say(f"  ! {finding.what} {finding.repaired or finding.next_step}")
    try:
        return lasting.open_house(state, telling.watch, Plan(lasting=True, clock=True, cases=children))
    finally:
        telling.end()


def _go_on_from_where_it_stood(folder: Folder, *, is_open: bool) -> None:
    """A house that was closed goes on a moment after it stopped: nothing falls due while nobody can answer."""
    now = datetime.now(UTC)
    if not folder.clock.exists():
        set_clock(folder.clock, now, now, RATE)
    elif not is_open:
        set_clock(folder.clock, read_clock(folder.clock, _last_played(folder)), now, RATE)


def _last_played(folder: Folder) -> datetime:
    """When something was last written by the house, which is no later than when it closed."""
    return datetime.fromtimestamp(folder.status.stat().st_mtime if folder.status.exists() else 0, UTC)


async def _play(house: House, unit: str, minutes: float) -> None:
    async with client(house.origin) as http:
        await Player(house, http, unit, seed=SEED, tell=_say).play(timedelta(minutes=minutes))


def _lines(house: House, unit: str) -> list[str]:
    memory = box.memory_megabytes([house.process(name).pid for name in house.names])
    origin = house.origin
    return [
        "SPIS is open, and a country of invented people works in it.",
        "",
        f"Look              {origin}/",
        "  sign in as      the caseworker of the town where most happens, or anybody else on the list",
        f"For systems       {origin}/referral/integrate   (credentials, curl lines, every event)",
        f"Kafka             {house.kafka}",
        "",
        "Report something yourself (send it twice: the same answer, nothing new):",
        f"  TOKEN=$(./spis token institution --unit {unit}.school)",
        f'  curl -s {origin}/intake/v1/reports -H "Authorization: Bearer $TOKEN" -H "Idempotency-Key: demo-0001" \\',
        f'    -H "Content-Type: application/json" -d \'{{"unit":"{unit}","channel":"integration","anonymous":true,',
        f'    "concerns":["neglect"],"immediate_danger":true,"occurred_at":"{house.now():%Y-%m-%dT%H:%M:%SZ}"}}\'',
        "",
        f"Time              runs {RATE:.0f} times as fast as yours: an hour takes {60 / RATE:.0f} minutes",
        f"Memory            {memory} MB",
        f"Data and logs     {house.folder.root}",
        "Stop, look, start over   Ctrl-C, then ./spis down · ./spis status · ./spis reset",
    ]


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
