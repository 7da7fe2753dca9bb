"""How much processor time something took, of whichever processes it kept busy: told beside figures of the clock."""

import time
from collections.abc import Iterable

import psutil

from deploy.house import House


def processor_seconds(house: House, names: Iterable[str] | None = None) -> dict[str, float]:
    """The processor time of processes of the house so far, or of all of them, with all that they ever started."""
    found = {}
    for name in house.names if names is None else names:
        process = psutil.Process(house.process(name).pid)
        times = [each.cpu_times() for each in (process, *process.children(recursive=True))]
        found[name] = sum(spent.user + spent.system + spent.children_user + spent.children_system for spent in times)
    return found


class Spent:
    """What this process and the database server spend from now on."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._server = processor_seconds(house, ["postgres"])["postgres"]
        self._here = time.process_time()

    def told(self, number: int) -> dict[str, int]:
        """So many microseconds for each of so many things, here and at the server."""
        server = processor_seconds(self._house, ["postgres"])["postgres"] - self._server
        here = time.process_time() - self._here
        return {"here_us": round(here * 1e6 / number), "server_us": round(server * 1e6 / number)}
