"""Passes the bytes of connections on as a stretch of network does that can be cut, stalled, slowed or made one-way.

Loopback only; it never looks at what it passes on.
"""

import asyncio
import socket
import struct
from collections import deque
from collections.abc import Callable
from typing import cast

from tests.ledger.network.passage import Passage, Towards

HOST = "127.0.0.1"
HELD_BYTES_MAX = 65_536
CONNECT_SECONDS_MAX = 5.0
RESET = struct.pack("ii", 1, 0)
ENDED = b""
"""What stands in a queue for the end of a connection."""


class Proxy:
    """One stretch of network, from a port of its own to the port that `target` names when somebody connects."""

    def __init__(self, port: int, target: Callable[[], int]) -> None:
        self.port = port
        self.passage = Passage.OPEN
        self.target = target
        self.links: set[Link] = set()
        self._server: asyncio.Server | None = None

    async def open(self) -> None:
        """Listen."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: Link(self).near, HOST, self.port, reuse_address=True)

    async def become(self, passage: Passage) -> None:
        """Let pass from now on what that state lets pass."""
        self.passage = passage
        if not passage.connects:
            self._refuse()
        elif self._server is None:
            await self.open()
        for link in tuple(self.links):
            link.flow()

    def _refuse(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
        for link in tuple(self.links):
            link.reset()

    def seen_as(self, port: int) -> int | None:
        """The port from which the store sees a connection come that comes from this one."""
        return next((link.far.ports[0] for link in self.links if link.near.ports[1] == port), None)


class Link:
    """Two ends of one connection through a proxy."""

    def __init__(self, proxy: Proxy) -> None:
        self.proxy = proxy
        self.near, self.far = End(self, Towards.STORE), End(self, Towards.ROOM)
        self._connecting: asyncio.Task[None] | None = None

    def begin(self) -> None:
        """The room's end is there: connect to the store."""
        self.proxy.links.add(self)
        self._connecting = asyncio.get_running_loop().create_task(self._connect())

    async def _connect(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(CONNECT_SECONDS_MAX):
                await loop.create_connection(lambda: self.far, HOST, self.proxy.target())
        except (OSError, LookupError):
            self.reset()
        else:
            self.flow()

    def flow(self) -> None:
        """Pass on what may pass."""
        self.near.flow()
        self.far.flow()

    def reset(self) -> None:
        """End both ends abruptly."""
        for end in (self.near, self.far):
            end.reset()
        self.proxy.links.discard(self)


class End(asyncio.Protocol):
    """One end of a connection: what arrives here waits until it may go on to the other end."""

    def __init__(self, link: Link, towards: Towards) -> None:
        self.ports = (0, 0)
        self._link = link
        self._towards = towards
        self._transport: asyncio.Transport | None = None
        self._waiting: deque[tuple[float, bytes]] = deque()
        self._held = 0
        self._clogged = False
        self._timer: asyncio.TimerHandle | None = None

    @property
    def _other(self) -> "End":
        return self._link.far if self is self._link.near else self._link.near

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """See `asyncio.Protocol`."""
        self._transport = cast(asyncio.Transport, transport)
        self.ports = (transport.get_extra_info("sockname")[1], transport.get_extra_info("peername")[1])
        if not self._link.proxy.passage.connects:
            self._link.reset()
        elif self is self._link.near:
            self._link.begin()

    def data_received(self, data: bytes) -> None:
        """See `asyncio.Protocol`."""
        self._wait(data)

    def eof_received(self) -> None:
        """See `asyncio.Protocol`; the transport then closes, and the other end follows behind what still waits."""

    def connection_lost(self, exc: Exception | None) -> None:
        """See `asyncio.Protocol`."""
        self._transport = None
        self._wait(ENDED)

    def pause_writing(self) -> None:
        """See `asyncio.Protocol`: what comes in at the other end must wait there."""
        self._other._clogged = True
        self._other._listen()

    def resume_writing(self) -> None:
        """See `asyncio.Protocol`."""
        self._other._clogged = False
        self._other._listen()

    def _wait(self, data: bytes) -> None:
        self._waiting.append((asyncio.get_running_loop().time() + self._link.proxy.passage.delay, data))
        self._held += len(data)
        self.flow()

    def flow(self) -> None:
        """Pass on what has waited long enough and may pass."""
        now = asyncio.get_running_loop().time()
        passage, to = self._link.proxy.passage, self._other
        while self._waiting and passage.lets(self._towards) and to._transport is not None:
            due, data = self._waiting[0]
            if due > now:
                self._look_again(due)
                break
            self._waiting.popleft()
            self._held -= len(data)
            if data == ENDED:
                to._transport.close()
                self._link.proxy.links.discard(self._link)
                return
            to._transport.write(data)
        self._listen()

    def _look_again(self, due: float) -> None:
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_at(due, self._looked)

    def _looked(self) -> None:
        self._timer = None
        self.flow()

    def _listen(self) -> None:
        """Hear more only while what is held is little."""
        if self._transport is None or self._transport.is_closing():
            return
        if self._clogged or self._held > HELD_BYTES_MAX:
            self._transport.pause_reading()
        else:
            self._transport.resume_reading()

    def reset(self) -> None:
        """End abruptly, so that the other side is told at once."""
        self._waiting.clear()
        if self._transport is not None:
            connection = self._transport.get_extra_info("socket")
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            self._transport.abort()
