"""What a worker says of itself: alive while its loop turns, ready while Kafka is there, and its metrics."""

import faulthandler
import time

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from services.telemetry.metrics import exposition

PARTS = frozenset({"consumer"})


class Liveness:
    """When the loop last turned, and which clients are connected."""

    def __init__(self, hung_seconds: float) -> None:
        self._hung_seconds = hung_seconds
        self._turned_at = time.monotonic()
        self._connected: set[str] = set()

    def turned(self) -> None:
        """The loop has turned."""
        self._turned_at = time.monotonic()

    def turned_or_ends(self) -> None:
        """The loop has turned; should it not turn again in time, the process shows where it hangs and ends."""
        self.turned()
        faulthandler.dump_traceback_later(self._hung_seconds, exit=True)

    def ends(self) -> None:
        """The loop turns no more because it is meant to end."""
        faulthandler.cancel_dump_traceback_later()

    def connected(self, part: str) -> None:
        """A client reached Kafka."""
        self._connected.add(part)

    @property
    def alive(self) -> bool:
        """Whether the loop has turned lately."""
        return time.monotonic() - self._turned_at < self._hung_seconds

    @property
    def ready(self) -> bool:
        """Whether everything that must be connected is."""
        return self.alive and self._connected >= PARTS


def status_page(liveness: Liveness) -> Starlette:
    """The three paths of a worker: /healthz, /readyz, /metrics."""

    async def healthz(_: Request) -> Response:
        return _says("alive" if liveness.alive else "hung", liveness.alive)

    async def readyz(_: Request) -> Response:
        return _says("ready" if liveness.ready else "waiting for Kafka", liveness.ready)

    async def metrics(_: Request) -> Response:
        content, kind = exposition()
        return Response(content, media_type=kind)

    return Starlette(routes=[Route("/healthz", healthz), Route("/readyz", readyz), Route("/metrics", metrics)])


def _says(state: str, well: bool) -> Response:
    return JSONResponse({"state": state}, status_code=200 if well else 503)
