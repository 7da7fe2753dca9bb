"""A wire between a room and its database that can lose the answer to a commit: the commit is kept, nobody is told."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from urllib.parse import urlsplit

READ_BYTES = 65_536
COMMIT = b"COMMIT;"


class Wire:
    """Passes everything on; each unit of `lose` cuts one connection between a commit and its answer."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._host, self._port = str(parts.hostname), int(parts.port or 5432)
        self._url = url
        self._here = 0
        self.lose = 0
        self.lost = 0

    @property
    def url(self) -> str:
        """The database by way of this wire."""
        return self._url.replace(f":{self._port}/", f":{self._here}/")

    async def connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Join one client to the database until either leaves."""
        there, back = await asyncio.open_connection(self._host, self._port)
        cut = asyncio.Event()

        async def to_server() -> None:
            while sent := await reader.read(READ_BYTES):
                if COMMIT in sent and self.lose > 0:
                    self.lose -= 1
                    cut.set()
                back.write(sent)
                await back.drain()

        async def to_client() -> None:
            while answer := await there.read(READ_BYTES):
                if cut.is_set():
                    self.lost += 1
                    return
                writer.write(answer)
                await writer.drain()

        both = [asyncio.create_task(to_server()), asyncio.create_task(to_client())]
        await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        for task in both:
            task.cancel()
        await asyncio.gather(*both, return_exceptions=True)
        for end in (writer, back):
            with suppress(OSError):
                end.close()

    @asynccontextmanager
    async def open(self) -> AsyncIterator["Wire"]:
        """Listen on loopback."""
        server = await asyncio.start_server(self.connect, "127.0.0.1", 0)
        self._here = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()
