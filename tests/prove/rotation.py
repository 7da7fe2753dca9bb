"""`./spis prove rotation`: the agency's key is replaced again and again while clients report and read.

Its last line is one JSON object; it ends with 0 only if no request failed, every report that was taken in still opens
and no person's key is left under an older agency key.
"""

import argparse
import asyncio
import base64
import json
import os
import sys
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import httpx2

from deploy.demo.acts import REPORTS
from deploy.demo.story import STARTS
from deploy.demo.visitor import client
from deploy.house import House
from deploy.house.files import write_whole
from deploy.house.progress import Telling
from intake.vault.agency import KeyRing
from services.security.secret_files import secrets_of
from tests.journeys.looking import rows
from tests.journeys.town import Town

CALLERS = 8
Rewrap = Callable[[House], Awaitable[Mapping[str, Any]]]
KEYS_BY_AGENCY = "SELECT agency_key, count(*) AS keys FROM person_keys WHERE wrapped IS NOT NULL GROUP BY 1"
UNHINDERED = {"SPIS_PACE": "reports=60000/60"}


@dataclass(slots=True)
class Figures:
    """What was asked and seen while the key was replaced."""

    requests: int = 0
    failed: int = 0
    reports: int = 0
    not_opened: int = 0
    rotations: int = 0
    rewrapped: int = 0
    keys: int = 0
    under_older_keys: int = 0
    seconds: float = 0.0
    statuses: dict[str, int] = field(default_factory=dict)

    @property
    def found(self) -> int:
        """Everything that must not be."""
        return self.failed + self.not_opened + self.under_older_keys

    async def ask(self, asking: Any, status: int) -> httpx2.Response | None:
        """Count a request; its answer if it is the one that must come."""
        self.requests += 1
        try:
            answer: httpx2.Response = await asking
        except httpx2.HTTPError as error:
            self._note(type(error).__name__)
        else:
            self._note(str(answer.status_code))
            if answer.status_code == status:
                return answer
        self.failed += 1
        return None

    def _note(self, status: str) -> None:
        self.statuses[status] = self.statuses.get(status, 0) + 1


async def rotate_under_load(
    house: House, town: Town, rewrap: Rewrap, *, seconds: float, callers: int = CALLERS
) -> Figures:
    """Replace the agency's key once, and again for some seconds, while clients report and read."""
    figures, over, began = Figures(), asyncio.Event(), time.monotonic()
    kept: dict[str, str] = {}
    await report_and_read(town, "at first", kept, figures)
    calling = [asyncio.create_task(use(town, str(caller), over, kept, figures)) for caller in range(callers)]
    try:
        while not figures.rotations or time.monotonic() - began < seconds:
            figures.rewrapped += await rotate(house, rewrap)
            figures.rotations += 1
    finally:
        over.set()
        await asyncio.gather(*calling)
    figures.reports, figures.seconds = len(kept), round(time.monotonic() - began, 1)
    for report, narrative in kept.items():
        figures.not_opened += await reads(town, report, figures) != narrative
    current, *_ = await KeyRing(house.folder.secret("agency-key")).names()
    under = {row["agency_key"]: row["keys"] for row in await rows(house, "keys", KEYS_BY_AGENCY)}
    figures.keys, figures.under_older_keys = sum(under.values()), sum(under.values()) - under.get(current, 0)
    return figures


async def use(town: Town, caller: str, over: asyncio.Event, kept: dict[str, str], figures: Figures) -> None:
    """Report and read what was reported until it is over."""
    while not over.is_set():
        await report_and_read(town, caller, kept, figures)


async def report_and_read(town: Town, caller: str, kept: dict[str, str], figures: Figures) -> None:
    """Report once, and read it."""
    narrative = f"Izmišljeno: {caller}, {len(kept)}."
    taken = await figures.ask(town.school.post(REPORTS, town.paper(narrative=narrative)), 201)
    if taken is not None:
        report = str(taken.json()["report"])
        kept[report] = narrative
        figures.not_opened += await reads(town, report, figures) != narrative


async def reads(town: Town, report: str, figures: Figures) -> str | None:
    """The narrative of a report, as its centre reads it."""
    headers = await town.worker.bearer()
    answer = await figures.ask(town.worker.http.get(f"{REPORTS}/{report}", headers=headers), 200)
    return None if answer is None else answer.json()["narrative"]


async def rotate(house: House, rewrap: Rewrap) -> int:
    """Replace the key as an operator does: add a line, rewrap, take the old line away; how many were rewrapped."""
    file = house.folder.secret("agency-key")
    old = [base64.b64encode(key).decode() for key in secrets_of(file)]
    new = base64.b64encode(os.urandom(32)).decode()
    write_whole(file, "\n".join([new, *old]) + "\n", mode=0o600)
    done = await rewrap(house)
    if len(done["removable"]) != len(old):
        raise LookupError(f"older agency keys still wrap something: {done}")
    write_whole(file, new + "\n", mode=0o600)
    return int(done["rewrapped"])


async def rewrap_by_command(house: House) -> Mapping[str, Any]:
    """Rewrap as `./spis rewrap intake` does."""
    command = (sys.executable, "-m", "intake", "rewrap", "--json")
    running = await asyncio.create_subprocess_exec(
        *command, env=house.env("intake"), cwd=house.plan.code, stdout=asyncio.subprocess.PIPE
    )
    said, _ = await running.communicate()
    return dict(json.loads(said))


async def prove(house: House, unit: str, seconds: float) -> Figures:
    """Rotate under load in a house of its own."""
    async with client(house.origin) as http:
        return await rotate_under_load(house, Town(house, http, unit), rewrap_by_command, seconds=seconds)


def main(words: Sequence[str]) -> int:
    """Open a house, rotate under load and print the figures."""
    parser = argparse.ArgumentParser(prog="./spis prove rotation", description=__doc__)
    parser.add_argument("--seconds", type=float, default=30.0, help="how long the clients go on (30)")
    parser.add_argument("--unit", default="FBIH-K10-LIV", help="the municipality whose people report and read")
    asked, telling = parser.parse_args(list(words)), Telling()
    with House.temporary(clock=STARTS, settings=UNHINDERED, watch=telling.watch) as house:
        telling.end()
        sys.stdout.write(f"  {CALLERS} clients report and read for {asked.seconds:.0f} s while the key is replaced\n")
        figures = asyncio.run(prove(house, asked.unit, asked.seconds))
    sys.stdout.write(json.dumps(asdict(figures)) + "\n")
    return 1 if figures.found else 0
