"""Serves an application until the process is told to stop; streams are told too, so that stopping takes no time."""

import asyncio
from types import FrameType

import uvicorn
from starlette.types import ASGIApp

STOP_SECONDS_MAX = 5
KEEP_ALIVE_SECONDS = 75


class Server(uvicorn.Server):
    """A server whose first signal also ends what runs beside it, and which then returns instead of dying of it."""

    def __init__(self, config: uvicorn.Config, stopping: asyncio.Event) -> None:
        super().__init__(config)
        self._stopping = stopping

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Take no more requests and finish those begun; asked a second time, do not wait for them."""
        self._stopping.set()
        self.force_exit = self.should_exit
        self.should_exit = True


async def serve(app: ASGIApp, address: tuple[str, int], gateway: str, stopping: asyncio.Event) -> None:
    """Serve until SIGTERM or SIGINT; `gateway` is whose word is taken for the address that a request came from."""
    host, port = address
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        log_config=None,
        access_log=False,
        forwarded_allow_ips=gateway,
        lifespan="off",
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=STOP_SECONDS_MAX,
    )
    await Server(config, stopping).serve()
