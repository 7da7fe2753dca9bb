"""The API of one room: its router behind the gate, with health, readiness, metrics and a contract anyone can read.

It does not start when an endpoint forgot to say which row of the table of rights decides it.
"""

import asyncio
import json
import re
import uuid
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from fastapi import APIRouter, Depends, FastAPI, Request, Response
from fastapi.dependencies.models import Dependant
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute, iter_route_contexts

from services.contracts.advice import SHAPE
from services.contracts.failures import Unavailable
from services.contracts.limits import USUAL, Limits
from services.contracts.session import Sessions
from services.contracts.units import UnitTree
from services.http.calls import Reception, openings
from services.http.gate import BODY_BYTES_MAX, Gate
from services.http.pace import Pace
from services.http.permits import Command, Query
from services.http.problems import MEDIA_TYPE, answer_problems
from services.http.sse import OpenStreams
from services.http.status import status_pages
from services.security.identity import Verifier
from services.security.rights import Right
from services.security.secret_files import secret_of
from services.storage.database import Database
from services.storage.stamp import Clock

ACTION = "x-spis-action"
"""Where the contract names the action of an operation, and so the rows of the table of rights that decide it."""

REFUSALS = {
    "4XX": "No: `status` and `code` say which no, `detail` says what to do.",
    "503": "Something needed is away; Retry-After says when to send the same again.",
}


def create_app(
    *,
    room: str,
    router: APIRouter,
    database: Database,
    verifier: Verifier,
    rights: Iterable[Right],
    tree: UnitTree,
    clock: Clock,
    secret: Path,
    limits: Limits = USUAL,
    sessions: Sessions | None = None,
    entrance: APIRouter | None = None,
) -> FastAPI:
    """The application of a room; `secret` signs fingerprints and cursors, `entrance` is what anybody may ask."""
    table, streams, key = tuple(rights), OpenStreams(room), secret_of(secret)
    pace, opened = Pace(database, limits, key), openings(table, tree)
    check_rights(router, table)
    app = FastAPI(title=f"SPIS {room}", version="1", openapi_url=None, redirect_slashes=False)
    app.state.reception = Reception(
        room, database, verifier, table, tree, opened, clock, key, pace, streams, asyncio.Event(), sessions
    )
    problem = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    refusals: Any = {status: {"description": says, "content": problem} for status, says in REFUSALS.items()}
    app.include_router(router, responses=refusals, max_body_size=BODY_BYTES_MAX)
    app.include_router(_house_router(room, database, pace))
    if entrance:
        app.include_router(entrance, include_in_schema=False, dependencies=[Depends(pace.keep_stranger)])
    contract = app.openapi()
    contract.setdefault("components", {}).setdefault("schemas", {})["Problem"] = SHAPE
    answer_problems(app, room, frozenset(re.findall(r'"([\w-]+)"', json.dumps(contract))) | {"body"}, pace.instead_of)
    app.add_middleware(Gate, room=room, new_id=uuid.uuid4)  # noqa: TID251
    return app


def check_rights(router: APIRouter, rights: Iterable[Right]) -> None:
    """Refuse a router with an endpoint that no row decides or whose method is not what it declares; name its action."""
    actions = {right.action for right in rights}
    for context in iter_route_contexts(router.routes):
        route = context.original_route
        if not isinstance(route, APIRoute):
            raise RuntimeError(f"{context.path}: only endpoints with a right can be answered")  # noqa: TRY004
        permits = list(_permits(route.dependant))
        if len(permits) != 1:
            raise RuntimeError(f"{route.path}: declare exactly one command(…) or query(…), not {len(permits)}")
        if permits[0].action not in actions:
            raise RuntimeError(f"{route.path}: no row of the table of rights names {permits[0].action}")
        if isinstance(permits[0], Query) != (route.methods == {"GET"}):
            raise RuntimeError(f"{route.path}: a query is a GET, and whatever changes something is a command")
        # The contract says it too: whoever proves the rights goes by what is offered.
        route.openapi_extra = {ACTION: permits[0].action}


def _permits(dependant: Dependant) -> Iterator[Command | Query]:
    for inner in dependant.dependencies:
        if isinstance(inner.call, Command | Query):
            yield inner.call
        else:
            yield from _permits(inner)


def _house_router(room: str, database: Database, pace: Pace) -> APIRouter:
    router = APIRouter(include_in_schema=False)

    @router.get(f"/{room}/openapi.json")
    async def contract(request: Request) -> Response:
        await pace.keep_stranger(request)
        return JSONResponse(request.app.openapi())

    async def waits_for() -> str:
        try:
            await database.read_row("directory_account", "")
        except Unavailable:
            return "database"
        return ""

    router.include_router(status_pages(f"/{room}", waits_for, alive=lambda: True))
    return router
