"""Who tells open streams what: notifications itself, whose alerts are rows, or a bare process that is handed frames."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Protocol

import asyncpg

from deploy.house import House
from notifications.__main__ import ROOM
from notifications.alert import Cause, Raised, Said, alert_for
from notifications.watch import record
from services.contracts.codes import DeskPurpose, InstitutionKind, Role, Severity
from services.storage.database import Database
from services.storage.stamp import Stamp
from services.storage.work import Work
from tests.bench.asking import Line, Request
from tests.bench.beside import floor_process, free_ports
from tests.bench.floors.chain import SUBJECT
from tests.bench.hearing import listening
from tests.journeys.looking import number as asked

DESKS, UNIT = 200, "FBIH-K10-LIV"
LINES = 8
STREAM = "/notifications/v1/alerts/stream"
INSTITUTIONS = """INSERT INTO directory_institutions (code, unit, kind, active) VALUES ($1, $2, $3, true)
    ON CONFLICT DO NOTHING"""
LISTED_DESKS = "INSERT INTO directory_desks (code, institution, purpose) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING"
ACCOUNTS = """INSERT INTO directory_accounts (account, institution, unit, roles, desks, active, listed_at)
    VALUES ($1, $2, $3, $4, $5, true, now()) ON CONFLICT DO NOTHING"""


class Source(Protocol):
    """A process with streams, and how everybody of a desk is told something."""

    @property
    def name(self) -> str: ...

    @property
    def address(self) -> tuple[str, int]: ...

    @property
    def pid(self) -> int: ...

    def stream(self, number: int) -> tuple[str, dict[str, str]]: ...

    async def tell(self, number: int) -> object: ...


def subject_of(number: int) -> str:
    """Whom the alert of this number is about."""
    return f"R-{number}"


@dataclass
class Alerts:
    """Notifications: each stream is an account's of its own, and what a desk hears is an alert that was raised."""

    house: House
    database: Database
    begins: int
    pid: int
    turn: int = 0
    name: str = "notifications"

    @property
    def address(self) -> tuple[str, int]:
        """Where its API listens."""
        host, _, port = self.house.listens("notifications-api").partition(":")
        return host, int(port)

    def stream(self, number: int) -> tuple[str, dict[str, str]]:
        """The stream of an account that covers one desk."""
        token = self.house.token(Role.CASEWORKER.value, f"invented.{number}")
        return f"{STREAM}?after={self.begins}", {"Authorization": f"Bearer {token}"}

    async def tell(self, number: int) -> None:
        """Raise an alert on the next desk."""
        self.turn += 1
        now, about = self.house.now(), subject_of(number)
        cause = Cause(
            f"e-{self.turn}", "REPORT_RECEIVED", f"report/{self.turn}", about, None, UNIT, now, now, Said(1, 1)
        )  # fmt: skip
        alert = alert_for(cause, desk_of(number % DESKS), Severity.MEDIUM, None, now)

        async def raised(work: Work) -> None:
            await record(work, Raised(alert))

        await self.database.transact(Stamp(now, "system", "11111111-1111-4111-8111-111111111111"), raised)

    async def frame(self) -> bytes:
        """What one frame says."""
        async with listening(self.address, *self.stream(0)) as ear:
            await self.tell(0)
            await ear.heard([subject_of(0)])
        return ear.last


def desk_of(number: int) -> str:
    """The only desk of an invented institution."""
    return f"invented-{number}/caseload"


@asynccontextmanager
async def alerts(house: House, streams: int) -> AsyncIterator[Alerts]:
    """Notifications with so many invented accounts, each at one of the desks."""
    owner = await asyncpg.connect(house.owner_url("notifications"))
    try:
        institutions = [desk_of(n).partition("/")[0] for n in range(DESKS)]
        kind, purpose = InstitutionKind.CSW.value, DeskPurpose.CASELOAD.value
        await owner.executemany(INSTITUTIONS, [(each, UNIT, kind) for each in institutions])
        await owner.executemany(LISTED_DESKS, [(f"{each}/caseload", each, purpose) for each in institutions])
        accounts = [
            (f"{Role.CASEWORKER}@invented.{n}", institutions[n % DESKS], UNIT, [Role.CASEWORKER], [desk_of(n % DESKS)])
            for n in range(streams)
        ]
        await owner.executemany(ACCOUNTS, accounts)
    finally:
        await owner.close()
    database = await Database.open("notifications", house.url("notifications"), ROOM.folder)
    try:
        begins = await asked(house, "notifications", "SELECT last FROM frame_counter")
        yield Alerts(house, database, begins, house.process("notifications-api").pid)
    finally:
        await database.close()


@dataclass
class Handed:
    """A bare process, which is handed what the streams of a desk are told."""

    address: tuple[str, int]
    pid: int
    lines: asyncio.LifoQueue[Line]
    name: str = "floor"

    def stream(self, number: int) -> tuple[str, dict[str, str]]:
        """The stream of a desk."""
        return f"/stream/{number % DESKS}", {}

    async def tell(self, number: int) -> None:
        """Hand a frame over for the next desk."""
        line = await self.lines.get()
        await line.ask(Request(self.address, f"/{number % DESKS}/{subject_of(number)}", {}, 201), b"")
        self.lines.put_nowait(line)


@asynccontextmanager
async def handed(house: House, frame: bytes) -> AsyncIterator[Handed]:
    """The floor, with frames as long as the house's."""
    [port] = free_ports(1)
    file, address = house.folder.root / "frame.json", ("127.0.0.1", port)
    text = json.dumps({**json.loads(frame), "subject": SUBJECT}, ensure_ascii=False, separators=(",", ":"))
    file.write_text(text, encoding="utf-8")
    async with floor_process("fan_out", str(port), str(file), port=port) as pid:
        free: asyncio.LifoQueue[Line] = asyncio.LifoQueue()
        lines = [await Line.to(address) for _ in range(LINES)]
        for line in lines:
            free.put_nowait(line)
        yield Handed(address, pid, free)
        for line in lines:
            line.writer.close()
