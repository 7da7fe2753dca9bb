"""What a process says of itself to whoever keeps it running; it says nothing of anybody's case."""

from collections.abc import Awaitable, Callable

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest


def status_pages(prefix: str, waits_for: Callable[[], Awaitable[str]], alive: Callable[[], bool]) -> APIRouter:
    """Alive while it turns, ready while it waits for nothing, and all metrics in the text form Prometheus reads."""
    router = APIRouter(prefix=prefix, include_in_schema=False)

    @router.get("/healthz")
    async def healthz() -> Response:
        return JSONResponse({"status": "ok"}) if alive() else JSONResponse({"status": "hung"}, 503)

    @router.get("/readyz")
    async def readyz() -> Response:
        away = await waits_for()
        return JSONResponse({"status": "waiting", "for": away}, 503) if away else JSONResponse({"status": "ok"})

    @router.get("/metrics")
    async def metrics() -> Response:
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    return router
