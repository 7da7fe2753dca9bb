"""Analytics behind a door of its own, on a real database: tests say what was heard, and ask."""

import base64
import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx2
import pytest
from fastapi import APIRouter

from analytics import api, pages
from analytics.dashboard_files import load_dashboard
from analytics.definitions import settle
from analytics.indicator_files import load_indicators
from analytics.live import api as live
from analytics.reactions import reactions
from analytics.release import api as releases
from analytics.release import pages as published
from analytics.rights import RIGHTS
from deploy.house import House
from deploy.house.issuer import create_issuer, ensure, mint
from services.bus.heard import Heard
from services.contracts.catalog import Announcement
from services.contracts.envelope import Envelope
from services.contracts.ids import new_reference
from services.contracts.intake import CaseOpened
from services.http.app import create_app
from services.pages.page import Pages
from services.security.identity import Verifier
from services.storage.database import Database
from services.storage.migrate import migrate
from services.storage.stamp import Clock, Stamp
from services.storage.work import Work
from tests.chassis.doors import serving
from tests.core import alert_stories as story

STAMP = Stamp(story.MONDAY, "system", "11111111-1111-4111-8111-111111111111")
REACTIONS = reactions(story.POLICY)
LISTED_AT = datetime(2026, 1, 1, tzinfo=UTC)
ISSUER = "https://id.invented.example"
FOLDER = story.FOLDER.parent / "analytics"
LIVE = ("live_counts", "live_pulse", "surges")
ACCOUNTS = {
    f"director@{story.UNIT}": (story.CENTRE, "director"),
    f"caseworker@{story.UNIT}": (story.CENTRE, "caseworker"),
    "coordinator@K10": ("K10.authority", "coordinator"),
    "analyst@FBIH": ("FBIH.authority", "analyst"),
    "analyst@RS": ("RS.authority", "analyst"),
    "analyst@STATE": ("BIH.authority", "analyst"),
}


class StoodClock(Clock):
    """Domain time that stands still."""

    def now(self) -> datetime:
        """The same moment always."""
        return story.MONDAY


@dataclass
class Figures:
    """The room and a client of its API."""

    database: Database
    client: httpx2.AsyncClient
    issuer: Path

    async def hear(self, *said: tuple[Announcement, Envelope]) -> None:
        """Hear announcements in one batch."""

        async def batch(work: Work) -> None:
            for announcement, envelope in said:
                await REACTIONS[type(announcement)](work, Heard(announcement, envelope))

        await self.database.transact(STAMP, batch)

    async def empty(self) -> None:
        """Forget every fact and what was counted of it."""
        counted = ("facts", "contexts", "same_children", "cells", "written", "losses")
        for table in (*counted, "releases", "released_cells", "editions", *LIVE):
            await self.database.pool.execute(f"DELETE FROM {table}")

    async def ask(self, account: str, path: str = "figures", **query: str) -> httpx2.Response:
        """Ask for a figure."""
        token = mint(self.issuer, account, ISSUER, "spis", now=datetime.now(UTC))
        headers = {"Authorization": f"Bearer {token}"}
        return await self.client.get(f"/analytics/v1/{path}", params=query, headers=headers)

    async def page(self, account: str, path: str, language: str = "en", **query: str) -> httpx2.Response:
        """Open a page in a language."""
        token = mint(self.issuer, account, ISSUER, "spis", now=datetime.now(UTC))
        headers = {"Authorization": f"Bearer {token}", "Accept-Language": language}
        return await self.client.get(f"/analytics/{path}", params=query or None, headers=headers)

    async def command(self, account: str, path: str, form: Mapping[str, object]) -> httpx2.Response:
        """Ask for something to be done, once."""
        token = mint(self.issuer, account, ISSUER, "spis", now=datetime.now(UTC))
        headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": secrets.token_hex(8)}
        return await self.client.post(f"/analytics/v1/{path}", json=form, headers=headers)

    async def value(self, account: str, unit: str, indicator: str = "cases_opened", **query: str) -> Any:
        """One figure."""
        answer = await self.ask(account, indicator=indicator, unit=unit, **query)
        assert answer.status_code == 200, answer.text
        return answer.json()["value"]


@asynccontextmanager
async def open_analytics(house: House, folder: Path) -> AsyncIterator[Figures]:
    """The room with a database of its own, where the accounts are known."""
    run_url, owner_url = house.make_database(f"figures_{secrets.token_hex(4)}")
    await migrate(owner_url, run_url, FOLDER)
    database = await Database.open("analytics", run_url, FOLDER)
    secret = folder / "secret"
    secret.write_text(base64.b64encode(secrets.token_bytes(32)).decode())
    secret.chmod(0o600)
    ensure(folder / "issuer")
    assert await settle(database, STAMP, load_indicators(story.FOLDER), story.POLICY.units)
    assert not await settle(database, STAMP, load_indicators(story.FOLDER), story.POLICY.units), "nothing changed"
    for account, (institution, role) in ACCOUNTS.items():
        unit = institution.partition(".")[0]
        await database.read("list_institution", institution, unit, "csw", True)
        await database.read("list_account", account, institution, unit, [role], [], True, LISTED_AT)
    indicators = load_indicators(story.FOLDER)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(database.close)
        issuer = await stack.enter_async_context(serving(create_issuer(folder / "issuer", ISSUER, "spis")))
        asked = api.router(indicators, story.POLICY)
        live.counts(asked, story.POLICY)
        releases.offer(asked, indicators, story.POLICY, new_reference)
        addresses, draw = APIRouter(), Pages("analytics", FOLDER, story.POLICY)
        addresses.include_router(asked)
        addresses.include_router(pages.pages(draw, indicators, load_dashboard(story.FOLDER, indicators), story.POLICY))
        addresses.include_router(published.pages(draw, indicators, story.POLICY, new_reference))
        app = create_app(
            room="analytics",
            router=addresses,
            database=database,
            verifier=Verifier(issuer=ISSUER, jwks=f"{issuer}/id/jwks.json", audience="spis"),
            rights=RIGHTS,
            tree=story.POLICY.units,
            clock=StoodClock(),
            secret=secret,
        )
        origin = await stack.enter_async_context(serving(app))
        client = await stack.enter_async_context(httpx2.AsyncClient(base_url=origin, timeout=10))
        yield Figures(database, client, folder / "issuer")


@pytest.fixture(scope="module")
async def opened(house: House, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Figures]:
    """The room, for the tests of one file."""
    async with open_analytics(house, tmp_path_factory.mktemp("analytics")) as opened:
        yield opened


@pytest.fixture
async def figures(opened: Figures) -> Figures:
    """The room, empty."""
    await opened.empty()
    return opened


def opened_in(unit: str, number: int, at: datetime = story.MONDAY) -> tuple[CaseOpened, Envelope]:
    """A case of an invented child in a unit."""
    case = replace(story.case_opened(), case=f"C-22222-2222{number}-2", unit=unit)
    return case, story.enveloped(case, recorded=at)
