"""Looks for planted words in every place of a house: rows, records, files, logs and what processes tell."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import asyncpg
import httpx2
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from deploy.house import House
from deploy.house.layout import halves_of
from deploy.load.keeping import as_superuser
from tests.journeys.looking import records, whole
from tests.journeys.planting import forms_of

BLOCK_BYTES = 4 << 20
ROWS_AT_ONCE = 500
NUMBERS_ONLY = frozenset({".index", ".timeindex"})
"""The broker's indexes: offsets and moments, each file ten megabytes of nothing."""

CONTROL = "control"
CONTROL_TOPIC = "invented.control"
TABLES = """SELECT quote_ident(table_schema) || '.' || quote_ident(table_name) FROM information_schema.tables
    WHERE table_schema NOT IN ('pg_catalog', 'information_schema') AND table_type = 'BASE TABLE' ORDER BY 1"""

Wanted = Mapping[str, Mapping[str, bytes]]
"""For each word the forms it could have."""


def wanted(words: Iterable[str]) -> Wanted:
    """What to look for."""
    return {word: forms_of(word) for word in words}


def written_as(word: str) -> Wanted:
    """The forms of one word as it was planted."""
    return {word: {name: form for name, form in forms_of(word).items() if name.endswith("as it is")}}


def found_in(content: bytes, words: Wanted) -> set[tuple[str, str]]:
    """Which words stand in some bytes, and in which form."""
    return {(word, name) for word, forms in words.items() for name, form in forms.items() if form in content}


class Search:
    """What was found where; `places` counts how much was looked at."""

    def __init__(self, house: House, words: Wanted) -> None:
        self._house = house
        self._words = words
        self._overlap = max(len(form) for forms in words.values() for form in forms.values())
        self.hits: set[tuple[str, str, str]] = set()
        self.places: Counter[str] = Counter()

    def look(self, kind: str, where: str, content: bytes) -> None:
        """Look at some bytes."""
        self.places[kind] += 1
        self.hits |= {(f"{kind}: {where}", word, form) for word, form in found_in(content, self._words)}

    def places_of(self, word: str) -> set[str]:
        """Where a word was found: which table, and of files under which folder."""
        places = {place for place, found, _ in self.hits if found == word}
        return {place.partition(": ")[0] if place.startswith("files") else place for place in places}

    async def everywhere(self, *folders: Path) -> "Search":
        """Look at every kind of place there is."""
        link = await asyncpg.connect(self._house.admin_url)
        await link.execute("CHECKPOINT")
        await link.close()
        await self.rows()
        for record in await records(self._house):
            self.look("records", record.topic, whole(record))
        await self.figures()
        for folder in (self._house.folder.root, *folders):
            self.files(folder)
        return self

    async def rows(self) -> None:
        """Every row of every database, as the superuser sees it, bytes as they are and as text."""
        for database in self._house.plan.databases:
            link = await asyncpg.connect(as_superuser(self._house.admin_url, self._house.url(database)))
            try:
                for (table,) in await link.fetch(TABLES):
                    async with link.transaction(readonly=True):
                        async for row in link.cursor(f"SELECT * FROM {table}", prefetch=ROWS_AT_ONCE):
                            said = b"\n".join(_bytes(value) for value in row.values())
                            self.look("rows", f"{database}.{table}", said)
            finally:
                await link.close()

    async def figures(self) -> None:
        """What every process tells of itself."""
        async with httpx2.AsyncClient() as http:
            for room in self._house.plan.rooms:
                for where in (f"{room}-{half}" for half in halves_of(room)):
                    path = f"/{room}/metrics" if where.endswith("api") else "/metrics"
                    answer = await http.get(f"http://{self._house.listens(where)}{path}")
                    self.look("metrics", where, answer.content)

    def files(self, folder: Path) -> None:
        """Every file under a folder, and its name: data of the servers, journals, logs, whatever was left."""
        for path in folder.rglob("*"):
            if path.is_file() and not path.is_symlink() and path.suffix not in NUMBERS_ONLY:
                where = str(path.relative_to(folder))
                self.look("names of files", where, where.encode())
                for block in _blocks(path, self._overlap):
                    self.look(f"files of {where.partition('/')[0]}", where, block)


async def plant_controls(house: House, word: str, folder: Path) -> set[str]:
    """Write a word on purpose in each kind of place, so that a search that finds nothing is known to look there."""
    for database in house.plan.databases:
        link = await asyncpg.connect(as_superuser(house.admin_url, house.url(database)))
        await link.execute(f"CREATE TABLE IF NOT EXISTS {CONTROL} AS SELECT $1::text AS word", word)
        await link.close()
    admin = AIOKafkaAdminClient(bootstrap_servers=house.kafka)
    await admin.start()
    await admin.create_topics([NewTopic(CONTROL_TOPIC, num_partitions=1, replication_factor=1)])
    await admin.close()
    producer = AIOKafkaProducer(bootstrap_servers=house.kafka)
    await producer.start()
    await producer.send_and_wait(CONTROL_TOPIC, word.encode())
    await producer.stop()
    house.log(CONTROL).write_bytes(word.encode("utf-16-le"))
    (folder / CONTROL).write_text(word.encode().hex(), encoding="ascii")
    rows = {f"rows: {database}.public.{CONTROL}" for database in house.plan.databases}
    return rows | {"files of postgres", "files of kafka", "files of logs", f"files of {CONTROL}"}


async def clear_controls(house: House, folder: Path) -> None:
    """Take away again what can be."""
    for database in house.plan.databases:
        link = await asyncpg.connect(as_superuser(house.admin_url, house.url(database)))
        await link.execute(f"DROP TABLE IF EXISTS {CONTROL}")
        await link.close()
    house.log(CONTROL).unlink(missing_ok=True)
    (folder / CONTROL).unlink(missing_ok=True)


def _bytes(value: object) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode()


def _blocks(path: Path, overlap: int) -> Iterator[bytes]:
    before = b""
    try:
        with path.open("rb") as file:
            while block := file.read(BLOCK_BYTES):
                yield before + block
                before = block[-overlap:]
    except OSError:  # a file of a server that went meanwhile
        return
