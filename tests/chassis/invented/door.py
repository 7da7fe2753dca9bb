"""The invented room opened on loopback, with its own database, issuer and accounts."""

import base64
import contextlib
import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
from fastapi import FastAPI

from deploy.house import House
from deploy.house.issuer import create_issuer, ensure, mint
from services.contracts.codes import RiskBand
from services.contracts.limits import USUAL, Limits
from services.contracts.names import Names
from services.contracts.units import Level, Mandate, Unit, UnitTree
from services.http.app import create_app
from services.security.identity import Verifier
from services.storage.database import Database
from services.storage.migrate import migrate
from tests.chassis.doors import Passage, serving
from tests.chassis.invented.room import FOLDER, RIGHTS, Held, router_of

LISTED_AT = datetime(2026, 1, 1, tzinfo=UTC)
ISSUER = "https://id.invented.example"
NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
ACCOUNTS = {
    "caseworker@TOWN": ("TOWN", "caseworker"),
    "caseworker@VILLAGE": ("VILLAGE", "caseworker"),
    "coordinator@HILL": ("HILL", "coordinator"),
    "auditor@TOWN": ("TOWN", "auditor"),
}


def unit(code: str, parent: str | None) -> Unit:
    """An invented unit."""
    days, steps = dict.fromkeys(RiskBand, 1), dict.fromkeys(RiskBand, (1,))
    return Unit(
        code, Level.MUNICIPALITY, Mandate.CASEWORK, parent or code, "invented", Names(code, code, code, code), ("bs",),
        days, steps, date(2020, 1, 1), parent,
    )  # fmt: skip


TREE = UnitTree.of([unit("HILL", None), unit("TOWN", "HILL"), unit("VILLAGE", "HILL")])


class StoodClock:
    """Domain time that stands still."""

    def now(self) -> datetime:
        """The same moment always."""
        return NOW


@dataclass
class Door:
    """A client of the invented room, and what stands behind it."""

    client: httpx2.AsyncClient
    app: FastAPI
    database: Database
    held: Held
    state: Path
    secret: Path
    passage: Passage

    def token(self, account: str = "caseworker@TOWN", *, age: timedelta = timedelta()) -> str:
        """A token of an account, made some time ago."""
        return mint(self.state, account, ISSUER, "spis", now=datetime.now(UTC) - age)

    def headers(self, account: str = "caseworker@TOWN", *, key: str | None = None, **more: str) -> dict[str, str]:
        """The headers of a command by an account."""
        return {
            "Authorization": f"Bearer {self.token(account)}",
            "Idempotency-Key": key or secrets.token_hex(8),
            **more,
        }

    async def write(self, account: str = "caseworker@TOWN", *, key: str | None = None, **note: Any) -> httpx2.Response:
        """Write a note."""
        body = {"unit": "TOWN", "code": "quiet"} | note
        return await self.client.post("/invented/v1/notes", json=body, headers=self.headers(account, key=key))

    async def get(self, path: str, account: str = "caseworker@TOWN", **params: Any) -> httpx2.Response:
        """Ask for something."""
        headers = {"Authorization": f"Bearer {self.token(account)}"}
        return await self.client.get(f"/invented/v1{path}", params=params, headers=headers)

    async def count(self) -> int:
        """How many notes there are."""
        row = await self.database.read_row("count_notes")
        assert row is not None
        return int(row["number"])


@contextlib.asynccontextmanager
async def open_door(house: House, folder: Path, limits: Limits = USUAL) -> AsyncIterator[Door]:
    """Open the invented room on a fresh database."""
    run_url, owner_url = house.make_database(f"invented_{secrets.token_hex(4)}")
    await migrate(owner_url, run_url, FOLDER)
    secret = folder / "secret"
    secret.write_text(base64.b64encode(secrets.token_bytes(32)).decode())
    secret.chmod(0o600)
    held = Held()
    ensure(folder / "issuer")
    async with contextlib.AsyncExitStack() as stack:
        passage = await stack.enter_async_context(Passage(run_url))
        database = await Database.open("invented", passage.url, FOLDER)
        stack.push_async_callback(database.close)
        database.doorbell.start()
        await _list_accounts(database)
        issuer = await stack.enter_async_context(serving(create_issuer(folder / "issuer", ISSUER, "spis")))
        app = create_app(
            room="invented",
            router=router_of(database, held),
            database=database,
            verifier=Verifier(issuer=ISSUER, jwks=f"{issuer}/id/jwks.json", audience="spis"),
            rights=RIGHTS,
            tree=TREE,
            clock=StoodClock(),
            secret=secret,
            limits=limits,
        )
        origin = await stack.enter_async_context(serving(app))
        client = await stack.enter_async_context(httpx2.AsyncClient(base_url=origin, timeout=10))
        yield Door(client, app, database, held, folder / "issuer", secret, passage)


async def _list_accounts(database: Database) -> None:
    for account, (at, role) in ACCOUNTS.items():
        await database.pool.execute(database.statements["list_institution"], f"{at}.csw", at, "csw", True)
        await database.pool.execute(
            database.statements["list_account"], account, f"{at}.csw", at, [role], [], True, LISTED_AT
        )
