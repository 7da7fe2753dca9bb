"""Commands that something else carries out: the tests, the story, the fault campaign, and a room's own commands."""

import subprocess
import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path

from deploy.house.begin import own_state
from deploy.house.layout import ROOMS
from deploy.house.trouble import Trouble

CHECKS = (
    ("ruff", "check", "."),
    ("ruff", "format", "--check", "."),
    ("mypy",),
    ("lint-imports",),
)


SIDE_BY_SIDE = ("-n", "2", "--dist", "loadscope", "--no-loadscope-reorder")
"""The whole suite waits more than it works: two processes share it, and each house belongs to one of them."""


def test(words: list[str]) -> int:
    """Run the checks, then the tests; 0 only when all pass."""
    binaries = Path(sys.executable).parent
    failed = []
    for check in CHECKS:
        sys.stdout.write(f"-- {' '.join(check)}\n")
        sys.stdout.flush()
        if subprocess.run([binaries / check[0], *check[1:]], check=False).returncode != 0:
            failed.append(" ".join(check))
    sys.stdout.write("-- pytest\n")
    sys.stdout.flush()
    some_of_it = any(not word.startswith("-") for word in words)
    how = words if some_of_it else [*SIDE_BY_SIDE, *words]
    tests = subprocess.run([sys.executable, "-m", "pytest", *how], check=False).returncode
    if failed:
        sys.stderr.write(f"spis: these checks failed, see above: {', '.join(failed)}\n")
    return tests or (1 if failed else 0)


def story(words: list[str]) -> int:
    """Play the journey."""
    return int(import_module("deploy.demo.story").main(words))


def demo(words: list[str]) -> int:
    """Open the house with a synthetic world in it."""
    return int(import_module("deploy.demo.command").main(words))


def ledger(words: list[str]) -> int:
    """Run the fault campaign."""
    return int(import_module("tests.ledger.command").main(words))


def prove(words: list[str]) -> int:
    """Run one of the long checks whole."""
    return int(import_module("tests.prove.command").main(words))


def bench(words: list[str]) -> int:
    """Measure how fast the house is."""
    return int(import_module("tests.bench.command").main(words))


def load(words: list[str]) -> int:
    """Fill the lasting house with a synthetic year."""
    return int(import_module("deploy.load.command").main(words))


def import_table(words: list[str]) -> int:
    """Take the rows of a table in."""
    return int(import_module("deploy.importing.command").main(words))


def backup(words: list[str]) -> int:
    """Copy every database."""
    return int(import_module("deploy.house.safekeeping").make_backup(words))


def restore(words: list[str]) -> int:
    """Put one database back."""
    return int(import_module("deploy.house.safekeeping").restore(words))


def verify(words: list[str]) -> int:
    """Verify intake's log of who opened what."""
    return int(import_module("deploy.house.verifying").main(words))


def trace(words: list[str]) -> int:
    """Print one case's path."""
    return int(import_module("deploy.house.tracing").main(words))


def account(words: list[str]) -> int:
    """Change one account in the room that keeps the directory."""
    return room_command("account", ["referral", *words])


WHOLE: Mapping[str, Callable[[list[str]], int]] = {
    "test": test,
    "story": story,
    "demo": demo,
    "ledger": ledger,
    "prove": prove,
    "bench": bench,
    "load": load,
    "import": import_table,
    "backup": backup,
    "restore": restore,
    "verify": verify,
    "trace": trace,
    "account": account,
}


def room_command(name: str, words: list[str]) -> int:
    """Have a room carry out one of its own commands, told where the lasting house is."""
    from deploy.house import lasting

    if not words or words[0] not in ROOMS:
        raise Trouble(f"./spis {name} needs a room.", f"Name one of {', '.join(ROOMS)}.")
    house = lasting.find(own_state())
    line = [sys.executable, "-m", words[0], name, *words[1:]]
    return subprocess.run(line, env=house.env(words[0]), cwd=house.plan.code, check=False).returncode
