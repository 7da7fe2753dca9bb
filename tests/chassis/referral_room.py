"""The referral room opened on loopback, with its own database, issuer, directory and a clock that a test moves."""

import base64
import contextlib
import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2

from deploy.house import House
from deploy.house.issuer import create_issuer, ensure, mint
from referral.room import ROOM
from services.bus.heard import Heard
from services.contracts.codes import AgeBand, CaseOutcome, RiskBand, Sex
from services.contracts.envelope import Envelope
from services.contracts.ids import ALPHABET
from services.contracts.intake import CaseClosed, CaseOpened
from services.contracts.policy import load_policy
from services.http.app import create_app
from services.runtime.hearing import hearing
from services.runtime.room import Surroundings
from services.runtime.settings import Settings
from services.runtime.watchdog import Watchdog
from services.security.identity import Verifier
from services.storage.database import Database
from services.storage.migrate import migrate
from services.storage.stamp import Stamp
from services.storage.work import Work
from tests.chassis.doors import serving

ISSUER = "https://id.invented.example"
UNIT = "FBIH-K10-LIV"
CENTRE = f"{UNIT}.csw"
WORKER = f"caseworker@{UNIT}"


class MovedClock:
    """Domain time that only a test moves."""

    def __init__(self) -> None:
        self.moment = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)

    def now(self) -> datetime:
        """The moment a test chose."""
        return self.moment


@dataclass
class ReferralRoom:
    """A client of the room, and what stands behind it."""

    client: httpx2.AsyncClient
    around: Surroundings
    clock: MovedClock
    issuer: Path
    asked: list[str] = field(default_factory=list)
    """What the room asked its database while it heard."""

    def opened(self, *needs: str) -> CaseOpened:
        """A new case of the centre."""
        case = f"C-{''.join(secrets.choice(ALPHABET) for _ in range(5))}-22222-2"
        now, unknown = self.clock.now(), (AgeBand.UNKNOWN, Sex.UNKNOWN)
        return CaseOpened(case, UNIT, "R-2", CENTRE, RiskBand.MEDIUM, needs, "Y-2", *unknown, now)

    async def open_case(self, *needs: str) -> str:
        """The room hears of a new case; gives its reference."""
        opened = self.opened(*needs)
        await self.hear(opened)
        return opened.case

    def closed(self, opened: CaseOpened) -> CaseClosed:
        """The end of a case."""
        outcome, now = CaseOutcome.NEEDS_MET, self.clock.now()
        return CaseClosed(opened.case, UNIT, CENTRE, opened.needs, outcome, opened.opened_at, now)

    async def hear(self, *announcements: CaseOpened | CaseClosed) -> None:
        """The room hears announcements in one transaction, as its consumer would have it hear a batch."""
        moment, hear = self.clock.now(), hearing(ROOM.hears(self.around))

        async def batch(work: Work) -> None:
            with work.conn.query_logger(lambda query: self.asked.append(query.query)):
                await hear.foresee(work, announcements)
                for said in announcements:
                    envelope = Envelope(
                        "e-1", "intake", "", said.case, said.case, 1, 1, moment, moment, "journey", said.unit, None, b""
                    )  # fmt: skip
                    await hear(work, Heard(said, envelope))

        await self.around.database.transact(self.stamp(), batch)

    async def look(self, *, later: timedelta = timedelta()) -> int:
        """The watchdog looks once at everything that is due, after a while."""
        self.clock.moment += later
        return await Watchdog(self.around.database, ROOM.on_due(self.around), self.stamp).turn()

    def stamp(self) -> Stamp:
        """What the room does by itself."""
        return Stamp(self.clock.now(), "system", "journey")

    async def get(self, path: str, account: str, **params: Any) -> httpx2.Response:
        """Ask for something."""
        return await self.client.get(f"/referral/v1{path}", params=params, headers=self._bearer(account))

    async def post(self, path: str, account: str, body: object = None, *, key: str | None = None) -> httpx2.Response:
        """Have something done."""
        headers = self._bearer(account) | {"Idempotency-Key": key or secrets.token_hex(8)}
        return await self.client.post(f"/referral/v1{path}", json=body or {}, headers=headers)

    async def only(self, case: str, account: str = WORKER, **filters: str) -> dict[str, Any]:
        """The one referral of a case that matches."""
        [found] = (await self.get("/referrals", account, case=case, **filters)).json()["items"]
        return dict(found)

    async def said(self, subject: str) -> list[str]:
        """What was announced about a case or referral, in order."""
        rows = await self.around.database.pool.fetch(
            "SELECT type FROM outbox WHERE subject = $1 OR key = $1 ORDER BY id", subject
        )
        return [row["type"].removeprefix("ba.spis.referral.").rpartition(".")[0] for row in rows]

    def _bearer(self, account: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {mint(self.issuer, account, ISSUER, 'spis')}"}


@contextlib.asynccontextmanager
async def open_referral_room(house: House, folder: Path) -> AsyncIterator[ReferralRoom]:
    """Open the room on a fresh database, its directory listed."""
    run_url, owner_url = house.make_database(f"referral_{secrets.token_hex(4)}")
    await migrate(owner_url, run_url, ROOM.folder)
    secret = folder / "secret"
    secret.write_text(base64.b64encode(secrets.token_bytes(32)).decode())
    secret.chmod(0o600)
    env = {
        "SPIS_KAFKA": house.kafka,
        "SPIS_ISSUER": ISSUER,
        "SPIS_REFERRAL_DB": run_url,
        "SPIS_SECRET": str(secret),
    }
    settings = Settings.from_env("referral", env)
    database = await Database.open("referral", run_url, ROOM.folder)
    clock = MovedClock()
    around = Surroundings("referral", settings, database, clock, load_policy(settings.policy), {})
    ensure(folder / "issuer")
    async with contextlib.AsyncExitStack() as stack:
        stack.push_async_callback(database.close)
        database.doorbell.start()
        await ROOM.on_start(around)
        issuer = await stack.enter_async_context(serving(create_issuer(folder / "issuer", ISSUER, "spis")))
        app = create_app(
            room="referral",
            router=ROOM.router(around),
            database=database,
            verifier=Verifier(issuer=ISSUER, jwks=f"{issuer}/id/jwks.json", audience="spis"),
            rights=ROOM.rights,
            tree=around.policy.units,
            clock=clock,
            secret=secret,
        )
        origin = await stack.enter_async_context(serving(app))
        client = await stack.enter_async_context(httpx2.AsyncClient(base_url=origin, timeout=10))
        yield ReferralRoom(client, around, clock, folder / "issuer")
