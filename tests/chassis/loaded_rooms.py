"""The rooms of a synthetic year over real databases: everybody listed, nobody running, each act a transaction."""

import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import asyncpg

from analytics.definitions import settle
from analytics.indicator_files import load_indicators
from deploy.house import House
from deploy.house.files import keep_secret
from deploy.house.layout import REPOSITORY
from deploy.load.country import ROOMS
from deploy.load.keeping import as_superuser, connect
from deploy.load.remembered import Due
from deploy.load.stage import Told, surroundings
from intake.vault.opening import migrate_keys
from referral.accounts import load_accounts
from referral.directory_files import load_directory
from referral.listed import accounts_listed, institutions_listed
from services.contracts.catalog import Announcement, parse
from services.contracts.envelope import Envelope
from services.contracts.policy import load_policy
from services.runtime.hearing import list_account, list_institution
from services.runtime.room import Surroundings
from services.storage.migrate import migrate
from services.storage.stamp import Stamp
from services.storage.work import Work

POLICY = REPOSITORY / "deploy"
SEED = 7
SAID = "SELECT * FROM outbox WHERE id > $1 ORDER BY id"
DUE = "SELECT due_at, kind, subject, correlation_id FROM deadlines ORDER BY due_at, kind, subject LIMIT 1"
TAKEN = "DELETE FROM deadlines WHERE kind = $1 AND subject = $2"
TABLES = """SELECT table_name FROM information_schema.tables
    WHERE table_schema = 'public' AND table_type = 'BASE TABLE' ORDER BY 1"""
OF_THE_BUS = frozenset(
    {"positions", "heard", "heard_counts", "checkpoints_heard", "published_keys", "published_counts", "outbox"}
)
DRAWN_ANEW: Mapping[str, frozenset[str]] = {
    "stream_events": frozenset({"position"}),
    "frames": frozenset({"number"}),
    "frame_counter": frozenset({"last"}),
    "access_log": frozenset({"id", "recorded_at"}),
    "access_unsealed": frozenset({"entry", "since"}),
    "vault": frozenset({"sealed"}),
    "person_keys": frozenset({"wrapped", "made_at"}),
    "deadlines": frozenset({"not_before"}),
    "migrations": frozenset({"applied_at"}),
    "written": frozenset({"last_at"}),
    "counters": frozenset({"drawn_at"}),
}
"""What is drawn from chance, from the wall's clock or in the order of writing."""


@dataclass
class Databases:
    """The rooms over their own databases."""

    told: Told
    around: Mapping[str, Surroundings]
    links: Mapping[str, asyncpg.Connection]
    seen: dict[str, int] = field(default_factory=dict)

    async def act(
        self, room: str, stamp: Stamp, action: Callable[[Work], Awaitable[Any]]
    ) -> list[tuple[Announcement, Envelope]]:
        """Carry out something in a room; gives what it said."""
        await self.around[room].database.transact(stamp, action)
        rows = await self.links[room].fetch(SAID, self.seen.get(room, 0))
        if rows:
            self.seen[room] = rows[-1]["id"]
        envelopes = [_envelope(room, row) for row in rows]
        return [(parse(envelope), envelope) for envelope in envelopes]

    async def next_due(self) -> Due | None:
        """The earliest appointment of any room."""
        found = [(room, await link.fetchrow(DUE)) for room, link in self.links.items() if room != "keys"]
        return min(((row[0], room, *tuple(row)[1:]) for room, row in found if row), default=None)

    async def take(self, due: Due) -> None:
        """Take an appointment away, because it is being kept."""
        _, room, kind, subject, _ = due
        await self.links[room].execute(TAKEN, kind, subject)

    async def said(self) -> int:
        """How much all rooms said."""
        return sum([await self.links[room].fetchval("SELECT count(*) FROM outbox") for room in ROOMS])

    async def everything(self) -> dict[str, list[str]]:
        """The rows of every table of every room, as text, but for what is drawn anew each time."""
        found = {}
        for room, link in self.links.items():
            for (table,) in await link.fetch(TABLES):
                if table not in OF_THE_BUS:
                    without = sorted(DRAWN_ANEW.get(table, ()))
                    rows = await link.fetch(f'SELECT (to_jsonb(t) - $1::text[])::text FROM "{table}" t', without)
                    found[f"{room}.{table}"] = sorted(row[0] for row in rows)
        return found


def _envelope(room: str, row: Any) -> Envelope:
    return Envelope(
        id=row["event_id"], source=f"/{room}", type=row["type"], subject=row["subject"], key=row["key"],
        sequence=row["sequence"], incarnation=row["incarnation"], time=row["occurred_at"],
        recorded_time=row["recorded_at"], correlation_id=row["correlation_id"], unit=row["unit"],
        traceparent=row["traceparent"], data=row["body"].encode(),
    )  # fmt: skip


@asynccontextmanager
async def opened(house: House, folder: Path, cases: int, begins: datetime, until: datetime) -> AsyncIterator[Databases]:
    """All rooms on fresh databases, with the directory of the house's files."""
    drawn = secrets.token_hex(4)
    urls = {room: house.make_database(f"{room}_{drawn}") for room in (*ROOMS, "keys")}
    for name in ("secret", "agency-key"):
        keep_secret(folder / name)
    told = Told(
        {room: _told(room, house, folder, urls) for room in ROOMS}, house.admin_url, cases, SEED, begins, until, 0
    )
    for name, room in ROOMS.items():
        await migrate(urls[name][1], urls[name][0], room.folder)
    await migrate_keys({"SPIS_KEYS_DB": urls["keys"][0], "SPIS_KEYS_OWNER_DB": urls["keys"][1]})
    async with AsyncExitStack() as stack:
        around, links = await surroundings(told, stack), {}
        for database, (url, _) in urls.items():
            links[database] = await connect(as_superuser(house.admin_url, url))
            stack.push_async_callback(links[database].close)
        for each in around.values():
            await each.database.transact(Stamp(begins, "system", "listed"), lambda work: _list(work, begins))
        indicators = load_indicators(POLICY)
        await settle(
            around["analytics"].database, Stamp(begins, "system", "x"), indicators, around["intake"].policy.units
        )
        yield Databases(told, around, links)


def _told(room: str, house: House, folder: Path, urls: Mapping[str, tuple[str, str]]) -> dict[str, str]:
    return {
        "SPIS_ISSUER": "http://127.0.0.1/id",
        "SPIS_KAFKA": house.kafka,
        "SPIS_POLICY": str(POLICY),
        "SPIS_SECRET": str(folder / "secret"),
        "SPIS_AGENCY_KEY": str(folder / "agency-key"),
        "SPIS_KEYS_DB": urls["keys"][0],
        f"SPIS_{room.upper()}_DB": urls[room][0],
    }


async def _list(work: Work, now: datetime) -> None:
    policy = load_policy(POLICY)
    directory = load_directory(POLICY, policy)
    for institution in institutions_listed(directory, now):
        list_institution(work, institution)
    for account in accounts_listed(load_accounts(POLICY, directory, policy.units) or (), now):
        list_account(work, account)
