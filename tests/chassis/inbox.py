"""The notifications room on a fresh database, heard and answered without a broker. Nobody in it exists."""

import base64
import contextlib
import secrets
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx2

from deploy.house import House
from deploy.house.issuer import create_issuer, ensure, mint
from notifications import api
from notifications.rights import RIGHTS
from notifications.watch import ALERT, Watch
from services.bus.heard import Heard
from services.contracts.catalog import Announcement
from services.contracts.envelope import Envelope
from services.http.app import create_app
from services.runtime.watchdog import Watchdog
from services.security.identity import Verifier
from services.storage.database import Database
from services.storage.migrate import migrate
from services.storage.stamp import Stamp
from services.storage.work import Work
from tests.chassis.doors import serving
from tests.core import alert_stories as story

LISTED_AT = datetime(2026, 1, 1, tzinfo=UTC)
ISSUER = "https://id.invented.example"
FOLDER = story.FOLDER.parent / "notifications"
ACCOUNTS = {
    f"caseworker@{story.UNIT}": (story.CENTRE, "csw", "caseworker", [story.CASELOAD, story.DUTY]),
    f"director@{story.UNIT}": (story.CENTRE, "csw", "director", [story.DIRECTOR]),
    f"provider@{story.CLINIC}": (story.CLINIC, "health", "provider", [story.CLINIC_DESK]),
    f"nurse@{story.CLINIC}": (story.CLINIC, "health", "provider", [story.CLINIC_DESK]),
    f"provider@{story.SCHOOL}": (story.SCHOOL, "school", "provider", [story.SCHOOL_DESK]),
    f"client@{story.SCHOOL}": (story.SCHOOL, "school", "institution", []),
    "coordinator@K10": ("K10.authority", "ministry", "coordinator", [story.COORDINATION]),
    "coordinator@FBIH": ("FBIH.authority", "ministry", "coordinator", [story.MINISTRY]),
}
PROVIDER, NURSE = f"provider@{story.CLINIC}", f"nurse@{story.CLINIC}"
CASEWORKER, SCHOOL = f"caseworker@{story.UNIT}", f"provider@{story.SCHOOL}"

EMPTY = ("alerts", "matters", "frames", "outbox", "deadlines", "counters", "idempotency", "losses")


class MovedClock:
    """Domain time that a test moves."""

    def __init__(self) -> None:
        self.at = story.MONDAY

    def now(self) -> datetime:
        """Where the test put it."""
        return self.at


@dataclass
class Inbox:
    """The room, its clock and a client of its API."""

    database: Database
    clock: MovedClock
    watch: Watch
    client: httpx2.AsyncClient
    issuer: Path

    async def hear(self, said: Iterable[tuple[Announcement, Envelope]]) -> None:
        """Hear announcements one after another, each in a transaction of its own."""
        for announcement, envelope in said:
            await self.hear_at_once([(announcement, envelope)])

    async def hear_at_once(self, said: Iterable[tuple[Announcement, Envelope]]) -> None:
        """Hear announcements as one batch in one transaction."""

        async def batch(work: Work) -> None:
            for announcement, envelope in said:
                await self.watch.hear(work, Heard(announcement, envelope))

        await self.database.transact(self.stamp(), batch)

    async def keep_appointments(self) -> int:
        """What a watchdog does until nothing is due."""
        return await Watchdog(self.database, {ALERT: self.watch.look}, self.stamp).turn()

    async def rows(self, sql: str, *arguments: object) -> Sequence[Any]:
        """What stands in the room's tables."""
        return await self.database.pool.fetch(sql, *arguments)

    async def alerts(self) -> list[tuple[str, str, int, str]]:
        """Code, desk, step and state of every alert."""
        rows = await self.rows("SELECT code, desk, step, state FROM alerts ORDER BY code, desk, step, cause")
        return [(row["code"], row["desk"], row["step"], row["state"]) for row in rows]

    async def without_next_step(self) -> list[str]:
        """Alerts somebody must acknowledge that nobody will look at again, and looks at alerts that need none."""
        rows = await self.rows(
            "SELECT coalesce(a.ref, d.subject) AS ref FROM alerts a FULL JOIN deadlines d ON d.subject = a.ref"
            " WHERE (a.state = 'raised' AND a.acknowledge_by IS NOT NULL) IS DISTINCT FROM (d.subject IS NOT NULL)"
        )
        return [row["ref"] for row in rows]

    def stamp(self) -> Stamp:
        """As a worker would write it."""
        return Stamp(self.clock.now(), "system", "11111111-1111-4111-8111-111111111111")

    def headers(self, account: str, key: str | None = None) -> dict[str, str]:
        """The headers of a request of an account."""
        token = mint(self.issuer, account, ISSUER, "spis", now=datetime.now(UTC))
        return {"Authorization": f"Bearer {token}", "Idempotency-Key": key or secrets.token_hex(8)}

    async def listed(self, account: str, **query: Any) -> Any:
        """What an account is shown."""
        answer = await self.client.get("/notifications/v1/alerts", params=query, headers=self.headers(account))
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def take_note(self, account: str, ref: str, key: str | None = None) -> httpx2.Response:
        """Acknowledge an alert."""
        return await self.client.post(f"/notifications/v1/alerts/{ref}/acknowledge", headers=self.headers(account, key))


@contextlib.asynccontextmanager
async def open_inbox(house: House, folder: Path) -> AsyncIterator[Inbox]:
    """Open the room with the shipped policy and invented accounts."""
    run_url, owner_url = house.make_database(f"inbox_{secrets.token_hex(4)}")
    await migrate(owner_url, run_url, FOLDER)
    database = await Database.open("notifications", run_url, FOLDER)
    database.doorbell.start()
    secret = folder / "secret"
    secret.write_text(base64.b64encode(secrets.token_bytes(32)).decode())
    secret.chmod(0o600)
    ensure(folder / "issuer")
    await list_accounts(database)
    clock = MovedClock()
    async with contextlib.AsyncExitStack() as stack:
        stack.push_async_callback(database.close)
        issuer = await stack.enter_async_context(serving(create_issuer(folder / "issuer", ISSUER, "spis")))
        app = create_app(
            room="notifications",
            router=api.router(story.CATALOGUE),
            database=database,
            verifier=Verifier(issuer=ISSUER, jwks=f"{issuer}/id/jwks.json", audience="spis"),
            rights=RIGHTS,
            tree=story.POLICY.units,
            clock=clock,
            secret=secret,
        )
        origin = await stack.enter_async_context(serving(app))
        client = await stack.enter_async_context(httpx2.AsyncClient(base_url=origin, timeout=10))
        yield Inbox(database, clock, Watch(story.POLICY, story.CATALOGUE), client, folder / "issuer")


async def list_accounts(database: Database) -> None:
    """Fill the directory with everybody of the story."""
    for account, (institution, kind, role, desks) in ACCOUNTS.items():
        unit = institution.partition(".")[0]
        await database.read("list_institution", institution, unit, kind, True)
        await database.read("list_account", account, institution, unit, [role], desks, True, LISTED_AT)
        for desk in desks:
            await database.read("list_desk", desk, institution, desk.rpartition("/")[2])


async def emptied(inbox: Inbox) -> None:
    """Take everything away but the directory, and put the clock back."""
    for table in EMPTY:
        await inbox.rows(f"DELETE FROM {table}")
    await inbox.rows("UPDATE frame_counter SET last = 0")
    inbox.clock.at = story.MONDAY
