"""The room intake, open on loopback with a database of its own; everybody who knocks is invented."""

import contextlib
import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import httpx2

from deploy.house import House
from deploy.house.files import keep_secret
from deploy.house.issuer import create_issuer, ensure, mint
from intake.__main__ import ROOM
from intake.vault.opening import migrate_keys
from services.bus.heard import Heard
from services.contracts.catalog import BY_EVENT, body
from services.contracts.envelope import Envelope
from services.contracts.policy import load_policy
from services.http.app import create_app
from services.runtime.operations import rebuild
from services.runtime.room import Surroundings
from services.runtime.settings import POLICY, Settings
from services.security.identity import Verifier
from services.storage.database import HOUSE, Database
from services.storage.migrate import migrate
from services.storage.stamp import Stamp
from tests.chassis.doors import Passage, serving
from tests.core.intake_stories import MONDAY

LISTED_AT = datetime(2026, 1, 1, tzinfo=UTC)
ISSUER = "https://id.invented.example"
SCHOOL = "client@RS-BIL.school"
WORKER = "caseworker@RS-BIL"
ACCOUNTS = {
    SCHOOL: ("RS-BIL.school", "RS-BIL", "institution"),
    WORKER: ("RS-BIL.csw", "RS-BIL", "caseworker"),
    "colleague@RS-BIL": ("RS-BIL.csw", "RS-BIL", "caseworker"),
    "supervisor@RS-BIL": ("RS-BIL.csw", "RS-BIL", "supervisor"),
    "director@RS-BIL": ("RS-BIL.csw", "RS-BIL", "director"),
    "provider@RS-BIL.school": ("RS-BIL.school", "RS-BIL", "provider"),
    "provider@RS-BIL.health": ("RS-BIL.health", "RS-BIL", "provider"),
    "supervisor@RS-GAC": ("RS-GAC.csw", "RS-GAC", "supervisor"),
    "caseworker@RS-GAC": ("RS-GAC.csw", "RS-GAC", "caseworker"),
    "coordinator@RS": ("RS.authority", "RS", "coordinator"),
    "coordinator@K10": ("K10.authority", "K10", "coordinator"),
}
REPORT: dict[str, Any] = {
    "unit": "RS-BIL",
    "channel": "integration",
    "reporter": {"kind": "school", "name": "Kanarinka-Prijavilac", "contact": "kanarinka-kontakt@example.org"},
    "concerns": ["neglect"],
    "child": {
        "given_name": "Kanarinka-Ime",
        "family_name": "Kanarinka-Prezime",
        "birth_date": "2018-05-05",
        "sex": "female",
        "address": "Kanarinka-Ulica 1",
    },
    "narrative": "Kanarinka-priča: izmišljeno.",
    "occurred_at": (MONDAY - timedelta(days=3)).isoformat(),
}
ACCEPT: dict[str, Any] = {
    "outcome": "accepted",
    "answers": {"physical_harm": "injury"},
    "needs": ["counselling", "school_transport"],
}


@dataclass
class HandClock:
    """Domain time that the test moves."""

    at: datetime = MONDAY

    def now(self) -> datetime:
        """Where the test left it."""
        return self.at


@dataclass
class IntakeDoor:
    """A client of intake, and what stands behind it."""

    client: httpx2.AsyncClient
    around: Surroundings
    clock: HandClock
    state: Path
    keys: Passage
    keys_url: str
    owner_url: str
    tokens: dict[str, str] = field(default_factory=dict)

    def _token(self, account: str) -> str:
        return self.tokens.setdefault(account, mint(self.state, account, ISSUER, "spis", now=datetime.now(UTC)))

    def bearer(self, account: str) -> dict[str, str]:
        """The header that says who asks."""
        return {"Authorization": f"Bearer {self._token(account)}"}

    async def post(self, path: str, body: Any, account: str = WORKER, key: str | None = None) -> httpx2.Response:
        """Ask for something to be done; bytes are sent as they are."""
        headers = {"Authorization": f"Bearer {self._token(account)}", "Idempotency-Key": key or secrets.token_hex(8)}
        if isinstance(body, bytes):
            headers["Content-Type"] = "application/json"
            return await self.client.post(f"/intake/v1{path}", content=body, headers=headers)
        return await self.client.post(f"/intake/v1{path}", json=body, headers=headers)

    async def page(self, path: str, fields: dict[str, str], account: str = WORKER) -> httpx2.Response:
        """Send the form of a page, in English."""
        headers = {"Authorization": f"Bearer {self._token(account)}", "Accept-Language": "en"}
        return await self.client.post(path, data=fields, headers=headers)

    async def get(self, path: str, account: str = WORKER, **params: Any) -> httpx2.Response:
        """Ask to see something."""
        headers = {"Authorization": f"Bearer {self._token(account)}"}
        return await self.client.get(f"/intake/v1{path}", params=params, headers=headers)

    async def reported(self, **changes: Any) -> str:
        """The reference of a new report."""
        answer = await self.post("/reports", {**REPORT, **changes}, SCHOOL)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["report"])

    async def opened(self, **changes: Any) -> str:
        """The reference of a new case."""
        answer = await self.post(f"/reports/{await self.reported()}/screen", {**ACCEPT, **changes})
        assert answer.status_code == 200, answer.text
        return str(answer.json()["case"])

    async def hear(self, announcement: Any) -> None:
        """Have intake hear what referral says."""
        entry = BY_EVENT[type(announcement)]
        at, key = getattr(announcement, entry.moment), getattr(announcement, entry.key)
        envelope = Envelope(
            id=str(uuid4()), source="invented", type=entry.type, subject=key, key=key, sequence=1, incarnation=1,
            time=at, recorded_time=at, correlation_id=str(uuid4()), unit=announcement.unit, traceparent=None,
            data=body(announcement),
        )  # fmt: skip
        reaction = ROOM.hears(self.around)[type(announcement)]
        stamp = Stamp(self.clock.now(), "system", envelope.correlation_id)
        await self.around.database.transact(stamp, lambda work: reaction(work, Heard(announcement, envelope)))

    async def owner(self, statement: str) -> None:
        """Have the role that owns the database do something."""
        connection = await asyncpg.connect(self.owner_url, server_settings={"spis.scope": HOUSE})
        try:
            await connection.execute(statement)
        finally:
            await connection.close()

    async def rebuild(self) -> int:
        """Write the rows people read again from the events; how many events there were."""
        stamp = Stamp(self.clock.now(), "system", str(uuid4()))
        return int((await rebuild(ROOM, self.around.database, stamp))["events"])

    async def rows(self, table: str) -> list[str]:
        """Every row of a table, as text, in an order of its own."""
        found = await self.around.database.pool.fetch(f"SELECT row_to_json(t)::text AS row FROM {table} t ORDER BY 1")
        return [row["row"] for row in found]


@contextlib.asynccontextmanager
async def open_intake(house: House, folder: Path) -> AsyncIterator[IntakeDoor]:
    """Open intake on a fresh database."""
    run_url, owner_url = house.make_database(f"intake_{secrets.token_hex(4)}")
    keys_url, keys_owner_url = house.make_database(f"keys_{secrets.token_hex(4)}")
    await migrate(owner_url, run_url, ROOM.folder)
    database = await Database.open("intake", run_url, ROOM.folder)
    for account, (institution, unit, role) in ACCOUNTS.items():
        await database.pool.execute(database.statements["list_institution"], institution, unit, "csw", True)
        await database.pool.execute(
            database.statements["list_account"], account, institution, unit, [role], [], True, LISTED_AT
        )
    secret, agency_key, clock = folder / "secret", folder / "agency-key", HandClock()
    keep_secret(secret)
    keep_secret(agency_key)
    told = {"SPIS_ISSUER": ISSUER, "SPIS_KAFKA": house.kafka, "SPIS_SECRET": str(secret), "SPIS_INTAKE_DB": run_url}
    told |= {"SPIS_POLICY": str(POLICY), "SPIS_AGENCY_KEY": str(agency_key)}
    await migrate_keys({"SPIS_KEYS_DB": keys_url, "SPIS_KEYS_OWNER_DB": keys_owner_url})
    ensure(folder / "issuer")
    async with contextlib.AsyncExitStack() as stack:
        stack.push_async_callback(database.close)
        keys = await stack.enter_async_context(Passage(keys_url))
        told["SPIS_KEYS_DB"] = keys.url
        around = Surroundings("intake", Settings.from_env("intake", told), database, clock, load_policy(POLICY), told)
        issuer = await stack.enter_async_context(serving(create_issuer(folder / "issuer", ISSUER, "spis")))
        verifier = Verifier(issuer=ISSUER, jwks=f"{issuer}/id/jwks.json", audience="spis")
        app = create_app(
            room="intake", router=ROOM.router(around), database=database, verifier=verifier, rights=ROOM.rights,
            tree=around.policy.units, clock=clock, secret=secret,
        )  # fmt: skip
        origin = await stack.enter_async_context(serving(app))
        client = await stack.enter_async_context(httpx2.AsyncClient(base_url=origin, timeout=10))
        yield IntakeDoor(client, around, clock, folder / "issuer", keys, keys_url, owner_url)
