"""The network between the rooms and the stores of a house while faults are put to it: a loop of its own in a thread.

`ports` is told to the house before it opens; where the stores are is learnt from it while it opens.
"""

import asyncio
from collections.abc import Coroutine, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from threading import Thread
from typing import Any

import uvloop

from deploy.house.ports import choose, draw_port, is_free
from tests.ledger.network.passage import Passage
from tests.ledger.network.proxy import Proxy

ANSWER_SECONDS_MAX = 10.0


class Network:
    """Every stretch of network between a room and a store."""

    def __init__(self, rooms: Sequence[str], stores: Sequence[str]) -> None:
        places = [(room, store) for room in rooms for store in stores]
        chosen = choose([f"{room}/{store}" for room, store in places], {}, {}, is_free, draw_port)
        self._ports: Mapping[str, int] = {}
        self._loop = uvloop.new_event_loop()
        self._proxies = {place: Proxy(chosen["/".join(place)], partial(self._target, *place)) for place in places}

    @property
    def detours(self) -> dict[str, dict[str, int]]:
        """For each room, the port at which it reaches each store."""
        told: dict[str, dict[str, int]] = {}
        for (room, store), proxy in self._proxies.items():
            told.setdefault(room, {})[store] = proxy.port
        return told

    def learn(self, status: Mapping[str, object]) -> None:
        """Learn from an opening house where its stores are."""
        ports = status.get("ports")
        if isinstance(ports, dict):
            self._ports = ports

    def become(self, line: str, passage: Passage) -> None:
        """Change the whole network between a room and a store, named as `room-store`."""
        for (room, store), proxy in self._proxies.items():
            if line == f"{room}-{store.partition('-')[0]}":
                self._do(proxy.become(passage))

    def seen_as(self, port: int) -> int:
        """The port from which a store sees a connection come that a room's process made from this one."""
        return next((seen for proxy in self._proxies.values() if (seen := proxy.seen_as(port))), port)

    @contextmanager
    def carrying(self) -> Iterator["Network"]:
        """Carry while inside."""
        thread = Thread(target=self._loop.run_forever, name="network", daemon=True)
        thread.start()
        try:
            for proxy in self._proxies.values():
                self._do(proxy.open())
            yield self
        finally:
            for proxy in self._proxies.values():
                self._do(proxy.become(Passage.CUT))
            self._loop.call_soon_threadsafe(self._loop.stop)
            thread.join(ANSWER_SECONDS_MAX)

    def _target(self, room: str, store: str) -> int:
        """Where a store hears a room: a broker apart from others, so that it sends the room back the same way."""
        return self._ports[store if store == "postgres" else f"{store}-for-{room}"]

    def _do(self, what: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(what, self._loop).result(ANSWER_SECONDS_MAX)
