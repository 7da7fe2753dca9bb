"""One child's journey through the house, played from outside, told line by line; it ends well only if all is seen."""

import argparse
import asyncio
import sys
import time
import tomllib
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx2

from deploy.demo import acts, ending, releasing, sharing
from deploy.demo.cast import Cast
from deploy.demo.telling import Teller
from deploy.demo.visitor import NotObserved, client
from deploy.house import House
from deploy.house.layout import REPOSITORY
from deploy.house.progress import Telling

STARTS = "2026-03-02T08:00:00+00:00"
UNITS = REPOSITORY / "deploy" / "units"
ACTS = (
    acts.reports,
    acts.screening,
    acts.referrals,
    sharing.before_acceptance,
    acts.acceptance,
    sharing.while_live,
    acts.outcome,
    sharing.after_the_end,
    acts.refusal,
    acts.silence,
    acts.figures,
    ending.closing,
)
ALONE = (*ACTS, releasing.release)
"""What is played in a house of its own."""


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
    with _own_house() as house:
        return told(lambda: asyncio.run(_play(house, options.unit)))


def told(play: Callable[[], None]) -> int:
    """Play to the end: 0 when every step was observed, 1 and what is missing when one was not."""
    try:
        play()
    except NotObserved as missing:
        sys.stderr.write(f"\n  ✗ {missing}\nThe story ends here.\n")
        return 1
    except httpx2.TransportError as error:
        sys.stderr.write(f"\n  ✗ the house could not be reached ({type(error).__name__})\nThe story ends here.\n")
        return 1
    return 0


@contextmanager
def _own_house() -> Iterator[House]:
    """A house for one story, whose opening is shown part by part."""
    opening, telling = time.monotonic(), Telling()
    with ExitStack() as stack:
        try:
            house = stack.enter_context(House.temporary(clock=STARTS, watch=telling.watch))
        finally:
            telling.end()
        sys.stdout.write(f"The house is open ({time.monotonic() - opening:.1f} s).\n")
        yield house


async def _play(house: House, unit: str) -> None:
    async with client(house.origin) as http:
        cast, teller = Cast(house, http, unit), Teller(house.now)
        play = acts.Play(house, cast, teller)
        try:
            for act in ALONE:
                await act(play)
        finally:
            await play.leave()
    took = time.monotonic() - teller.begun
    sys.stdout.write(f"\nThe loop is closed: {teller.steps} steps observed in {took:.1f} s of your time.\n")


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
