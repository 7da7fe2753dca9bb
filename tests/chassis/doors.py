"""Real servers on loopback for the tests of the doors: an app under uvicorn, and a passage that can be closed."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlsplit

import uvicorn


@contextlib.asynccontextmanager
async def serving(app: Any) -> AsyncIterator[str]:
    """Serve an app on a free loopback port; gives its origin."""
    config = uvicorn.Config(
        app, host="127.0.0.1", port=0, log_config=None, access_log=False, lifespan="off", timeout_graceful_shutdown=3
    )
    server = uvicorn.Server(config)
    task = asyncio.create_task(server.serve())
    async with asyncio.timeout(5):
        while not server.started:  # noqa: ASYNC110 (uvicorn tells it by a plain attribute)
            await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        async with asyncio.timeout(10):
            await task


class Passage:
    """A way to a server; while it is not `standing`, nobody gets through and whoever was through is thrown out."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._server: asyncio.Server | None = None
        self._ends: set[asyncio.StreamWriter] = set()
        self.standing = True

    @property
    def url(self) -> str:
        """The server's address by way of this passage."""
        assert self._server is not None
        port = self._server.sockets[0].getsockname()[1]
        return self._url.replace(f":{urlsplit(self._url).port}/", f":{port}/")

    def close(self) -> None:
        """Let nobody through any more."""
        self.standing = False
        for end in self._ends:
            end.transport.abort()
        self._ends.clear()

    async def __aenter__(self) -> "Passage":
        self._server = await asyncio.start_server(self._join, "127.0.0.1", 0)
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        self.close()
        await self._server.wait_closed()

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not self.standing:
            writer.transport.abort()
            return
        there, back = await asyncio.open_connection("127.0.0.1", urlsplit(self._url).port)
        self._ends |= {writer, back}
        with contextlib.suppress(OSError):
            await asyncio.gather(_pass_on(reader, back), _pass_on(there, writer))


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while part := await reader.read(65_536):
            writer.write(part)
            await writer.drain()
    finally:
        writer.close()
