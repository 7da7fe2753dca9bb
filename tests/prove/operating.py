"""What an operator of a temporary house sees and does: a room's own commands, its worker's metrics, its log."""

import asyncio
import json
import sys
from typing import Any

import asyncpg
import httpx2

from deploy.house import House
from deploy.load.keeping import as_superuser
from tests.journeys.looking import log_lines

STEP_SECONDS_MAX = 120.0


async def operate(house: House, room: str, *words: str) -> Any:
    """What `./spis NAME ROOM …` says of a house that is not the lasting one; its refusal is an error."""
    pipe = asyncio.subprocess.PIPE
    line = (sys.executable, "-m", room, *words, "--json")
    process = await asyncio.create_subprocess_exec(
        *line, env=house.env(room), cwd=house.plan.code, stdout=pipe, stderr=pipe
    )
    told, trouble = await asyncio.wait_for(process.communicate(), STEP_SECONDS_MAX)
    if process.returncode != 0:
        raise RuntimeError(trouble.decode()[-400:])
    return json.loads(told.decode().splitlines()[-1])


async def missing(house: House, room: str) -> set[str]:
    """What `./spis missing ROOM` lists."""
    return {f"{loss['hop']} {loss['reference']}" for loss in (await operate(house, room, "missing"))["missing"]}


async def figure(house: House, room: str, name: str) -> float:
    """One figure of a room's worker, 0 where it has none yet or nobody answers."""
    try:
        async with httpx2.AsyncClient() as inside:
            page = await inside.get(f"http://{house.listens(f'{room}-worker')}/metrics")
    except httpx2.TransportError:
        return 0.0
    wanted = (line.rpartition(" ") for line in page.text.splitlines() if line.startswith(name))
    return sum(float(number) for _, _, number in wanted)


def logged_losses(house: House, room: str) -> set[str]:
    """The losses that the log of a room's worker names."""
    lines = (line for line in log_lines(house, f"{room}-worker") if line.get("event") == "loss_alarm")
    return {f"{line['hop']} {line['subject']}" for line in lines}


async def as_root(house: House, room: str, statement: str, *arguments: object) -> list[Any]:
    """Do to a room's database what no part of the product does."""
    conn = await asyncpg.connect(as_superuser(house.admin_url, house.url(room)))
    try:
        return list(await conn.fetch(statement, *arguments))
    finally:
        await conn.close()
