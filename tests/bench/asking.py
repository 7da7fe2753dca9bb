"""The smallest client that asks over HTTP and reads the answer: what is measured shall be the server, not who asks."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

CONNECT_SECONDS_MAX, ANSWER_SECONDS_MAX = 5.0, 10.0
LINES = 32

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Request:
    """One request, but for what makes each its own."""

    address: tuple[str, int]
    path: str
    headers: Mapping[str, str]
    status: int

    def text(self, body: bytes, **more: str) -> bytes:
        """The bytes that go over the line."""
        host, port = self.address
        told = {"Host": f"{host}:{port}", **self.headers, **more, "Content-Length": str(len(body))}
        head = "".join(f"{name}: {value}\r\n" for name, value in told.items())
        return f"POST {self.path} HTTP/1.1\r\n{head}\r\n".encode() + body


@dataclass(frozen=True, slots=True)
class Line:
    """One connection, on which one thing is asked after another."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    @classmethod
    async def to(cls, address: tuple[str, int]) -> "Line":
        """Connect."""
        async with asyncio.timeout(CONNECT_SECONDS_MAX):
            return cls(*await asyncio.open_connection(*address))

    async def ask(self, request: Request, body: bytes, **more: str) -> bytes:
        """What is answered; any other status than the one that is wanted ends it all."""
        self.writer.write(request.text(body, **more))
        async with asyncio.timeout(ANSWER_SECONDS_MAX):
            head = await self.reader.readuntil(b"\r\n\r\n")
            length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
            answer = await self.reader.readexactly(int(length.partition(b":")[2]))
        if head.split(b" ", 2)[1] != str(request.status).encode():
            raise AssertionError(f"answered {head.split(b' ', 2)[1]!r}: {answer[:300]!r}")
        return answer


Asked = tuple[Request, bytes, dict[str, str]]
"""What is asked, with its body and the headers of its own."""


async def answers(request: Request, bodies: Callable[[], tuple[bytes, dict[str, str]]], until: float) -> int:
    """How many answers one connection got until then, one after another."""
    line = await Line.to(request.address)
    got = 0
    try:
        while time.perf_counter() < until:
            body, more = bodies()
            await line.ask(request, body, **more)
            got += 1
    finally:
        line.writer.close()
    return got


async def rate(
    request: Request, bodies: Callable[[], tuple[bytes, dict[str, str]]], connections: int, seconds: float
) -> float:
    """How many answers a second so many connections get together."""
    begun = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        asking = [group.create_task(answers(request, bodies, begun + seconds)) for _ in range(connections)]
    return sum(each.result() for each in asking) / (time.perf_counter() - begun)


async def when_due(number: int, a_second: float, do: Callable[[int], Awaitable[T]]) -> list[tuple[float, T]]:
    """Begin so many things a second, each when it is due, however slow they are; when that was, and what came of it."""
    begun, doing = time.perf_counter(), []
    dues = [begun + place / a_second for place in range(number)]
    async with asyncio.TaskGroup() as group:
        for place, due in enumerate(dues):
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            doing.append(group.create_task(_awaited(do(place))))
    return list(zip(dues, (each.result() for each in doing), strict=True))


async def on_time(asked: Sequence[Asked], a_second: float) -> list[tuple[float, bytes]]:
    """Ask so many things a second; when each was due, and its answer."""
    lines = [await Line.to(asked[0][0].address) for _ in range(LINES)]
    free: asyncio.LifoQueue[Line] = asyncio.LifoQueue()
    for line in lines:
        free.put_nowait(line)

    async def one(place: int) -> bytes:
        request, body, more = asked[place]
        line = await free.get()
        answer = await line.ask(request, body, **more)
        free.put_nowait(line)
        return answer

    try:
        return await when_due(len(asked), a_second, one)
    finally:
        for line in lines:
            line.writer.close()


async def _awaited(doing: Awaitable[T]) -> T:
    return await doing
