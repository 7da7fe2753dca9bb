"""The rows people read are drawn again from the facts, identical, also while commands go on."""

import asyncio
from typing import Any

from fastapi import APIRouter

from services.runtime.operations import rebuild
from services.runtime.room import Room
from tests.chassis.echo.room import FOLDER, ROOM, Echo, stamp
from tests.chassis.echo.tally import TALLY, Add, Close

INVENTED = Room(
    name=ROOM,
    folder=FOLDER,
    router=lambda _: APIRouter(),
    rights=(),
    deciders=(TALLY,),
    view_tables=("tallies",),
)
STREAMS, COMMANDS = 5, 40


async def rows(echo: Echo) -> list[Any]:
    return [tuple(row) for row in await echo.rows("SELECT ref, total, changes FROM tallies ORDER BY ref")]


async def command(echo: Echo, number: int) -> None:
    ref = f"T-{number % STREAMS}"
    await echo.database.transact(stamp(), lambda work: work.carry_out(TALLY, ref, Add(f"n{number}", number, ())))


async def test_drawing_the_rows_again_gives_the_same_rows(echo: Echo) -> None:
    for number in range(COMMANDS):
        await command(echo, number)
    await echo.database.transact(stamp(), lambda work: work.carry_out(TALLY, "T-0", Close()))
    before = await rows(echo)
    await echo.rows("UPDATE tallies SET total = -1 WHERE ref = 'T-1'")
    await echo.rows("DELETE FROM tallies WHERE ref = 'T-2'")
    done = await rebuild(INVENTED, echo.database, stamp())
    assert done["events"] == COMMANDS + 1
    assert await rows(echo) == before
    assert await echo.value("SELECT count(*) FROM outbox") == 0, "nobody is told again"


async def test_commands_beside_it_lose_nothing(echo: Echo) -> None:
    async def commands(first: int) -> None:
        for number in range(first, COMMANDS * 3, 3):
            await command(echo, number)

    async def again() -> None:
        for _ in range(6):
            await rebuild(INVENTED, echo.database, stamp())

    await asyncio.gather(again(), *(commands(first) for first in range(3)))
    shown = await rows(echo)
    assert sum(changes for _, _, changes in shown) == COMMANDS * 3
    await rebuild(INVENTED, echo.database, stamp())
    assert await rows(echo) == shown
