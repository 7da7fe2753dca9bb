"""An invented room with every sort of endpoint a room can have, to try the doors on; no real person is in it."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Response
from fastapi import Path as InPath
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, field_validator

from services.contracts.codes import Role
from services.contracts.failures import Malformed, Refused, Unavailable
from services.http.calls import Call, Reply
from services.http.paging import After, Limit
from services.http.permits import command, query
from services.http.problems import missing
from services.http.sse import EventStream, Frame, LastEventId
from services.security.rights import Record, Relation, Right
from services.storage.database import Database
from services.storage.work import Work

FOLDER = Path(__file__).parent

RIGHTS = (
    Right("note.write", Role.CASEWORKER, Relation.SAME_UNIT),
    Right("note.see", Role.CASEWORKER, Relation.SAME_UNIT),
    Right("note.list", Role.CASEWORKER, Relation.SAME_UNIT),
    Right("note.list", Role.COORDINATOR, Relation.BELOW),
    Right("note.hear", Role.CASEWORKER, Relation.NONE),
)


class Trouble(StrEnum):
    """How a command may go wrong on request."""

    REFUSED = "refused"
    MALFORMED = "malformed"
    UNAVAILABLE = "unavailable"
    BUG = "bug"
    FORGOT = "forgot"


class Note(BaseModel):
    """What is written down."""

    model_config = ConfigDict(extra="forbid", strict=True)

    unit: Annotated[str, Field(max_length=40, examples=["TOWN"])]
    code: Annotated[str, Field(min_length=1, max_length=40, examples=["quiet"])]
    name: Annotated[str, Field(max_length=80, examples=["Izmišljena Osoba"])] = ""
    at: Annotated[AwareDatetime | None, Field(strict=False)] = None
    trouble: Annotated[Trouble | None, Field(strict=False)] = None
    answers: Annotated[dict[str, int], Field(max_length=5)] = {}

    @field_validator("name")
    @classmethod
    def _no_digits(cls, name: str) -> str:
        if any(letter.isdigit() for letter in name):
            raise ValueError(f"{name} has digits")
        return name


class Written(BaseModel):
    """What the writer is told."""

    note: str
    written_at: datetime


class Shown(BaseModel):
    """One note."""

    note: str
    unit: str
    code: str
    name: str | None = None


class Page(BaseModel):
    """A page of notes."""

    items: list[Shown]
    next: str | None


Ref = Annotated[str, InPath(max_length=40, examples=["N-1"])]


class Held:
    """Lets a test hold a command in the middle of its work."""

    def __init__(self) -> None:
        self.begun = asyncio.Event()
        self.go_on = asyncio.Event()
        self.go_on.set()
        self.refuses = False
        self.times_run = 0


def router_of(database: Database, held: Held) -> APIRouter:
    """The room's endpoints."""
    router = APIRouter(prefix="/invented/v1", tags=["invented"])
    _writing(router, held)
    _listing(router, database)
    _hearing(router, database)
    _seeing(router, database)
    return router


def _writing(router: APIRouter, held: Held) -> None:
    @router.post("/notes", status_code=201, response_model=Written)
    async def write(note: Note, call: Annotated[Call, Depends(command("note.write", "reports"))]) -> Response:
        """Write a note down."""

        async def act(work: Work) -> Reply:
            held.times_run += 1
            held.begun.set()
            await held.go_on.wait()
            go_wrong(Trouble.REFUSED if held.refuses else note.trouble, note)
            call.allow(Record(note.unit))
            ref = f"N-{held.times_run:06}"
            work.change("write_note", ref, note.unit, note.code, note.at or call.stamp.now)
            work.change("keep_sealed", ref, "name", "backwards", note.name[::-1].encode())
            work.ring("notes")
            headers = {"Location": f"/invented/v1/notes/{ref}"}
            return Reply(201, {"note": ref, "written_at": call.stamp.now}, headers)

        return await call.once(act)


def _listing(router: APIRouter, database: Database) -> None:
    @router.get("/notes", response_model=Page)
    async def listed(
        call: Annotated[Call, Depends(query("note.list"))],
        code: str | None = None,
        limit: Limit = 50,
        after: After = None,
    ) -> Response:
        """The notes of the units one may see."""
        reach, place = call.reach(), call.place(after) or (None, None)
        rows = await database.read("notes_after", reach.everything, list(reach.units), *place, code, limit + 1)
        return call.page(rows, limit, place_of=lambda row: (row["written_at"], row["ref"]), show=shown)


def _hearing(router: APIRouter, database: Database) -> None:
    @router.get("/notes/stream", response_class=EventStream)
    async def stream(
        call: Annotated[Call, Depends(query("note.hear"))], last_event_id: LastEventId = None
    ) -> EventStream:
        """Hear of notes as they are written."""
        call.allow(Record(call.person.unit))

        async def frames_after(number: int) -> Sequence[Frame]:
            rows = await database.read("frames_after", number)
            return [Frame(row["number"], "note", {"note": row["ref"], "code": row["code"]}) for row in rows]

        return call.stream(["notes"], frames_after, last_event_id or 0)


def _seeing(router: APIRouter, database: Database) -> None:
    @router.get("/notes/{ref}", response_model=Shown)
    async def see(ref: Ref, call: Annotated[Call, Depends(query("note.see"))]) -> Response:
        """One note with its name."""
        row = await database.read_row("note", ref)
        call.allow_to_see(Record(row["unit"]) if row else None)

        async def open_name(work: Work) -> dict[str, str] | None:
            stamp = work.stamp
            row = await work.fetch_row("open_sealed", ref, "name", stamp.actor, stamp.correlation_id, stamp.now)
            return {"name": row["sealed"].decode()[::-1]} if row else None

        content = await call.see(open_name)
        if row is None or content is None:
            raise missing()
        return Response(Shown(**shown(row), **content).model_dump_json(), media_type="application/json")


def go_wrong(trouble: Trouble | None, note: Note) -> None:
    """Go wrong as asked."""
    match trouble:
        case Trouble.REFUSED:
            raise Refused("already_written", "This was written before: look for it in the list.")
        case Trouble.MALFORMED:
            raise Malformed(f"unknown code {note.code!r}")
        case Trouble.UNAVAILABLE:
            raise Unavailable("away")
        case Trouble.BUG:
            raise LookupError(f"about {note.name}")
        case _:
            return


def shown(row: Any) -> dict[str, Any]:
    """A row as it is listed."""
    return {"note": row["ref"], "unit": row["unit"], "code": row["code"]}
