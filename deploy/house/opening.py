"""How a house opens: what is prepared, what is started after what, and what stops it. It keeps nothing alive itself."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from deploy.house import directory, health, kafka, postgres
from deploy.house.births import Births
from deploy.house.child import Child
from deploy.house.environment import Household
from deploy.house.processes import FIRST_YEAR, Errand, Programs, errands
from deploy.house.trouble import Trouble

READY_SECONDS_MAX = 90.0
EXITS_MAX = 4
POLL_SECONDS = 0.1
TAIL_LINES = 12


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do, after others."""

    name: str
    after: tuple[str, ...]
    do: Callable[[], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a step is."""

    name: str
    state: str
    seconds: float = 0.0


async def take(steps: tuple[Step, ...], noted: Callable[[Progress], None]) -> None:
    """Take every step as soon as those before it are done; the first failure ends all."""
    done = {step.name: asyncio.Event() for step in steps}

    async def take_one(step: Step) -> None:
        for name in step.after:
            if name in done:
                await done[name].wait()
        since = time.monotonic()
        noted(Progress(step.name, "begun"))
        await step.do()
        noted(Progress(step.name, "done", time.monotonic() - since))
        done[step.name].set()

    async with asyncio.TaskGroup() as group:
        for step in steps:
            group.create_task(take_one(step), name=step.name)


def steps_of(house: Household, programs: Programs, children: Mapping[str, Child], births: Births) -> tuple[Step, ...]:
    """Everything between an empty folder and a house that answers."""

    async def make_data() -> None:
        await asyncio.to_thread(
            postgres.prepare, house.folder, programs.postgres, programs.runner, lasting=house.plan.lasting
        )

    async def make_brokers() -> None:
        for broker in house.plan.brokers_by_name:
            await asyncio.to_thread(kafka.prepare, house.folder, house.plan, house.ports, broker, programs.jars)

    async def make_databases() -> None:
        async with asyncio.TaskGroup() as group:
            for name in house.plan.databases:
                make = asyncio.to_thread(
                    postgres.make_database, house.folder, programs.postgres, house.ports["postgres"], name
                )
                group.create_task(make)

    def begin(child: Child, name: str, after: tuple[str, ...]) -> Step:
        return Step(name, after, lambda: bring_up(child, house.folder.log(child.kept.name)))

    def run(errand: Errand) -> Callable[[], Awaitable[None]]:
        return lambda: run_errand(errand, house.folder.log(errand.name), births)

    readers = directory.readers_of(house.plan.rooms)
    hear = Step("directory heard", tuple(f"{room}-worker" for room in readers), lambda: directory.wait_heard(house))
    # A year is loaded into rooms that are held down.
    held = [name for name in children if house.plan.cases and name.endswith("-worker")]
    return (
        Step("postgres data", (), make_data),
        Step("kafka format", (), make_brokers),
        Step("databases", ("postgres",), make_databases),
        *(Step(errand.name, errand.after, run(errand)) for errand in errands(house)),
        *(begin(child, name, child.kept.after) for name, child in children.items()),
        *(begin(children[name], f"{name} again", (FIRST_YEAR,)) for name in held),
        *((hear,) if readers else ()),
    )


async def bring_up(child: Child, log: Path) -> None:
    """Start a process and wait until it is ready; give up when it keeps ending or stays unready."""
    await child.start()
    until = time.monotonic() + READY_SECONDS_MAX
    why: str | None = "was never asked"
    while time.monotonic() < until:
        if child.exits >= EXITS_MAX:
            raise Trouble(f"{child.kept.name} ends each time it is started.{tail(log)}", f"Its log is {log}.")
        why = await health.ask(child.kept.ready)
        if why is None and child.pid is not None:
            return
        await asyncio.sleep(POLL_SECONDS)
    raise Trouble(
        f"{child.kept.name} was not ready within {READY_SECONDS_MAX:.0f} s ({why}).{tail(log)}", f"Its log is {log}."
    )


async def run_errand(errand: Errand, log: Path, births: Births) -> None:
    """Run something once to its end; it must end well."""
    process = await births.launch(errand.command, errand.environment, errand.folder, log)
    try:
        async with asyncio.timeout(errand.seconds_max):
            code = await process.wait()
    except TimeoutError:
        code = -1
    finally:
        if process.returncode is None:
            process.kill()
    if code != 0:
        raise Trouble(f"{errand.name} ended with {code}.{tail(log)}", f"Its log is {log}.")


def tail(log: Path) -> str:
    """The last lines of a log, indented, for a person to read."""
    try:
        lines = log.read_text(encoding="utf-8", errors="replace").splitlines()[-TAIL_LINES:]
    except OSError:
        return ""
    return "".join(f"\n    {line[:300]}" for line in lines) + ("\n" if lines else "")
