"""Ports of a house: chosen once, remembered, and chosen again only when somebody else has taken them."""

import fcntl
import random
import socket
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TextIO

# Below the range from which systems draw the ports of outgoing connections: a restarted process finds its port free.
LOWEST, HIGHEST = 15_000, 31_999
DRAWS_MAX = 5_000


def is_free(port: int) -> bool:
    """Whether a server could listen there on loopback now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


class Claims:
    """The ports that this process keeps for its house while it lives, whether anything listens there yet or not."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._kept: list[TextIO] = []

    def is_free(self, port: int) -> bool:
        """Whether nobody listens there and no other house of this state folder has chosen it; then it is ours."""
        if not is_free(port):
            return False
        self._folder.mkdir(parents=True, exist_ok=True)
        claim = (self._folder / str(port)).open("w")
        try:
            fcntl.flock(claim, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            claim.close()
            return False
        self._kept.append(claim)
        return True


def draw_port() -> int:
    """A port nobody asked for."""
    return random.SystemRandom().randint(LOWEST, HIGHEST)


def choose(
    names: Sequence[str],
    remembered: Mapping[str, int],
    preferred: Mapping[str, int],
    free: Callable[[int], bool],
    draw: Callable[[], int],
) -> dict[str, int]:
    """One distinct port for each name: the preferred one if it is free, else the remembered one, else a new one."""
    chosen: dict[str, int] = {}
    for name in names:
        wishes = [table[name] for table in (preferred, remembered) if name in table]
        draws = 0
        while True:
            candidate = wishes.pop(0) if wishes else draw()
            if candidate not in chosen.values() and free(candidate):
                break
            draws += 1
            if draws > DRAWS_MAX:
                raise OSError(f"no free port found for {name} in {DRAWS_MAX} draws")
        chosen[name] = candidate
    return chosen
