"""Whether every room has heard who works where: until then a room refuses people whom it does not know yet.

It compares what the rooms have kept with what referral lists, and changes nothing.
"""

import asyncio
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING

from deploy.house.environment import Household
from deploy.house.trouble import Trouble

if TYPE_CHECKING:
    import asyncpg

LISTS = "referral"
HEARD_SECONDS_MAX = 90.0
CONNECT_SECONDS_MAX = 10.0
LOOK_SECONDS = 0.1
KNOWN = """
SELECT (SELECT count(*) FROM directory_institutions WHERE active) AS institutions,
       (SELECT count(*) FROM directory_accounts WHERE active) AS accounts,
       (SELECT count(*) FROM directory_desks) AS desks
"""

Counts = tuple[int, int, int]


def readers_of(rooms: tuple[str, ...]) -> tuple[str, ...]:
    """The rooms that hear the directory: all that are present, where the room that lists it is one of them."""
    return rooms if LISTS in rooms else ()


def behind(known: Mapping[str, Counts]) -> tuple[str, ...]:
    """The rooms that do not know yet what is listed; all of them while nothing is listed."""
    listed = known[LISTS]
    return tuple(room for room, counts in known.items() if counts != listed or not listed[0])


async def wait_heard(house: Household) -> None:
    """Wait until every room knows as many institutions, accounts and desks as are listed."""
    import asyncpg  # ./spis lists its commands before anything is installed

    until = time.monotonic() + HEARD_SECONDS_MAX
    readers = readers_of(house.plan.rooms)
    links = {room: await asyncpg.connect(house.databases[room], timeout=CONNECT_SECONDS_MAX) for room in readers}
    try:
        while waiting := behind(known := {room: await _known(link) for room, link in links.items()}):
            if time.monotonic() > until:
                raise _unheard(waiting, known)
            await asyncio.sleep(LOOK_SECONDS)
    finally:
        for link in links.values():
            link.terminate()


async def _known(link: "asyncpg.Connection[asyncpg.Record]") -> Counts:
    institutions, accounts, desks = await link.fetchrow(KNOWN) or (0, 0, 0)
    return institutions, accounts, desks


def _unheard(waiting: tuple[str, ...], known: Mapping[str, Counts]) -> Trouble:
    told = "; ".join(f"{room} knows {known[room][1]} of {known[LISTS][1]} accounts" for room in waiting)
    return Trouble(
        f"The directory was not heard within {HEARD_SECONDS_MAX:.0f} s: {told}.",
        f"Look at the logs of {LISTS}-worker and of {', '.join(f'{room}-worker' for room in waiting)}.",
    )
