"""Floors as processes of their own, beside the house: started when they are needed, and ended with the bench."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from deploy.house.health import fetch
from deploy.house.layout import REPOSITORY
from deploy.house.ports import choose, draw_port, is_free
from tests.chassis.echo.waiting import until

ANSWERS_SECONDS_MAX = 30.0


def free_ports(number: int) -> list[int]:
    """Ports that nobody listens on."""
    names = [str(each) for each in range(number)]
    return list(choose(names, {}, {}, is_free, draw_port).values())


@asynccontextmanager
async def floor_process(module: str, *words: str, port: int | None = None) -> AsyncIterator[int]:
    """A floor's process by its pid, once it answers on its port if it has one."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", f"tests.bench.floors.{module}", *words), cwd=REPOSITORY
    )

    async def answers() -> bool:
        if process.returncode is not None:
            raise AssertionError(f"the floor {module} ended with {process.returncode}")
        try:
            return (await fetch(f"http://127.0.0.1:{port}/openapi.json"))[0] == 200
        except OSError:
            return False

    try:
        if port is not None:
            await until(answers, ANSWERS_SECONDS_MAX)
        yield process.pid
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
