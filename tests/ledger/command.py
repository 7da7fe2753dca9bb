"""`./spis ledger`: send reports while parts of a house are killed, and count what was lost, doubled or left open.

Its last line is one JSON object; it ends with 0 only if every count is 0 and the house came to rest within a minute.
"""

import argparse
import asyncio
import json
import logging
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import structlog
import uvloop

from deploy.house import House
from deploy.house.begin import own_state
from deploy.house.layout import REPOSITORY
from services.runtime.clock import FileClock
from tests.ledger.campaign import WITNESSES, Run, carry_out
from tests.ledger.checker import Verdict, check, summary
from tests.ledger.diary import append, row_of, this_machine
from tests.ledger.disks import Disks, why_not
from tests.ledger.figures import absences
from tests.ledger.memory import growths
from tests.ledger.network.network import Network, detours_of
from tests.ledger.plan import (
    BROKERS_MAX,
    KINDS,
    NETWORK,
    ROOMS,
    Plan,
    away,
    brokers_named,
    make_plan,
    read_plan,
    seconds_needed,
    targets_of,
    write_plan,
)
from tests.ledger.record import Recorder, read_records
from tests.ledger.rest import PATIENT, Patience
from tests.ledger.world import UNITS, world_of
from tests.unpaced import UNPACED

REPORTS_A_SECOND = {1: 5.0, BROKERS_MAX: 4.0}
"""For each number of brokers, what two processors carry with clients, network and brokers on them as well."""
SECONDS_MIN = 20.0
DOMAIN_BEGINS = "2026-03-02T08:00:00+00:00"
SHOWN_MAX = 40
DRAIN_SECONDS_MAX = 60.0


def say(text: str) -> None:
    """One line for whoever waits."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def parser() -> argparse.ArgumentParser:
    """What can be asked for."""
    asked = argparse.ArgumentParser(prog="./spis ledger", description=__doc__)
    asked.add_argument("--reports", type=int, default=200, help="how many reports arrive (200)")
    asked.add_argument("--faults", type=int, default=6, help="how many faults happen meanwhile (6)")
    asked.add_argument("--seed", type=int, default=1, help="what the plan and every chance follow from (1)")
    asked.add_argument("--seconds", type=float, help="how long reports arrive; else as long as both numbers need")
    asked.add_argument("--rate", type=float, help="how many reports arrive in a second, where --seconds is not given")
    asked.add_argument("--only", nargs="+", choices=KINDS, default=(), help="kinds of faults")
    asked.add_argument("--brokers", type=int, choices=(1, BROKERS_MAX), default=1, help="how many brokers (1)")
    asked.add_argument("--target", nargs="+", default=(), help="parts of the house that faults may meet")
    asked.add_argument("--units", nargs="+", default=UNITS, help="codes of the units that take part")
    asked.add_argument("--kafka-away", type=float, metavar="SECONDS", help="only this: Kafka is away so long")
    asked.add_argument("--plan", type=Path, help="carry out the plan in this file instead of making one")
    asked.add_argument("--record", type=Path, help="keep the record of the run in this file")
    asked.add_argument("--log", action="store_true", help="add a row for this run to CAMPAIGNS.md")
    asked.add_argument("--planted", nargs="*", metavar="BUG", help="plant known bugs and see whether they are caught")
    return asked


def main(arguments: Sequence[str]) -> int:
    """Run the ledger, or judge a record that was kept."""
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    if list(arguments[:1]) == ["check"]:
        if len(arguments) != 2:
            sys.exit("usage: ./spis ledger check FILE")
        kept = list(read_records(Path(arguments[1])))
        return conclude(kept, check(kept))
    asked = parser().parse_args(list(arguments))
    if asked.planted is not None:
        from tests.ledger.planted.trial import try_bugs

        return try_bugs(asked.planted, asked.seed, say)
    plan, machine = plan_of(asked), this_machine()
    records = run_ledger(plan, asked.reports, asked.units, asked.record)
    verdict = check(records)
    if asked.log:
        append(row_of(records, verdict, arguments, machine, datetime.now(UTC)))
    return conclude(records, verdict)


def plan_of(asked: argparse.Namespace) -> Plan:
    """The plan that was asked for."""
    if asked.plan:
        return read_plan(asked.plan)
    arriving = max(asked.reports / (asked.rate or REPORTS_A_SECOND[asked.brokers]), SECONDS_MIN)
    if asked.kafka_away:
        until = max(asked.seconds or arriving, asked.kafka_away + SECONDS_MIN)
        return away(asked.seed, "kafka", until, asked.kafka_away, asked.brokers)
    of = (asked.only or possible_kinds(asked.brokers, why_not()), asked.target, asked.brokers)
    try:
        needed = arriving if asked.rate else max(arriving, seconds_needed(asked.seed, asked.faults, *of))
        return make_plan(asked.seed, asked.faults, asked.seconds or needed, *of)
    except ValueError as error:
        sys.exit(f"./spis ledger: {error}")


def possible_kinds(brokers: int, refused: str) -> tuple[str, ...]:
    """Every kind of fault that can be met here; what is left out is said, with the reason why it is refused."""
    if refused:
        say(f"left out of the plan: {refused}")
    return tuple(kind for kind in targets_of(brokers) if not refused or kind != "full-disk")


def run_ledger(
    plan: Plan,
    reports: int,
    units: Sequence[str] = UNITS,
    record: Path | None = None,
    modules: Mapping[str, str] = WITNESSES,
    patience: Patience = PATIENT,
) -> list[dict[str, Any]]:
    """Open a house, carry one run out on it, and give its record."""
    if plan.met_by("full-disk") and (refused := why_not()):
        sys.exit(refused)
    place = _plan_file(record, plan.seed)
    write_plan(plan, place)
    say(f"seed {plan.seed}: {reports} reports in {plan.seconds:.0f} s, {len(plan.faults)} faults; the plan is {place}")
    run = Run(plan, reports, world_of(REPOSITORY / "deploy", units), patience)
    with ExitStack() as until_the_end:
        network = until_the_end.enter_context(network_of(plan))
        asks: dict[str, Any] = {"modules": modules, "settings": UNPACED, "brokers": plan.brokers}
        if network:
            asks |= {"detours": network.detours, "watch": network.learn}
        asks |= {"clock": DOMAIN_BEGINS, "clocks": plan.met_by("jump")}
        house = until_the_end.enter_context(House.temporary(**asks))
        disks = until_the_end.enter_context(Disks(house).under(plan.met_by("full-disk")))
        say("the house is open")
        recorder = Recorder(FileClock(house.clock_file).now, record)
        until_the_end.callback(recorder.close)
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(carry_out(run, house, recorder, say, network, disks))
    return recorder.records


def network_of(plan: Plan) -> AbstractContextManager[Network | None]:
    """The network between rooms and stores, where a plan disturbs it; every room's traffic passes it then."""
    if not plan.met_by(*NETWORK):
        return nullcontext()
    return Network.carrying(detours_of(ROOMS, (*brokers_named(plan.brokers), "postgres")))


def conclude(records: Sequence[Mapping[str, Any]], verdict: Verdict) -> int:
    """Print what was found and, last, the verdict in one line; 0 only where nothing was, and rest came in time."""
    tell(verdict)
    kept = True
    for absence in absences(records):
        in_time = absence.drain_s is not None and absence.drain_s <= DRAIN_SECONDS_MAX
        kept = kept and in_time and absence.accepted == absence.asked
        say(f"  {absence}")
    for growth in growths(records):
        if growth.a_minute is not None:
            say(f"  memory of {growth}")
    told = summary(records, verdict)
    rested = told["drain_s"] is not None and told["drain_s"] <= DRAIN_SECONDS_MAX
    if not rested:
        say(f"  it took {told['drain_s']} s to come to rest, which is more than {DRAIN_SECONDS_MAX:.0f} s or for ever")
    say(json.dumps(told))
    return 0 if verdict.holds and kept and rested else 1


def tell(verdict: Verdict) -> None:
    """Print the findings, a few of each rule, with their references."""
    told: Counter[str] = Counter()
    for finding in verdict.findings:
        told[finding.rule] += 1
        if told[finding.rule] <= SHOWN_MAX:
            say(f"  {finding}")
    for rule, number in told.items():
        if number > SHOWN_MAX:
            say(f"  {rule}: {number - SHOWN_MAX} more")


def _plan_file(record: Path | None, seed: int) -> Path:
    """Beside the record where one is kept, else in the state folder."""
    if record:
        return record.with_suffix(".plan.json")
    folder = own_state() / "ledger"
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f"seed-{seed}.plan.json"
