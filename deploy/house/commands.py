"""What `./spis` does inside the virtual environment: one function for each command, each loading only what it needs."""

import argparse
import io
import json
import os
import shutil
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from deploy.house import passing_on
from deploy.house.begin import own_state
from deploy.house.layout import lasting_folder
from deploy.house.trouble import Trouble
from deploy.house.words import WORDS

if TYPE_CHECKING:
    from deploy.house.house import House


def say(text: str) -> None:
    """One line for the person who asked."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def up(_arguments: argparse.Namespace) -> int:
    """Open the lasting house, explaining and repairing what an earlier end left behind."""
    from deploy.house import doctor, lasting
    from deploy.house.progress import Telling

    state = own_state()
    telling = Telling()
    with lasting.one_at_a_time(state):
        for finding in doctor.examine(state, repair=True):
            say(f"  ! {finding.what} {finding.repaired or finding.next_step}")
        try:
            house = lasting.open_house(state, telling.watch)
        finally:
            telling.end()
    house.wait_ready()
    show_box(state)
    return 0


def show_box(state: Path) -> None:
    """Print where everything is."""
    from deploy.house import box, lasting

    house = lasting.find(state)
    shown = box.Shown(
        origin=house.origin,
        kafka=house.kafka,
        database=house.listens("postgres"),
        rooms=house.plan.rooms,
        unit=first_municipality(Path(house.plan.policy)),
        memory_megabytes=box.memory_megabytes([house.process(name).pid for name in house.names]),
        state=house.folder.root,
    )
    say(box.frame(box.lines_of(shown)))


def first_municipality(policy: Path) -> str:
    """The code of a municipality of the policy data, to show in examples: the first that has institutions."""
    from services.contracts.policy import load_units

    units = load_units(policy)
    listed = sorted(path.stem for path in (policy / "directory").glob("*.toml"))
    return next((code for code in listed if not any(unit.parent == code for unit in units)), "")


def down(_arguments: argparse.Namespace) -> int:
    """Close the lasting house and keep its data."""
    from deploy.house import lasting

    state = own_state()
    with lasting.one_at_a_time(state):
        say("Closed; its data is kept." if lasting.close_house(state) else "It was not open.")
    return 0


def status(arguments: argparse.Namespace) -> int:
    """Say how each process is; 0 only when all are ready."""
    from deploy.house import lasting

    house = lasting.find(own_state())
    if arguments.watch:
        return watch(house, arguments)
    told = house.status()
    unready, processes = told["unready"], told["processes"]
    assert isinstance(unready, dict)
    assert isinstance(processes, dict)
    if arguments.json:
        say(json.dumps(told, indent=1))
        return 1 if unready else 0
    say(f"{told['origin']}   Kafka {told['kafka']}")
    for name, process in processes.items():
        ended = f"   ended {process['exits']} times" if process["exits"] else ""
        say(f"  {name:<22} pid {process['pid'] or '-':<8} {unready.get(name, 'ready')}{ended}")
    return 1 if unready else 0


def watch(house: "House", arguments: argparse.Namespace) -> int:
    """Look at the house again and again; 0 only when at the end all were ready."""
    from deploy.house import watching

    if arguments.json:
        seen = watching.look(house)
        say(json.dumps(watching.as_json(seen)))
    else:
        seen = watching.watch(house, turns=arguments.turns)
    return 1 if seen.unready else 0


def logs(arguments: argparse.Namespace) -> int:
    """Show the end of every log, or of one, and follow it when asked."""
    folder = lasting_folder(own_state())
    wanted = [folder.log(arguments.name)] if arguments.name else sorted(folder.logs.glob("*.log"))
    found = [path for path in wanted if path.exists()]
    if not found:
        names = ", ".join(sorted(path.stem for path in folder.logs.glob("*.log"))) or "none yet"
        raise Trouble("There is no such log.", f"There are: {names}.")
    lines = "200" if arguments.name else "10"
    os.execvp("tail", ["tail", "-n", lines, *(["-F"] if arguments.follow else []), *map(str, found)])


def reset(arguments: argparse.Namespace) -> int:
    """Remove the lasting house and its data; what is shared by all houses stays."""
    from deploy.house import lasting

    state = own_state()
    folder = lasting_folder(state)
    if not folder.root.exists():
        say("There is no house to remove.")
        return 0
    if not arguments.yes:
        say(f"This removes every case, every record and every key in {folder.root}. Nothing brings them back.")
        if not sys.stdin.isatty() or input("Type 'remove' to go on: ").strip() != "remove":
            say("Nothing was removed (without a terminal: ./spis reset --yes).")
            return 1
    with lasting.one_at_a_time(state):
        lasting.close_house(state)
        shutil.rmtree(folder.root)
    say("Removed.")
    return 0


def doctor(arguments: argparse.Namespace) -> int:
    """Look for what stops the house; 0 when nothing is left to do."""
    from dataclasses import asdict

    from deploy.house.doctor import examine

    findings = examine(own_state(), repair=True)
    if arguments.json:
        say(json.dumps([asdict(finding) for finding in findings], indent=1))
    for finding in () if arguments.json else findings:
        say(f"  {finding.what}")
        say(f"      repaired: {finding.repaired}" if finding.repaired else f"      next: {finding.next_step}")
    if not findings and not arguments.json:
        say("Nothing stands in the way.")
    return 1 if any(finding.next_step for finding in findings) else 0


def token(arguments: argparse.Namespace) -> int:
    """Print a token, or the credentials of an institution's own system."""
    from deploy.house import lasting

    house = lasting.find(own_state())
    role = "client" if arguments.role == "institution" else arguments.role
    if arguments.secret:
        client, secret = house.client(arguments.unit)
        say(f"{client}:{secret}")
    else:
        say(house.token(role, arguments.unit))
    return 0


OWN: dict[str, Callable[[argparse.Namespace], int]] = {
    "up": up,
    "down": down,
    "status": status,
    "logs": logs,
    "reset": reset,
    "doctor": doctor,
    "token": token,
}


def parser_of(name: str) -> argparse.ArgumentParser:
    """The options of a command of the house itself."""
    sentence = next(word.sentence for word in WORDS if word.name == name)
    parser = argparse.ArgumentParser(prog=f"./spis {name}", description=sentence)
    match name:
        case "doctor":
            parser.add_argument("--json", action="store_true", help="for programs")
        case "status":
            parser.add_argument("--json", action="store_true", help="for programs")
            parser.add_argument("--watch", action="store_true", help="with memory and what waits, again every 2 s")
            parser.add_argument("--turns", type=int, help="how often (until Ctrl-C; once where there is no terminal)")
        case "logs":
            parser.add_argument("name", nargs="?", help="a process, as ./spis status names them")
            parser.add_argument("-f", "--follow", action="store_true", help="go on as lines are written")
        case "reset":
            parser.add_argument("--yes", action="store_true", help="do not ask")
        case "token":
            parser.add_argument("role", help="caseworker, supervisor, director, provider, client, coordinator, …")
            parser.add_argument("--unit", required=True, help="the code of the unit or institution")
            parser.add_argument("--secret", action="store_true", help="a client's id and secret instead of a token")
        case _:
            pass
    return parser


def run(words: Sequence[str]) -> int:
    """Run one command."""
    name, rest = words[0], list(words[1:])
    if name in OWN:
        return OWN[name](parser_of(name).parse_args(rest))
    if name in passing_on.WHOLE:
        return passing_on.WHOLE[name](rest)
    return passing_on.room_command(name, rest)


def main() -> int:
    """Run one command; troubles become two lines, not a traceback."""
    for output in (sys.stdout, sys.stderr):
        if isinstance(output, io.TextIOWrapper):
            output.reconfigure(errors="replace")
    try:
        return run(sys.argv[1:])
    except Trouble as trouble:
        sys.stderr.write(f"spis: {trouble.detail}\n      {trouble.remedy}\n")
        return 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
