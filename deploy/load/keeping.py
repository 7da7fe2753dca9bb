"""Puts what the rooms remember of many cases into their databases: one COPY a table, as the server's superuser.

COPY passes by the walls between rows, which are for those who ask; every other rule of a table holds for it too.
"""

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import asyncpg

from deploy.load.statements import Row
from services.storage.database import HOUSE

COLUMNS = """SELECT c.table_name, c.column_name, c.column_default, c.data_type FROM information_schema.columns c
    WHERE c.table_schema = 'public' AND c.is_generated = 'NEVER' AND c.is_identity = 'NO' ORDER BY c.ordinal_position"""
COPY_SECONDS_MAX = 600.0

Room = str
Table = str


@dataclass(frozen=True, slots=True)
class Column:
    """A column that is written, what it holds where nothing is said, and how a value is read for it, if it must be."""

    name: str
    usual: Any
    reads: Callable[[Any], Any] | None


def as_superuser(admin_url: str, database_url: str) -> str:
    """The address of a database as the server's superuser."""
    return urlunsplit(urlsplit(admin_url)._replace(path=urlsplit(database_url).path))


async def connect(url: str) -> asyncpg.Connection:
    """A link to a database that sees and writes every row."""
    return await asyncpg.connect(url, server_settings={"spis.scope": HOUSE}, command_timeout=COPY_SECONDS_MAX)


class Kept:
    """What is kept of many cases: rows, by room and table."""

    def __init__(self) -> None:
        self.rows: dict[tuple[Room, Table], list[Row]] = defaultdict(list)

    def add(self, room: Room, table: Table, rows: Iterable[Row]) -> None:
        """Rows that a table is to hold as well."""
        self.rows[(room, table)].extend(rows)

    async def copy(self, room: Room, link: asyncpg.Connection) -> None:
        """Write the rows of one room in one transaction."""
        columns = await columns_of(link)
        async with link.transaction():
            for (its, table), rows in sorted(self.rows.items()):
                if its == room and rows:
                    wanted = columns[table]
                    await link.copy_records_to_table(
                        table, records=[_record(row, wanted) for row in rows], columns=[each.name for each in wanted]
                    )


async def columns_of(link: asyncpg.Connection) -> Mapping[Table, Sequence[Column]]:
    """The columns of every table, with what the database gives where nothing is said."""
    found: dict[Table, list[Column]] = defaultdict(list)
    for table, name, default, type_ in await link.fetch(COLUMNS):
        usual = await link.fetchval(f"SELECT {default}") if default else None
        found[table].append(Column(name, usual, READ.get(type_)))
    return found


def _record(row: Row, columns: Sequence[Column]) -> tuple[Any, ...]:
    return tuple(
        [
            each.reads(row.get(each.name, each.usual)) if each.reads else row.get(each.name, each.usual)
            for each in columns
        ]
    )


def _moment(value: Any) -> Any:
    return datetime.fromisoformat(value) if isinstance(value, str) else value


def _day(value: Any) -> Any:
    return date.fromisoformat(value) if isinstance(value, str) else value


def _json(value: Any) -> Any:
    return json.dumps(value) if isinstance(value, (dict, list)) else value


READ: Mapping[str, Callable[[Any], Any]] = {"timestamp with time zone": _moment, "date": _day, "jsonb": _json}
"""How a value becomes what its column takes: what was written as text for a statement becomes what it stands for."""
