"""One run: clients and observers on a house, a plan of faults carried out, a drain, and what stands at the end."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

import structlog

from deploy.house import House
from services.runtime.clock import FileClock
from tests.ledger.caller import Caller
from tests.ledger.databases import AWAY, Databases
from tests.ledger.disks import Disks
from tests.ledger.faults import Saboteur
from tests.ledger.final import record_final
from tests.ledger.memory import watch_memory
from tests.ledger.network.network import Network
from tests.ledger.plan import ROOMS, Plan
from tests.ledger.record import Recorder
from tests.ledger.rest import PATIENT, Patience, Watcher
from tests.ledger.watch_streams import Observers
from tests.ledger.watch_topics import TopicObserver
from tests.ledger.workload import Workload
from tests.ledger.world import World

KNOWN_SECONDS_MAX = 60.0
PROGRESS_SECONDS = 5.0
OBSERVED_FIRST_SECONDS = 1.0
WITNESSES = {f"{room}-{errand}": f"tests.ledger.witness.{room}" for room in ROOMS for errand in ("worker", "migrate")}
"""What every run puts in the place of each worker: the room itself, with one row more for each event it deals with."""

log = structlog.get_logger()
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Run:
    """What a run is asked to be."""

    plan: Plan
    reports: int
    world: World
    patience: Patience = PATIENT


async def carry_out(
    run: Run, house: House, recorder: Recorder, say: Say, network: Network | None, disks: Disks
) -> None:
    """Carry one run out on an open house and record it to its end."""
    clock, loop = FileClock(house.clock_file), asyncio.get_running_loop()
    databases, caller = Databases(house), Caller(house, recorder, f"{run.plan.seed}")
    accounts = {name: list(desks) for name, desks in run.world.accounts.items()}
    asked = {"seed": run.plan.seed, "reports": run.reports, "brokers": run.plan.brokers}
    recorder.note("run", **asked, accounts=accounts, witnesses=list(ROOMS))
    await _directory_known(databases)
    # Where a store was away for long, what lay waiting is measured, and not the work of the hours that would follow.
    only_reports = bool(run.plan.met_by("away"))
    workload = Workload(run.world, caller, run.plan.seed, clock.now, only_reports=only_reports)
    streams = Observers(caller, recorder, workload.heard, Random(f"drops/{run.plan.seed}"))
    topics, saboteur = TopicObserver(house.kafka, recorder), Saboteur(house, recorder, run.plan, network, disks)
    watcher = Watcher(databases, workload, topics, streams, run.world.accounts, clock.now)
    observing = [
        asyncio.create_task(topics.watch(), name="topics"),
        asyncio.create_task(streams.watch(run.world.accounts), name="streams"),
        asyncio.create_task(watch_memory(house, recorder), name="memory"),
        asyncio.create_task(_progress(run, workload, saboteur, recorder, say), name="progress"),
    ]
    try:
        await asyncio.sleep(OBSERVED_FIRST_SECONDS)
        async with asyncio.TaskGroup() as group:
            group.create_task(workload.arrive(run.reports, run.plan.seconds))
            group.create_task(saboteur.carry_out(loop.time))
        since = loop.time()
        rest = await watcher.wait(loop.time, since, run.patience)
        blind = [task.get_name() for task in observing if task.done()]
        assert not blind, f"nobody observed the {blind} to the end, so this run says nothing"
        await workload.finish()
        await record_final(run.world, caller, databases, recorder)
        waited = {"drained": rest.drained, "drain_s": round(rest.at - since, 1), "waits_for": rest.waits_for}
        recorder.note("end", **waited)
    finally:
        for task in observing:
            task.cancel()
        await asyncio.gather(*observing, return_exceptions=True)
        await caller.http.aclose()


async def _directory_known(databases: Databases) -> None:
    """Wait until every room knows everybody: before that, nobody may do anything."""
    async with asyncio.timeout(KNOWN_SECONDS_MAX):
        while True:
            try:
                known = await databases.each("SELECT account FROM directory_accounts WHERE active")
                if known["referral"] and len({len(rows) for rows in known.values()}) == 1:
                    return
            except AWAY as error:
                log.info("database_away", error=type(error).__name__)
            await asyncio.sleep(0.2)


async def _progress(run: Run, workload: Workload, saboteur: Saboteur, recorder: Recorder, say: Say) -> None:
    loop = asyncio.get_running_loop()
    began = loop.time()
    while True:
        await asyncio.sleep(PROGRESS_SECONDS)
        counts = recorder.counts
        done = f"{workload.arrived}/{run.reports} reports, {saboteur.done}/{len(run.plan.faults)} faults"
        seen = f"{counts['ok']} ok {counts['fail']} refused {counts['unknown']} unknown"
        heard = f"{counts['event']} events {counts['frame']} frames"
        say(f"  {loop.time() - began:5.0f} s  {done}  {seen}  {heard}  {workload.busy} at work")
