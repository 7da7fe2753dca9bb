"""The process that carries: `python -m tests.ledger.network.carrier`, told by lines of JSON, answering each with one.

Apart from the harness, whose own work would otherwise delay every round trip between a room and its stores.
"""

import asyncio
import json
import sys
from collections.abc import Mapping
from functools import partial
from typing import Any

import uvloop

from tests.ledger.network.passage import Passage
from tests.ledger.network.proxy import Proxy

LINE_BYTES_MAX = 65_536


class Carrier:
    """Every stretch of network between a room and a store."""

    def __init__(self, detours: Mapping[str, Mapping[str, int]]) -> None:
        self._ports: Mapping[str, int] = {}
        self._proxies = {
            (room, store): Proxy(port, partial(self._target, room, store))
            for room, stores in detours.items()
            for store, port in stores.items()
        }

    async def open(self) -> None:
        """Listen everywhere."""
        for proxy in self._proxies.values():
            await proxy.open()

    async def obey(self, told: Mapping[str, Any]) -> object:
        """Do what one line says."""
        match told:
            case {"ports": ports}:
                self._ports = ports
            case {"line": line, "passage": passage}:
                for (room, store), proxy in self._proxies.items():
                    if line == f"{room}-{store.partition('-')[0]}":
                        await proxy.become(Passage(passage))
            case {"seen": ports}:
                seen = [proxy.seen_as(port) for port in ports for proxy in self._proxies.values()]
                return [port for port in seen if port]
            case _:
                raise ValueError(f"a carrier was told {told}")
        return None

    def _target(self, room: str, store: str) -> int:
        """Where a store hears a room: a broker apart from others, so that it sends the room back the same way."""
        return self._ports[store if store == "postgres" else f"{store}-for-{room}"]


async def carry(detours: Mapping[str, Mapping[str, int]]) -> None:
    """Carry until there is nobody left to say anything."""
    carrier, loop = Carrier(detours), asyncio.get_running_loop()
    await carrier.open()
    said = asyncio.StreamReader(limit=LINE_BYTES_MAX)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(said), sys.stdin)
    answer: object = None
    while True:
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()
        line = await said.readline()
        if not line:
            return
        answer = await carrier.obey(json.loads(line))


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(carry(json.loads(sys.argv[1])))
