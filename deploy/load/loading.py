"""Loads a synthetic year into an open house: its rooms are held, its parts played side by side, its rooms go on."""

import asyncio
import os
import time
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import Executor
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import timedelta

from deploy.house.house import House
from deploy.house.trouble import Trouble
from deploy.load.country import ROOMS
from deploy.load.joining import Desks, Links, added_up, move_behind, number
from deploy.load.keeping import as_superuser, connect
from deploy.load.sending import Sent, ends, move_group, send, sender
from deploy.load.stage import Told, references
from deploy.load.working import play_part, players
from services.bus.kafka import KafkaSettings
from services.contracts.catalog import ALERTS, topics_heard_by

A_PART = 1_000  # at most
YEAR = timedelta(days=365)
STREAM_GROUP = "spis.analytics.stream"
QUIET_SECONDS_MAX = 120.0
LOOK_SECONDS = 0.25
UNSAID = "SELECT count(*) FROM outbox WHERE published_at IS NULL"
HEARD = "SELECT topic, partition, next_offset FROM positions"
LAST_FRAME = "SELECT last FROM frame_counter"
FRAMES_END = "UPDATE frame_counter SET last = greatest(last, (SELECT max(number) FROM frames))"
INCARNATION = "SELECT value FROM incarnation"
EARLIER = "SELECT count(*) FROM reports WHERE report = $1"

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Loaded:
    """What was loaded, and how long it took."""

    cases: int
    events: int
    seconds_playing: float
    seconds_adding_up: float
    seconds: float

    def told(self) -> dict[str, object]:
        """As a machine reads it."""
        return {name: getattr(self, name) for name in self.__slots__}


async def load(house: House, cases: int, seed: int, tell: Tell, *, goes_on: bool = True) -> Loaded:
    """Fill the house with the cases of the year that ends now; what it held before stays.

    Its rooms go on afterwards, unless whoever asked sees to that.
    """
    begun = time.monotonic()
    async with AsyncExitStack() as open_now:
        pool = open_now.enter_context(players(os.cpu_count() or 1))
        links = {room: await connect(as_superuser(house.admin_url, house.url(room))) for room in ROOMS}
        for link in links.values():
            open_now.push_async_callback(link.close)
        await _refuse(links, seed)
        settings = KafkaSettings.from_env(house.env("intake"))
        await hold(house, links, settings, tell)
        try:
            told = await _told(house, links, cases, seed)
            sent = await _play(pool, told, links, settings, tell)
            played = time.monotonic()
            tell("  … adding up the figures")
            at = await ends(settings)
            await move_behind(links, sent, at)
            await move_group(settings, STREAM_GROUP, at, [topic.name for topic in topics_heard_by("analytics")])
            await added_up(links)
            added = time.monotonic()
        except BaseException:
            tell("  Interrupted: the house holds half a year and its rooms are held. Remove it with ./spis reset.")
            raise
        if goes_on:
            tell("  … letting the rooms go on")
            await asyncio.to_thread(go_on, house)
    whole = time.monotonic() - begun
    return Loaded(cases, sent.total(), round(played - begun, 1), round(added - played, 1), round(whole, 1))


async def _refuse(links: Links, seed: int) -> None:
    for room, link in links.items():
        if await number(link, INCARNATION) != 1:
            raise Trouble(f"{room} was restored to an earlier point.", "Load into a fresh house: ./spis reset.")
    first_report = references(seed, 0)("R")
    if await number(links["intake"], EARLIER, first_report):
        raise Trouble(f"The year of seed {seed} is in this house already.", "Name another with --seed.")


async def hold(house: House, links: Links, settings: KafkaSettings, tell: Tell) -> None:
    """Hold the rooms down once everything that was said is heard."""
    tell("  … holding the rooms")
    await _stop(house, [f"{room}-api" for room in ROOMS])
    try:
        async with asyncio.timeout(QUIET_SECONDS_MAX):
            while not await _quiet(links, settings):  # noqa: ASYNC110 - looked at from outside
                await asyncio.sleep(LOOK_SECONDS)
    except TimeoutError:
        await asyncio.to_thread(go_on, house)
        raise Trouble("The rooms have not heard everything yet.", "Look with ./spis status, then try again.") from None
    await _stop(house, [name for name in house.names if name.endswith(("-worker", "-stream"))])


async def _stop(house: House, names: Iterable[str]) -> None:
    await asyncio.gather(*(asyncio.to_thread(house.stop, name) for name in names))


def go_on(house: House) -> None:
    """Let the rooms go on, and wait until they answer."""
    for name in house.names:
        if house.process(name).state == "stopped":
            house.start(name)
    house.wait_ready()


async def _quiet(links: Links, settings: KafkaSettings) -> bool:
    at = await ends(settings)
    for room, link in links.items():
        heard = {(row["topic"], row["partition"]): row["next_offset"] for row in await link.fetch(HEARD)}
        topics = {topic.name for topic in topics_heard_by(room)}
        behind = any(heard.get(place, 0) < end for place, end in at.items() if place[0] in topics)
        if behind or await number(link, UNSAID):
            return False
    return True


async def _told(house: House, links: Links, cases: int, seed: int) -> Told:
    until = house.now()
    return Told(
        environments={room: house.env(room) for room in ROOMS},
        admin_url=house.admin_url,
        cases=cases,
        seed=seed,
        begins=until - YEAR,
        until=until,
        last_frame=await number(links["notifications"], LAST_FRAME),
    )


async def _play(pool: Executor, told: Told, links: Links, settings: KafkaSettings, tell: Tell) -> Sent:
    """Play every part, as many at once as there are processors; desks are told in the order of the parts."""
    # As many parts as there are processors, or more: a small year is played as fast as a large one.
    a_part = min(A_PART, -(-told.cases // (os.cpu_count() or 1)))
    firsts, loop = range(0, told.cases, a_part), asyncio.get_running_loop()
    sent: Sent = Counter()
    desks, begun, done = await Desks.of(links), time.monotonic(), 0
    parts = [loop.run_in_executor(pool, play_part, told, first, min(first + a_part, told.cases)) for first in firsts]
    async with sender(settings, "load") as producer:
        for part in parts:
            ended = await part
            told_desks = [(ALERTS.name, envelope) for envelope in desks.numbered(ended.alerts)]
            sent.update(ended.sent)
            sent.update(await send(producer, told_desks))
            done += ended.cases
            tell(f"  … {done} of {told.cases} cases, {done / (time.monotonic() - begun):.0f} a second")
    await desks.keep(links)
    await links["notifications"].execute(FRAMES_END)
    return sent
