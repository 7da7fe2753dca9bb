"""The floor of many open streams: FastAPI tells what it is handed to every stream of its desk, and keeps nothing.

`python -m tests.bench.floors.fan_out PORT FRAME`; a frame is as long as FRAME's, each desk has its own streams.
"""

import asyncio
import sys
from collections import defaultdict
from collections.abc import AsyncIterator
from pathlib import Path

import uvicorn
import uvloop
from fastapi import FastAPI
from fastapi.responses import JSONResponse
from fastapi.sse import EventSourceResponse, format_sse_event

from services.http.serving import KEEP_ALIVE_SECONDS
from tests.bench.floors.chain import SUBJECT


def app_of(text: str) -> FastAPI:
    """One way in, one way out."""
    app, open_now, number = FastAPI(), defaultdict[str, set[asyncio.Queue[bytes]]](set), 0

    @app.post("/{desk}/{subject}")
    async def told(desk: str, subject: str) -> JSONResponse:
        nonlocal number
        number += 1
        said = format_sse_event(data_str=text.replace(SUBJECT, subject), event="alert", id=str(number))
        for queue in open_now[desk]:
            queue.put_nowait(said)
        return JSONResponse({"number": number}, 201)

    @app.get("/stream/{desk}")
    async def stream(desk: str) -> EventSourceResponse:
        queue: asyncio.Queue[bytes] = asyncio.Queue()
        open_now[desk].add(queue)

        async def frames() -> AsyncIterator[bytes]:
            try:
                yield format_sse_event(comment="open")
                while True:
                    yield await queue.get()
            finally:
                open_now[desk].discard(queue)

        return EventSourceResponse(frames())

    return app


async def serve(port: int, frame: str) -> None:
    """Serve until the process is ended."""
    app = app_of(Path(frame).read_text(encoding="utf-8"))
    config = uvicorn.Config(
        app,
        host="127.0.0.1",
        port=port,
        log_config=None,
        access_log=False,
        lifespan="off",
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
    )
    await uvicorn.Server(config).serve()


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(serve(int(sys.argv[1]), sys.argv[2]))
