"""Very many open streams at once, read by a process that does nothing else: when what was told there, by its subject.

`python -m tests.bench.ears HOST PORT` reads a JSON list of streams on its first line, each a path with headers, opens
all of them and says how many; after the second line it tells what came, and ends. Its clock is the whole machine's.
"""

import asyncio
import json
import re
import sys
import time
from collections.abc import Sequence
from typing import cast

import uvloop

from tests.bench.asking import CONNECT_SECONDS_MAX

AT_ONCE = 20
OPEN_SECONDS_MAX = 60.0
SUBJECT = re.compile(rb'"subject":"([^"]+)"')
END_OF_EVENT = b"\n\n"

Stream = tuple[str, dict[str, str]]
"""A path and its headers."""


class Ear(asyncio.Protocol):
    """One stream: it waits for nothing but bytes, and looks for nothing but whom an event is about."""

    def __init__(self, question: bytes, heard: list[tuple[str, float]]) -> None:
        self.open: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._question, self._heard, self._rest = question, heard, b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask for the stream."""
        cast(asyncio.Transport, transport).write(self._question)

    def data_received(self, data: bytes) -> None:
        """Note whom each whole event is about."""
        at = time.perf_counter()
        if not self.open.done():
            self.open.set_result(data.startswith(b"HTTP/1.1 200"))
        whole, end, rest = (self._rest + data).rpartition(END_OF_EVENT)
        self._rest = rest
        self._heard += [(found.decode(), at) for found in SUBJECT.findall(whole + end)]

    def connection_lost(self, exc: Exception | None) -> None:
        """A stream that ended before it was open was refused."""
        if not self.open.done():
            self.open.set_result(False)


async def listen(host: str, port: int, everybody: Sequence[Stream], words: asyncio.StreamReader) -> None:
    """Open all, wait for the word, tell what came."""
    heard: list[tuple[str, float]] = []
    loop, places = asyncio.get_running_loop(), asyncio.Semaphore(AT_ONCE)
    open_now: list[asyncio.BaseTransport] = []

    async def one(path: str, headers: dict[str, str]) -> bool:
        told = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        question = f"GET {path} HTTP/1.1\r\nHost: {host}:{port}\r\n{told}\r\n".encode()
        async with places:
            async with asyncio.timeout(CONNECT_SECONDS_MAX):
                transport, ear = await loop.create_connection(lambda: Ear(question, heard), host, port)
            open_now.append(transport)
            async with asyncio.timeout(OPEN_SECONDS_MAX):
                return await ear.open

    opened = await asyncio.gather(*(one(*each) for each in everybody), return_exceptions=True)
    _say({"open": sum(each is True for each in opened)})
    await words.readline()
    lost = sum(transport.is_closing() for transport in open_now)
    _say({"heard": heard, "ended": lost})
    for transport in open_now:
        transport.close()


def _say(told: object) -> None:
    sys.stdout.write(json.dumps(told) + "\n")
    sys.stdout.flush()


async def main(host: str, port: str) -> None:
    """Listen as long as whoever asked wants."""
    words = asyncio.StreamReader(limit=1 << 26)
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(words), sys.stdin)
    everybody = json.loads(await words.readline())
    await listen(host, int(port), everybody, words)


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main(*sys.argv[1:]))
