"""The smallest client that asks over HTTP and reads the answer: what is measured shall be the server, not who asks."""

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

CONNECT_SECONDS_MAX, ANSWER_SECONDS_MAX = 5.0, 10.0


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


async def answers(request: Request, bodies: Callable[[], tuple[bytes, dict[str, str]]], until: float) -> int:
    """How many answers one connection got until then, one after another; any other status ends it all."""
    async with asyncio.timeout(CONNECT_SECONDS_MAX):
        reader, writer = await asyncio.open_connection(*request.address)
    got = 0
    try:
        while time.perf_counter() < until:
            body, more = bodies()
            writer.write(request.text(body, **more))
            async with asyncio.timeout(ANSWER_SECONDS_MAX):
                head = await reader.readuntil(b"\r\n\r\n")
                length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
                answer = await reader.readexactly(int(length.partition(b":")[2]))
            if head.split(b" ", 2)[1] != str(request.status).encode():
                raise AssertionError(f"answered {head.split(b' ', 2)[1]!r}: {answer[:300]!r}")
            got += 1
    finally:
        writer.close()
    return got


async def rate(
    request: Request, bodies: Callable[[], tuple[bytes, dict[str, str]]], connections: int, seconds: float
) -> float:
    """How many answers a second so many connections get together."""
    begun = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        asking = [group.create_task(answers(request, bodies, begun + seconds)) for _ in range(connections)]
    return sum(each.result() for each in asking) / (time.perf_counter() - begun)
