"""The network between the rooms and the stores of a house while faults are put to it, as the harness speaks to it.

`detours` is told to the house before it opens; where the stores are is learnt from it while it opens.
"""

import json
import signal
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from threading import Lock

from deploy.house.launch import discreet
from deploy.house.layout import REPOSITORY
from deploy.house.ports import choose, draw_port, is_free
from tests.ledger.network.passage import Passage

END_SECONDS_MAX = 10.0

Detours = Mapping[str, Mapping[str, int]]
"""For each room, the port at which it reaches each store."""


def detours_of(rooms: Sequence[str], stores: Sequence[str]) -> Detours:
    """Detours for these rooms, at ports that nobody uses."""
    names = [f"{room}/{store}" for room in rooms for store in stores]
    chosen = choose(names, {}, {}, is_free, draw_port)
    return {room: {store: chosen[f"{room}/{store}"] for store in stores} for room in rooms}


class Network:
    """Every stretch of network between a room and a store, carried by a process of its own."""

    def __init__(self, detours: Detours, carrier: "subprocess.Popen[str]") -> None:
        self.detours = detours
        self._carrier = carrier
        self._speaking = Lock()
        self._known: Mapping[str, int] = {}

    @classmethod
    @contextmanager
    def carrying(cls, detours: Detours) -> "Iterator[Network]":
        """Carry while inside."""
        carrier = subprocess.Popen(
            [sys.executable, "-m", "tests.ledger.network.carrier", json.dumps(detours)],
            cwd=REPOSITORY,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            preexec_fn=discreet(signal.SIGKILL),
        )
        try:
            network = cls(detours, carrier)
            network._answer()
            yield network
        finally:
            carrier.communicate(timeout=END_SECONDS_MAX)

    def learn(self, status: Mapping[str, object]) -> None:
        """Learn from an opening house where its stores are."""
        ports = status.get("ports")
        if isinstance(ports, dict) and ports != self._known:
            self._known = ports
            self._say({"ports": ports})

    def become(self, line: str, passage: Passage) -> None:
        """Change the whole network between a room and a store, named as `room-store`."""
        self._say({"line": line, "passage": passage.value})

    def seen_as(self, ports: Iterable[int]) -> set[int]:
        """The ports from which the stores see connections come that a room's process made from these."""
        seen = self._say({"seen": list(ports)})
        return set(seen) if isinstance(seen, list) else set()

    def _say(self, told: Mapping[str, object]) -> object:
        assert self._carrier.stdin is not None
        with self._speaking:
            self._carrier.stdin.write(json.dumps(told) + "\n")
            self._carrier.stdin.flush()
            return self._answer()

    def _answer(self) -> object:
        assert self._carrier.stdout is not None
        line = self._carrier.stdout.readline()
        if not line:
            raise OSError(f"the network's carrier ended with {self._carrier.wait(END_SECONDS_MAX)}")
        return json.loads(line)
