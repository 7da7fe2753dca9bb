"""`./spis prove panels`: a real Prometheus asks a running house, and every panel of every dashboard returns data.

Its last line is one JSON object; it ends with 0 only if no query came back empty, every rule could be evaluated and no
alarm fires but those the load provokes.
"""

import argparse
import asyncio
import json
import os
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from deploy.demo.acts import ALERTS
from deploy.demo.desk import Desk
from deploy.demo.story import STARTS
from deploy.demo.visitor import client
from deploy.grafana.draw import FOLDER
from deploy.house import House
from deploy.house.begin import own_state
from deploy.house.layout import cache_folder
from deploy.house.progress import Telling
from tests.journeys.town import Town, referral_path
from tests.unpaced import UNPACED
from tests.watching.programs import find_program
from tests.watching.prometheus import Prometheus, panels_of, watching

INTERVAL = "30s"
"""What Grafana puts in the place of its own variable, in a house that is asked every two seconds."""
DATA_SECONDS_MAX = 120.0
LOOK_SECONDS = 2.0
REPORTS = 20
PROVOKED = {
    *("CriticalAlertUnacknowledged", "ReportOfDangerUnscreened", "ReferralSilentPastLastStep", "AppointmentsNotKept"),
    "AlertsLate",
}
"""The load moves the house's clock by weeks and leaves things undone on purpose."""


async def load(house: House, unit: str) -> None:
    """A little of everything: reports, cases, an answer, a refusal, silence that climbs, and a desk that listens."""
    async with client(house.origin) as http:
        town = Town(house, http, unit)
        desk: Desk = await town.cast.desk("caseworker", unit)
        for _ in range(REPORTS):
            await town.report()
        await town.alert(town.worker, "REPORT_OF_DANGER", await town.report(immediate_danger=True))
        silent, answered = await town.asked_for(), await town.asked_for()
        provider = town.provider()
        await provider.post(referral_path(answered, "start"), {})
        await provider.does(referral_path(answered, "accept"))
        raised = await town.alert(provider, "REFERRAL_SENT", silent["referral"])
        await provider.does(f"{ALERTS}/{raised['alert']}/acknowledge")
        town.wait_until(silent["answer_by"])
        for _ in range(6):
            await asyncio.sleep(1)
            house.advance(timedelta(days=9))
        await desk.drop()


async def drive(house: House, unit: str, stop: asyncio.Event) -> None:
    """Go on lightly, so that whatever is counted by the second goes on too, with a desk that listens."""
    async with client(house.origin) as http:
        town = Town(house, http, unit)
        desk = await town.cast.desk("caseworker", unit)
        while not stop.is_set():
            referral = await town.asked_for()
            await town.provider().post(referral_path(referral, "start"), {})
            await asyncio.sleep(LOOK_SECONDS)
        await desk.drop()


async def look(prometheus: Prometheus) -> dict[str, Any]:
    """Ask every panel's question until all return data, or time is over."""
    asked = [(board, panel, expr.replace("$__rate_interval", INTERVAL)) for board, panel, expr in panels_of(FOLDER)]
    until, empty = time.monotonic() + DATA_SECONDS_MAX, asked
    while empty and time.monotonic() < until:
        await asyncio.sleep(LOOK_SECONDS)
        answers = [await asyncio.to_thread(prometheus.ask, expr) for _, _, expr in asked]
        empty = [each for each, answer in zip(asked, answers, strict=True) if not answer]
    rules = await asyncio.to_thread(prometheus.rules)
    durations = await asyncio.to_thread(prometheus.ask, "quantile_over_time(0.5, scrape_duration_seconds[2m])")
    return {
        "panels": len({(board, panel) for board, panel, _ in asked}),
        "queries": len(asked),
        "empty": [f"{board}: {panel}: {expr}" for board, panel, expr in empty],
        "rules": len(rules),
        "rules_unwell": [rule["name"] for rule in rules if rule["health"] not in ("ok", "unknown")],
        "alarms": sorted(rule["name"] for rule in rules if rule.get("state") == "firing"),
        "scrape_ms_median": _milliseconds(durations),
    }


def _milliseconds(durations: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    return {
        f"{each['metric']['room']}-{each['metric']['process']}": round(float(each["value"][1]) * 1000, 1)
        for each in durations
    }


async def prove(house: House, unit: str, program: Path, folder: Path) -> dict[str, Any]:
    """Load a house that is watched, and look at every panel."""
    with watching(program, house, folder) as prometheus:
        await load(house, unit)
        stop = asyncio.Event()
        driving = asyncio.create_task(drive(house, unit, stop))
        try:
            return await look(prometheus)
        finally:
            stop.set()
            await driving


def main(words: Sequence[str]) -> int:
    """Open a house, watch it, and print what every panel would show."""
    parser = argparse.ArgumentParser(prog="./spis prove panels", description=__doc__)
    parser.add_argument("--unit", default="FBIH-K10-LIV", help="the municipality whose people report and answer")
    asked, telling = parser.parse_args(list(words)), Telling()
    program = find_program("prometheus", os.environ, cache_folder(own_state()).root / "watching")
    with (
        tempfile.TemporaryDirectory() as folder,
        House.temporary(clock=STARTS, settings=UNPACED, watch=telling.watch) as house,
    ):
        telling.end()
        found = asyncio.run(prove(house, asked.unit, program, Path(folder)))
    for each in found["empty"]:
        sys.stdout.write(f"  no data: {each}\n")
    unexpected = sorted(set(found["alarms"]) - PROVOKED)
    sys.stdout.write(json.dumps(found | {"unexpected": unexpected}) + "\n")
    return 1 if found["empty"] or found["rules_unwell"] or unexpected else 0
