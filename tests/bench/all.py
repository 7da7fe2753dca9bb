"""`./spis bench all`: every bench in turn, each in a process of its own, and a table of them at the end.

The last line is one object that holds what each of them said of itself; it ends with 0 only if every mark was kept.
"""

import argparse
import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from deploy.house.layout import REPOSITORY
from tests.bench.command import BENCHES
from tests.bench.paired import KEPT, MISSED, progress

BENCH_SECONDS_MAX = 6 * 3_600.0
COLUMNS = ("value", "floor", "ratio")

Told = Mapping[str, Any]


def table(told: Sequence[Told]) -> list[str]:
    """One line a bench: what was measured, beside what, and whether its mark was kept."""
    heads = "".join(f" {name:>12}" for name in COLUMNS)
    shown = [f"  {'name':<10}{heads}  {'':<11} kept  mark"]
    for each in told:
        cells = "".join(f" {each.get(name, '–'):>12}" for name in COLUMNS)
        kept = "yes" if each["kept"] else "NO"
        words = f"{each.get('unit', ''):<11} {kept:<5} {each.get('mark', each.get('failed', ''))}"
        shown.append(f"  {each['name']:<10}{cells}  {words}".rstrip())
    return shown


def ended(name: str) -> dict[str, Any]:
    """What one bench says of itself; one that fails or says nothing has kept nothing."""
    command = [sys.executable, "-m", "tests.bench.command", name, "--json"]
    try:
        done = subprocess.run(
            command, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True, check=False, timeout=BENCH_SECONDS_MAX
        )
    except subprocess.TimeoutExpired:
        return {"name": name, "kept": False, "failed": f"not within {BENCH_SECONDS_MAX:.0f} s"}
    last = (done.stdout.splitlines() or [""])[-1]
    told = json.loads(last) if last.startswith("{") else {"failed": f"it ended with {done.returncode}"}
    return {**told, "name": name, "kept": done.returncode == KEPT}


def main(words: Sequence[str]) -> int:
    """Run them, and tell what each measured."""
    others = [name for name in BENCHES if name != "all"]
    wanted = argparse.ArgumentParser(prog="./spis bench all")
    wanted.add_argument("names", nargs="*", metavar="NAME", help="only these; all of them where none is named")
    wanted.add_argument("--json", action="store_true", help="for programs")
    given = wanted.parse_args(words)
    if unknown := sorted(set(given.names) - set(others)):
        wanted.error(f"there is no bench {', '.join(unknown)}: name some of {', '.join(others)}")
    told = []
    for name in given.names or others:
        progress(f"-- {name}")
        told.append(ended(name))
        sys.stdout.write(json.dumps(told[-1]) + "\n")
        sys.stdout.flush()
    for line in () if given.json else table(told):
        progress(line)
    kept = all(each["kept"] for each in told)
    sys.stdout.write(json.dumps({"name": "all", "kept": kept, "benches": told}) + "\n")
    return KEPT if kept else MISSED
