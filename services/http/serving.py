"""Serves an application until it is told to stop; open streams are told at once, so that stopping takes no time."""

import signal
from types import FrameType

import uvicorn
from fastapi import FastAPI

from services.http.reception import Reception

STOP_SECONDS_MAX = 5
KEEP_ALIVE_SECONDS = 75
WAITING_CONNECTIONS_MAX = 2_048


class Server(uvicorn.Server):
    """A server whose first signal also ends the live streams."""

    def __init__(self, config: uvicorn.Config, reception: Reception) -> None:
        super().__init__(config)
        self._reception = reception

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Stop taking requests, finish those begun, and end the streams."""
        self._reception.stopping.set()
        super().handle_exit(sig if sig != signal.SIGINT else signal.SIGTERM, frame)


async def serve(app: FastAPI, *, host: str, port: int) -> None:
    """Serve until SIGTERM or SIGINT."""
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=False,
        lifespan="off",
        backlog=WAITING_CONNECTIONS_MAX,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=STOP_SECONDS_MAX,
    )
    await Server(config, app.state.reception).serve()
