"""One child's journey through the house, played from outside, told line by line; it ends well only if all is seen."""

import argparse
import asyncio
import sys
import time
import tomllib
from collections.abc import Sequence
from pathlib import Path

from deploy.demo import acts
from deploy.demo.cast import Cast
from deploy.demo.telling import Teller
from deploy.demo.visitor import NotObserved, client
from deploy.house import House
from deploy.house.layout import REPOSITORY

STARTS = "2026-03-02T08:00:00+00:00"
UNITS = REPOSITORY / "deploy" / "units"


def main(arguments: Sequence[str]) -> int:
    """Play the story of one unit in a house of its own; 0 only if every step was observed."""
    options = _options(arguments)
    known = {path.stem: path for path in UNITS.glob("*.toml")}
    if options.unit not in known:
        sys.stderr.write(
            f"There is no unit {options.unit}. Choose one of: {', '.join(sorted(_municipalities(known)))}\n"
        )
        return 2
    sys.stdout.write(f"A story from {_name(known[options.unit])}. Everybody in it is invented.\n")
    opening = time.monotonic()
    with House.temporary(clock=STARTS, watch=Progress()) as house:
        sys.stdout.write(f"The house is open ({time.monotonic() - opening:.1f} s).\n")
        try:
            return asyncio.run(_play(house, options.unit))
        except NotObserved as missing:
            sys.stderr.write(f"\n  ✗ {missing}\nThe story ends here.\n")
            return 1


async def _play(house: House, unit: str) -> int:
    async with client(house.origin) as http:
        cast, teller = Cast(house, http, unit), Teller(house.now)
        play = acts.Play(house, cast, teller)
        for act in (
            acts.reports,
            acts.screening,
            acts.referrals,
            acts.answer,
            acts.refusal,
            acts.silence,
            acts.figures,
        ):
            await act(play)
        await play.leave()
    told = time.monotonic() - teller.begun
    sys.stdout.write(f"\nThe loop is closed: {teller.steps} steps observed in {told:.1f} s of your time.\n")
    return 0


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./spis story", description="One child's journey, told line by line.")
    parser.add_argument("--unit", default=_default_unit(), help="the code of a municipality")
    return parser.parse_args(list(arguments))


def _default_unit() -> str:
    return next(iter(sorted(_municipalities({path.stem: path for path in UNITS.glob("*.toml")}))))


def _municipalities(known: dict[str, Path]) -> list[str]:
    return [code for code, path in known.items() if tomllib.loads(path.read_text(encoding="utf-8")).get("programme")]


def _name(path: Path) -> str:
    return str(tomllib.loads(path.read_text(encoding="utf-8"))["names"]["bs"])


class Progress:
    """Says once of each part of the house that it is ready."""

    def __init__(self) -> None:
        self._said: set[str] = set()
        self._since = time.monotonic()

    def __call__(self, status: dict[str, object]) -> None:
        """Hear how far the opening is."""
        steps = status.get("steps")
        for step in steps if isinstance(steps, list) else []:
            name = str(step.get("name"))
            if step.get("state") == "done" and name not in self._said:
                self._said.add(name)
                sys.stdout.write(f"  {name} ({float(step.get('seconds', 0)):.1f} s)\n")
                sys.stdout.flush()
