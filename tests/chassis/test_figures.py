"""Figures on a real database: one event is one fact, and a place sees its own and what lies below it."""

import base64
import csv
import io
import secrets
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest

from analytics import api
from analytics.definitions import settle
from analytics.indicator_files import load_indicators
from analytics.reactions import heard_types, reactions
from analytics.rights import RIGHTS
from deploy.house import House
from deploy.house.issuer import create_issuer, ensure, mint
from services.bus.heard import Heard
from services.contracts.catalog import Announcement
from services.contracts.envelope import Envelope
from services.contracts.intake import CaseOpened
from services.contracts.names import LANGUAGES
from services.contracts.referral import AccountListed, InstitutionListed
from services.http.app import create_app
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
        for table in ("facts", "contexts", "same_children", "cells"):
            await self.database.pool.execute(f"DELETE FROM {table}")

    async def ask(self, account: str, path: str = "figures", **query: str) -> httpx2.Response:
        """Ask for a figure."""
        token = mint(self.issuer, account, ISSUER, "spis", now=datetime.now(UTC))
        headers = {"Authorization": f"Bearer {token}"}
        return await self.client.get(f"/analytics/v1/{path}", params=query, headers=headers)

    async def value(self, account: str, unit: str, indicator: str = "cases_opened", **query: str) -> Any:
        """One figure."""
        answer = await self.ask(account, indicator=indicator, unit=unit, **query)
        assert answer.status_code == 200, answer.text
        return answer.json()["value"]


@pytest.fixture(scope="module")
async def opened(house: House, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Figures]:
    folder = tmp_path_factory.mktemp("figures")
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
    async with AsyncExitStack() as stack:
        stack.push_async_callback(database.close)
        issuer = await stack.enter_async_context(serving(create_issuer(folder / "issuer", ISSUER, "spis")))
        app = create_app(
            room="analytics",
            router=api.router(load_indicators(story.FOLDER), story.POLICY),
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


@pytest.fixture
async def figures(opened: Figures) -> Figures:
    await opened.empty()
    return opened


def opened_in(unit: str, number: int, at: datetime = story.MONDAY) -> tuple[CaseOpened, Envelope]:
    """A case of an invented child in a unit."""
    case = replace(story.case_opened(), case=f"C-22222-2222{number}-2", unit=unit)
    return case, story.enveloped(case, recorded=at)


async def test_a_figure_counts_a_unit_and_everything_below_it_and_nothing_else(figures: Figures) -> None:
    await figures.hear(opened_in(story.UNIT, 2), opened_in("FBIH-K10-KUP", 3), opened_in("RS-BIL", 4))
    assert await figures.value(f"director@{story.UNIT}", story.UNIT) == 1
    assert await figures.value("coordinator@K10", "K10") == 2
    assert await figures.value("analyst@FBIH", "FBIH") == 2
    assert await figures.value("analyst@RS", "RS") == 1
    assert await figures.value("coordinator@K10", "K10", "reports_received") == 0


async def test_the_same_event_again_is_the_same_fact(figures: Figures) -> None:
    case = opened_in(story.UNIT, 2)
    await figures.hear(case, case)
    await figures.hear(case)
    assert await figures.value("coordinator@K10", story.UNIT) == 1


async def test_the_first_and_the_last_day_count_whole(figures: Figures) -> None:
    midnight = datetime(2026, 3, 8, 23, 0, tzinfo=UTC)
    await figures.hear(
        *(opened_in(story.UNIT, n + 2, midnight + timedelta(hours=h)) for n, h in enumerate((-1, 0, 23, 24)))
    )
    assert await figures.value("coordinator@K10", "K10", **{"from": "2026-03-09", "to": "2026-03-09"}) == 2
    assert await figures.value("coordinator@K10", "K10", to="2026-03-08") == 1
    assert await figures.value("coordinator@K10", "K10", **{"from": "2026-03-10", "to": "2026-03-31"}) == 1
    assert await figures.value("coordinator@K10", "K10") == 3, "without dates it counts until today"


async def test_nobody_sees_the_figures_of_a_place_that_is_not_below_theirs(figures: Figures) -> None:
    for account, unit in ((f"director@{story.UNIT}", "K10"), ("coordinator@K10", "FBIH"), ("analyst@RS", story.UNIT)):
        answer = await figures.ask(account, indicator="cases_opened", unit=unit)
        assert (answer.status_code, answer.json()["code"]) == (403, "not_yours")
    answer = await figures.ask(f"caseworker@{story.UNIT}", indicator="cases_opened", unit=story.UNIT)
    assert (answer.status_code, answer.json()["code"]) == (403, "not_your_role")


@pytest.mark.parametrize(
    ("status", "query"),
    [
        (400, {"indicator": "horoscopes", "unit": "K10"}),
        (400, {"indicator": "cases_opened", "unit": "ATLANTIS"}),
        (400, {"indicator": "cases_opened", "unit": "K10", "from": "2026-02-01", "to": "2026-01-01"}),
        (400, {"indicator": "cases_opened", "unit": "K10", "to": "9999-12-31"}),
        (422, {"indicator": "cases_opened", "unit": "K10", "to": "yesterday"}),
        (422, {"indicator": "cases_opened"}),
    ],
)
async def test_a_wrong_question_is_told_what_to_do(figures: Figures, status: int, query: dict[str, str]) -> None:
    answer = await figures.ask("coordinator@K10", **query)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"


async def test_what_can_be_asked_is_listed_in_every_language(figures: Figures) -> None:
    answer = await figures.ask("analyst@FBIH", "indicators")
    listed = {each["indicator"]: each["labels"] for each in answer.json()["indicators"]}
    assert {"cases_opened", "reports_received", "referrals_sent"} <= set(listed)
    assert all(sorted(labels) == sorted(LANGUAGES) for labels in listed.values())


def test_it_hears_everything_but_who_works_where() -> None:
    assert CaseOpened in heard_types()
    assert not heard_types() & {AccountListed, InstitutionListed}


async def test_a_figure_leaves_as_a_table_with_the_same_numbers(figures: Figures) -> None:
    await figures.hear(opened_in(story.UNIT, 2), opened_in("FBIH-K10-KUP", 3), opened_in("FBIH-K10-KUP", 4))
    query = {"indicator": "cases_opened", "unit": "K10", "by": "unit"}
    lines = {each["of"]["unit"]: each["value"] for each in (await figures.ask("analyst@FBIH", **query)).json()["lines"]}
    assert lines == {story.UNIT: 1, "FBIH-K10-KUP": 2}
    for form, media in (("csv", "text/csv"), ("sdmx-csv", "application/vnd.sdmx.data+csv")):
        answer = await figures.ask("analyst@FBIH", **query, format=form)
        assert answer.headers["content-type"].startswith(media)
        table = csv.DictReader(io.StringIO(answer.text))
        assert {row["REF_AREA"]: float(row["OBS_VALUE"]) for row in table} == lines


async def test_the_columns_and_the_structure_of_a_table_can_be_asked_for(figures: Figures) -> None:
    assert "OBS_VALUE" in (await figures.ask("analyst@FBIH", "dictionary")).text
    structure = await figures.ask("analyst@FBIH", "structure")
    assert structure.headers["content-type"].startswith("application/xml")
    assert 'id="FIGURES"' in structure.text
    for path in ("dictionary", "structure"):
        assert (await figures.ask(f"caseworker@{story.UNIT}", path)).status_code == 403
