"""The second wall looked at by raw SQL: as the role that runs and under each scope, every table of every room shows
what the printed table of rights lets that account see, and without a scope it shows nothing.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

import asyncpg

from deploy.house import House
from deploy.house.layout import REPOSITORY, ROOMS
from services.contracts.codes import Role
from services.contracts.policy import load_policy
from services.security.rights import Person, visible
from services.storage.database import HOUSE, NOBODY, opening
from tests.journeys.printed_rights import Someone
from tests.prove.walls_expected import EXPECTED, Row

OPEN: Mapping[str, str] = {
    "migrations": "names of files",
    "incarnation": "one number",
    "relay_lease": "one process",
    "published_counts": "numbers of a partition",
    "positions": "numbers of a partition",
    "heard_counts": "numbers of a partition",
    "checkpoints_heard": "numbers of a partition",
    "frame_counter": "one number",
    "live_pulse": "one moment",
    "directory_institutions": "who serves where is public",
    "directory_desks": "who serves where is public",
    "directory_accounts": "work accounts: read to know who asks, before anything is known of them",
    "paces": "accounts and moments: read before anything is known of who asks",
    "access_unsealed": "numbers of entries",
    "access_chain": "numbers and hashes of entries",
    "access_heads_said": "a length and a moment",
    "indicators": "what the files say of indicators",
    "scopes": "what the files say of the tree of units",
    "heads_kept": "the length and hash of another room's log",
}
"""The tables that stand before the wall, and why each may."""

TABLES = """SELECT c.relname AS name, c.relrowsecurity AND c.relforcerowsecurity AS walled, c.relkind::text AS kind,
    coalesce(c.reloptions @> ARRAY['security_invoker=true'], false) AS invoker
FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm', 'f') ORDER BY 1"""
ROLE = """SELECT r.rolsuper OR r.rolbypassrls AS unbound, EXISTS (SELECT FROM pg_class WHERE relowner = r.oid) AS owner
FROM pg_roles r WHERE r.rolname = current_user"""
DEFINERS = """SELECT proname AS name FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND prosecdef"""


@dataclass(slots=True)
class Found:
    """What the looks at the tables found, and how many there were."""

    wrong: list[str] = field(default_factory=list)
    looks: int = 0
    rows: int = 0
    shown: int = 0


async def look(house: House, people: Sequence[Someone]) -> Found:
    """Every table of every room, as nobody and as each of these people."""
    found = Found()
    for room in ROOMS:
        conn = await asyncpg.connect(house.url(room), server_settings={"spis.scope": NOBODY})
        try:
            await _room(conn, room, people, found)
        finally:
            await conn.close()
    return found


async def _room(conn: asyncpg.Connection, room: str, people: Sequence[Someone], found: Found) -> None:
    role = await conn.fetchrow(ROLE)
    assert role is not None
    if role["unbound"] or role["owner"]:
        found.wrong.append(f"{room}: the role that runs owns tables, or no wall binds it")
    found.wrong += [f"{room}.{row['name']} runs with its owner's rights" for row in await conn.fetch(DEFINERS)]
    walled = _walled(room, await conn.fetch(TABLES), found)
    # One snapshot for all looks: the house goes on meanwhile.
    async with conn.transaction(isolation="repeatable_read", readonly=True):
        for table in walled:
            found.looks += 1
            if shown := await conn.fetchval(f'SELECT count(*) FROM "{table}"'):
                found.wrong.append(f"{room}.{table}: {shown} rows without any scope")
        await conn.execute(f"SET LOCAL spis.scope = '{HOUSE}'")
        everything = defaultdict(list, {table: await _rows(conn, table) for table in walled})
        found.rows += sum(map(len, everything.values()))
        for someone in people:
            await conn.execute(opening_of(someone, room).removeprefix("BEGIN; "))
            expected = EXPECTED[room](someone, everything)
            for table in walled:
                found.looks += 1
                shown = {row.text for row in await _rows(conn, table)}
                found.shown += len(shown)
                _compare(f"{room}.{table} as {someone.account}", expected.get(table, set()), shown, found)


def _compare(what: str, expected: set[str], shown: set[str], found: Found) -> None:
    for much, rows in (("too much", shown - expected), ("too little", expected - shown)):
        if rows:
            found.wrong.append(f"{what}: {len(rows)} rows {much}, such as {min(rows)[:200]}")


def _walled(room: str, tables: Iterable[Any], found: Found) -> list[str]:
    walled = []
    for table in tables:
        name = f"{room}.{table['name']}"
        if table["kind"] == "v" and not table["invoker"]:
            found.wrong.append(f"{name} is a view that passes the wall: make it WITH (security_invoker = true)")
        elif table["kind"] in "mf":
            found.wrong.append(f"{name} cannot stand behind the wall: make it a table")
        elif table["walled"]:
            walled.append(table["name"])
        elif table["kind"] in "rp" and table["name"] not in OPEN:
            found.wrong.append(
                f"{name} is before the wall: SELECT wall('{table['name']}', '…') in a migration and its rule in "
                "tests/prove/walls_expected.py, or say in OPEN and in services/decisions/0008 why it may be"
            )
    return walled


async def _rows(conn: asyncpg.Connection, table: str) -> list[Row]:
    rows = await conn.fetch(f'SELECT t::text AS text, to_jsonb(t)::text AS columns FROM "{table}" t')
    return [Row(row["text"], json.loads(row["columns"])) for row in rows]


def opening_of(someone: Someone, room: str) -> str:
    """How an API begins a transaction for somebody, by the room's own table."""
    roles = frozenset(Role(role) for role in someone.roles)
    person = Person(someone.account, someone.institution, someone.unit, roles, someone.desks)
    tree = load_policy(REPOSITORY / "deploy").units
    return opening(someone.account, visible(import_module(f"{room}.rights").RIGHTS, person, tree))
