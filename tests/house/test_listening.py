"""A desk of a story that gets no stream says what it was answered, in a sentence and without a trace."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from deploy.demo.desk import Desk
from deploy.demo.visitor import NotObserved, Visitor, client

REFUSAL = b'{"status":403,"code":"not_allowed","detail":"This account covers no desk."}'
ANSWER = b"HTTP/1.1 403 Forbidden\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s" % (len(REFUSAL), REFUSAL)


@asynccontextmanager
async def refusing_door() -> AsyncIterator[str]:
    """A real server that refuses whoever asks."""

    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(ANSWER)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(refuse, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


async def token() -> str:
    return "invented"


async def test_a_refused_stream_ends_with_what_the_house_said() -> None:
    async with refusing_door() as origin, client(origin) as http:
        desk = Desk(Visitor("provider@NOWHERE", http, token))
        with pytest.raises(NotObserved, match=r"expected 200, got 403.*covers no desk"):
            await desk.listen()
        await desk.drop()
