"""`./spis prove losses`: rows are taken away at each hop as a superuser could; the running house sees each within a
minute and names the hop and the reference, and nothing that is only under way is ever called missing.
"""

import argparse
import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

import asyncpg

from deploy.demo.acts import seen
from deploy.demo.story import STARTS
from deploy.house import House
from deploy.house.layout import REPOSITORY, ROOMS
from deploy.house.progress import Telling
from services.storage.database import HOUSE
from services.storage.queries import load_queries
from tests.journeys.looking import number, rows
from tests.journeys.town import Town
from tests.prove.operating import as_root, figure, logged_losses, missing, operate
from tests.prove.saying import say
from tests.prove.steady import going_on, towns_of
from tests.unpaced import UNPACED

PLACES = ("FBIH-K10-LIV", "RS-BIL")
SECONDS_APART = 1.0
SEEN_SECONDS_MAX = 60.0
STAYS_SECONDS = 65.0
ENDED_SECONDS_MAX = 60.0
COLUMNS = """SELECT string_agg(quote_ident(column_name), ', ') AS names FROM information_schema.columns
    WHERE table_schema = 'public' AND table_name = $1 AND is_generated = 'NEVER'"""
UNSENT = "SELECT topic, incarnation, sequence FROM outbox WHERE key = $1 AND published_at IS NULL"
TIMES = 5


@dataclass(frozen=True, slots=True)
class Injury:
    """What was done: the room, and the loss it must name."""

    name: str
    room: str
    loss: str
    reference: str


async def unpublished_row_removed(house: House, town: Town) -> Injury:
    """A report is taken in, and what the room says about it is gone before it is sent."""
    report, place = await _said_in_silence(house, town)
    await remove(house, "intake", "outbox", f"key = '{report}'")
    house.thaw("intake-worker")
    return Injury("one unpublished row removed", "intake", f"outbox {place}", report)


async def marked_and_not_sent(house: House, town: Town) -> Injury:
    """A report is taken in, and what the room says about it is marked as published."""
    report, place = await _said_in_silence(house, town)
    await as_root(house, "intake", "UPDATE outbox SET published_at = clock_timestamp() WHERE key = $1", report)
    house.thaw("intake-worker")
    return Injury("one row marked published without sending it", "intake", f"outbox {place}", report)


async def stream_event_removed(house: House, town: Town) -> Injury:
    """What a referral began with is gone from its stream."""
    referral = (await town.asked_for())["referral"]
    await remove(house, "referral", "stream_events", f"stream = 'referral/{referral}'")
    return Injury("one stream event removed", "referral", f"stream referral/{referral}", referral)


async def alert_removed(house: House, town: Town) -> Injury:
    """An alert that a desk was told of is gone."""
    report = await town.report()
    alert = (await town.alert(town.worker, "REPORT_RECEIVED", report))["alert"]
    await remove(house, "notifications", "alerts", f"ref = '{alert}'")
    return Injury("one alert removed", "notifications", f"alert {alert}", alert)


async def fact_removed(house: House, town: Town) -> Injury:
    """What analytics kept of a report is gone."""
    report = await town.report()

    async def kept() -> bool:
        return bool(await number(house, "analytics", "SELECT count(*) FROM facts WHERE subject = $1", report))

    await seen(kept, f"{report} among the facts")
    await as_root(house, "analytics", "DELETE FROM facts WHERE subject = $1", report)
    return Injury("one fact removed", "analytics", f"fact {report}", report)


INJURIES = (unpublished_row_removed, marked_and_not_sent, stream_event_removed, alert_removed, fact_removed)


async def _said_in_silence(house: House, town: Town) -> tuple[str, str]:
    """A report whose announcement waits, because the worker that sends it is frozen."""
    house.freeze("intake-worker")
    report = await town.report()
    (row,) = await as_root(house, "intake", UNSENT, report)
    return report, f"{row['topic']} {report} {row['incarnation']}/{row['sequence']}"


async def remove(house: House, room: str, table: str, which: str) -> None:
    """Take a row away, and keep it where a copy of the database would."""
    await as_root(house, room, f"CREATE TABLE gone AS SELECT * FROM {table} WHERE {which}")
    await as_root(house, room, f"DELETE FROM {table} WHERE {which}")


async def put_back(house: House, room: str, table: str) -> None:
    """What an operator does with a copy: the row as it was, which is not a new one."""
    (row,) = await as_root(house, room, COLUMNS, table)
    names = row["names"]
    insert = f"INSERT INTO {table} ({names}) OVERRIDING SYSTEM VALUE SELECT {names} FROM gone"
    await as_root(house, room, f"DO $$ BEGIN SET LOCAL session_replication_role = replica; {insert}; END $$")
    await as_root(house, room, "DROP TABLE gone")


async def noticed(house: House, injury: Injury) -> float:
    """Seconds until the metric, the log and the operator's command all say it."""
    began = time.monotonic()

    async def told() -> bool:
        metric = await figure(house, injury.room, "spis_loss_alarms{")
        return bool(metric) and injury.loss in logged_losses(house, injury.room)

    await seen(told, injury.loss, SEEN_SECONDS_MAX)
    assert injury.loss in await missing(house, injury.room)
    return round(time.monotonic() - began, 1)


async def ended(house: House, injury: Injury) -> float:
    """Seconds until nobody is told any more that it is missing."""
    began = time.monotonic()

    async def gone() -> bool:
        return not await number(house, injury.room, "SELECT count(*) FROM losses WHERE settled_at IS NULL")

    await seen(gone, f"the end of {injury.loss}", ENDED_SECONDS_MAX)
    return round(time.monotonic() - began, 1)


async def mended(house: House, town: Town, done: Sequence[Injury]) -> dict[str, float]:
    """Mend what a command mends, and put the rest back once it has been seen to stay missing."""
    unpublished, marked, stream, alert, fact = done
    await operate(house, marked.room, "republish", marked.reference)
    await town.alert(town.worker, "REPORT_RECEIVED", marked.reference)
    differed = (await operate(house, fact.room, "rebuild"))["differences"]
    assert differed["facts"] == 1, differed
    took = {"rebuild analytics": await ended(house, fact)}
    house.kill("referral-worker")
    await asyncio.sleep(STAYS_SECONDS)
    left = {room: await missing(house, room) for room in ROOMS}
    assert left == {"intake": {unpublished.loss}, "referral": {stream.loss}, "notifications": {alert.loss}} | {
        "analytics": set()
    }, left
    for injury, table in ((unpublished, "outbox"), (stream, "stream_events"), (alert, "alerts")):
        await put_back(house, injury.room, table)
        took[f"{injury.name}, put back"] = await ended(house, injury)
    await town.alert(town.worker, "REPORT_RECEIVED", unpublished.reference)
    return took


async def cost(house: House) -> dict[str, float]:
    """What one look costs in each room, in milliseconds at the server, the middle of some."""
    spent = {}
    for room in ROOMS:
        files = [*(REPOSITORY / "services/storage").glob("*.sql"), *(REPOSITORY / room).glob("*.sql")]
        asked = {name: said for name, said in load_queries(*files).items() if name.startswith("missing_")}
        conn = await asyncpg.connect(house.url(room), server_settings={"spis.scope": HOUSE})
        for name, said in asked.items():
            taken = []
            for _ in range(TIMES):
                began = time.monotonic()
                await conn.fetch(said)
                taken.append(1000 * (time.monotonic() - began))
            spent[f"{room} {name}"] = round(sorted(taken)[TIMES // 2], 1)
        await conn.close()
    return spent


@asynccontextmanager
async def watching(house: House, expected: set[str], strange: set[str]) -> AsyncIterator[None]:
    """Collect whatever is called missing meanwhile and is not."""

    async def look() -> None:
        while True:
            for room in ROOMS:
                for row in await rows(house, room, "SELECT hop, reference FROM losses"):
                    strange.add(f"{row['hop']} {row['reference']}")
            await asyncio.sleep(1)

    looking = asyncio.create_task(look())
    try:
        yield
    finally:
        looking.cancel()


async def prove(house: House, before_seconds: float) -> dict[str, object]:
    """Injure, see, mend."""
    expected: set[str] = set()
    strange: set[str] = set()
    seconds: dict[str, float] = {}
    async with towns_of(house, *PLACES) as (town, other):
        async with watching(house, expected, strange), going_on([town, other], SECONDS_APART) as load:
            await asyncio.sleep(before_seconds)
            done = []
            for injure in INJURIES:
                injury = await injure(house, town)
                expected.add(injury.loss)
                done.append(injury)
                seconds[injury.name] = await noticed(house, injury)
                say(f"{injury.name}: seen after {seconds[injury.name]} s as {injury.loss}")
            took = await mended(house, town, done)
            say(f"mended, and the alarm went out after: {took}")
        spent = await cost(house)
    false = sorted(strange - expected)
    return {"reports": len(load.taken), "seen_s": seconds, "out_again_s": took, "look_ms": spent, "false": false}


def main(words: Sequence[str]) -> int:
    """Run the proof: 0 only when each was seen in time and ended as it must, and nothing else was called missing."""
    parser = argparse.ArgumentParser(prog="./spis prove losses")
    parser.add_argument("--before", type=float, default=45.0, help="seconds of undisturbed load first")
    options, telling = parser.parse_args(list(words)), Telling()
    with House.temporary(clock=STARTS, settings=UNPACED, watch=telling.watch) as house:
        telling.end()
        result = asyncio.run(prove(house, options.before))
    sys.stdout.write(json.dumps(result) + "\n")
    return 1 if result["false"] else 0
