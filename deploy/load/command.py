"""`./spis load`: a synthetic year in the lasting house, as large as one likes."""

import argparse
import asyncio
import json
import sys

from deploy.house import lasting
from deploy.house.begin import own_state
from deploy.load.loading import load

CASES, SEED = 10_000, 1


def main(words: list[str]) -> int:
    """Load, and tell what was loaded."""
    asked = argparse.ArgumentParser(prog="./spis load", description="Fill the house with a year of invented cases.")
    asked.add_argument("--cases", type=_number, default=CASES, help="how many reports (10000)")
    asked.add_argument("--seed", type=_number, default=SEED, help="which year; the same one gives the same cases (1)")
    asked.add_argument("--json", action="store_true", help="tell the end as JSON, for machines")
    given = asked.parse_args(words)
    out = sys.stderr if given.json else sys.stdout

    def tell(line: str) -> None:
        out.write(line + "\n")
        out.flush()

    house = lasting.find(own_state())
    done = asyncio.run(load(house, given.cases, given.seed, tell))
    if given.json:
        sys.stdout.write(json.dumps(done.told()) + "\n")
        return 0
    tell(
        f"{done.cases} invented cases with {done.events} events in {done.seconds:.0f} s: everybody in them is made up."
    )
    tell(f"  {done.seconds_playing:.0f} s to play and keep them, {done.seconds_adding_up:.0f} s to add up the figures.")
    tell("  They stay until ./spis reset.")
    return 0


def _number(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("give a number from 1 on")
    return number
