"""`./spis backup` and `./spis restore`: what they are asked, what they tell. The work is done next door."""

import argparse
import json
import sys
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from deploy.house import backup, lasting
from deploy.house import restore as restoring
from deploy.house.begin import make_private, own_state
from deploy.house.words import WORDS

SHOWN_MAX = 20


def make_backup(words: list[str]) -> int:
    """Copy every database of the lasting house."""
    parser = _parser("backup")
    parser.add_argument("folder", nargs="?", type=Path, help="a new folder (one in the state folder, by the time)")
    options = parser.parse_args(words)
    state, now = own_state(), datetime.now(UTC)
    with lasting.one_at_a_time(state):
        house = lasting.find(state)
        if options.folder is None:
            make_private(state / "backups")
        folder = (options.folder or state / "backups" / f"{now:%Y%m%dT%H%M%SZ}").absolute()
        made = backup.make(house.server, house.plan.rooms, folder, now, _told_beside(json_wanted=options.json))
    if options.json:
        _say(json.dumps({"folder": str(folder), **asdict(made)}))
        return 0
    _say(f"{len(made.copies)} databases are in {folder}, each with its sha256.")
    _say(
        "Not in it: the agency key and the other secrets. Without the agency key no name of it can be read: keep a copy"
    )
    _say("of that key elsewhere, apart from every backup.")
    return 0


def restore(words: list[str]) -> int:
    """Put databases of the lasting house back."""
    parser = _parser("restore")
    parser.add_argument("room", nargs="+", help="rooms, as the backup names its databases")
    parser.add_argument("folder", type=Path, help="a folder that ./spis backup made")
    options = parser.parse_args(words)
    state = own_state()
    with lasting.one_at_a_time(state):
        tell = _told_beside(json_wanted=options.json)
        done = restoring.restore(lasting.find(state), options.room, options.folder.absolute(), tell)
    if options.json:
        _say(json.dumps(asdict(done)))
        return 0
    _say(f"What it was at {done.made_at}: {', '.join(done.databases)}.")
    for room, told in done.told.items():
        _say(f"{room}:")
        _summary(dict(told))
    return 0


def _summary(told: dict[str, object]) -> None:
    said = told.pop("said_after_the_point", None)
    for name, value in told.items():
        _say(f"  {name.replace('_', ' ')}: {value}")
    if not isinstance(said, list):
        return
    _say(f"  {len(said)} announcements were made after that point and stand only on the topics:")
    for one in sorted(said, key=lambda one: str(one["at"]))[:SHOWN_MAX]:
        _say(f"    {one['at']}  {one['type']:<40} {one['subject']}")
    if len(said) > SHOWN_MAX:
        _say(f"    … and {len(said) - SHOWN_MAX} more (--json lists all)")


def _parser(name: str) -> argparse.ArgumentParser:
    sentence = next(word.sentence for word in WORDS if word.name == name)
    parser = argparse.ArgumentParser(prog=f"./spis {name}", description=sentence)
    parser.add_argument("--json", action="store_true", help="the summary for programs; progress goes beside it")
    return parser


def _told_beside(*, json_wanted: bool) -> backup.Say:
    """Progress on the output, or beside it where programs read that."""
    output = sys.stderr if json_wanted else sys.stdout

    def tell(text: str) -> None:
        output.write(f"  {text}\n")
        output.flush()

    return tell


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()
