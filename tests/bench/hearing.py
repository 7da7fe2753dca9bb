"""An open stream read from a plain socket: when each thing was first told there, by what it is about."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from tests.bench.asking import CONNECT_SECONDS_MAX
from tests.chassis.echo.waiting import until

DATA = b"data: "
LINE_BYTES_MAX = 1 << 20
HEARD_SECONDS_MAX = 60.0


@dataclass
class Ear:
    """What one stream told so far."""

    came: dict[str, float] = field(default_factory=dict)
    last: bytes = b""

    async def listen(self, reader: asyncio.StreamReader) -> None:
        """Read until the stream ends; each event is a line of its own, whatever chunks it came in."""
        while line := await reader.readline():
            if line.startswith(DATA):
                at, self.last = time.perf_counter(), line[len(DATA) :].strip()
                self.came.setdefault(json.loads(self.last)["subject"], at)

    async def heard(self, subjects: Iterable[str]) -> None:
        """Wait until all of these were told."""
        wanted = set(subjects)

        async def all_of_them() -> bool:
            return wanted <= self.came.keys()

        await until(all_of_them, HEARD_SECONDS_MAX)


async def open_stream(
    address: tuple[str, int], path: str, headers: Mapping[str, str]
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """An open stream, its head read."""
    async with asyncio.timeout(CONNECT_SECONDS_MAX):
        reader, writer = await asyncio.open_connection(*address, limit=LINE_BYTES_MAX)
        told = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        writer.write(f"GET {path} HTTP/1.1\r\nHost: {address[0]}:{address[1]}\r\n{told}\r\n".encode())
        head = await reader.readuntil(b"\r\n\r\n")
    if not head.startswith(b"HTTP/1.1 200"):
        raise AssertionError(f"no stream: {head[:200]!r}")
    return reader, writer


@asynccontextmanager
async def listening(address: tuple[str, int], path: str, headers: Mapping[str, str]) -> AsyncIterator[Ear]:
    """Somebody who listens to a stream."""
    reader, writer = await open_stream(address, path, headers)
    ear = Ear()
    task = asyncio.create_task(ear.listen(reader))
    try:
        yield ear
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        writer.close()
