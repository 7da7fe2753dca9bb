"""What lies in the house, looked at from below: every row of every database, every record of every topic, every log."""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import asyncpg
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

from deploy.demo.acts import seen
from deploy.house import House
from deploy.house.layout import ROOMS
from services.contracts.catalog import TOPICS
from services.storage.database import HOUSE

BLOCK_BYTES = 1 << 20
READ_MS_MAX = 500

TABLES = """SELECT table_name FROM information_schema.tables
    WHERE table_schema = 'public' AND table_type = 'BASE TABLE' ORDER BY 1"""


async def rows(house: House, room: str, statement: str, *arguments: object) -> list[asyncpg.Record]:
    """What a room's database answers."""
    connection = await asyncpg.connect(house.url(room), server_settings={"spis.scope": HOUSE})
    try:
        return list(await connection.fetch(statement, *arguments))
    finally:
        await connection.close()


async def number(house: House, room: str, statement: str, *arguments: object) -> int:
    """The one number that a room's database answers."""
    return int((await rows(house, room, statement, *arguments))[0][0])


async def tables_holding(house: House, texts: Iterable[str]) -> dict[str, set[str]]:
    """Which tables have a row that holds a text, bytes read as text too."""
    found: dict[str, set[str]] = {text: set() for text in texts}
    for room in ROOMS:
        connection = await asyncpg.connect(house.url(room), server_settings={"spis.scope": HOUSE})
        try:
            for (table,) in await connection.fetch(TABLES):
                for row in await connection.fetch(f'SELECT * FROM "{table}"'):
                    said = "\n".join(_text(value) for value in row.values())
                    for text in found:
                        if text in said:
                            found[text].add(f"{room}.{table}")
        finally:
            await connection.close()
    return found


async def records(house: House, *topics: str) -> list[ConsumerRecord[bytes, bytes]]:
    """Every record of some topics, or of all, in the order of each partition."""
    names = topics or tuple(topic.name for topic in TOPICS)
    consumer = AIOKafkaConsumer(
        bootstrap_servers=house.kafka, enable_auto_commit=False, auto_offset_reset="earliest", client_id="looking"
    )
    await consumer.start()
    try:
        places = [
            TopicPartition(topic.name, n) for topic in TOPICS if topic.name in names for n in range(topic.partitions)
        ]
        consumer.assign(places)
        ends = await consumer.end_offsets(places)
        found: list[ConsumerRecord[bytes, bytes]] = []
        while any([await consumer.position(place) < ends[place] for place in places]):
            for batch in (await consumer.getmany(timeout_ms=READ_MS_MAX)).values():
                found += batch
        return found
    finally:
        await consumer.stop()


async def announced(house: House, topic: str, *subjects: str) -> dict[str, ConsumerRecord[bytes, bytes]]:
    """The first event about each of these subjects, as soon as all are on their topic."""

    async def look() -> dict[str, ConsumerRecord[bytes, bytes]] | None:
        found = {attribute(record, "subject"): record for record in reversed(await records(house, topic))}
        return found if found.keys() >= set(subjects) else None

    heard: dict[str, ConsumerRecord[bytes, bytes]] = await seen(look, f"events about {subjects}")
    return heard


def attribute(record: ConsumerRecord[bytes, bytes], name: str) -> str:
    """One attribute of an event's envelope."""
    return next((value.decode("utf-8", "replace") for key, value in record.headers if key == f"ce_{name}"), "")


def body(record: ConsumerRecord[bytes, bytes]) -> Any:
    """What an event says."""
    return json.loads(record.value or b"null")


def whole(record: ConsumerRecord[bytes, bytes]) -> bytes:
    """Everything of a record that anybody on the way could read."""
    return b"\n".join((record.key or b"", record.value or b"", *(part for _, part in record.headers)))


def log_lines(house: House, *names: str) -> Iterator[dict[str, Any]]:
    """The lines that processes wrote, where they are JSON."""
    for name in names or house.names:
        path = house.log(name)
        if path.exists():
            for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
                if line.startswith("{"):
                    yield json.loads(line)


def files_holding(folder: Path, text: str) -> list[str]:
    """The files under a folder whose bytes hold a text."""
    wanted, found = text.encode(), []
    for path in folder.rglob("*"):
        if path.is_file() and path.suffix not in {".index", ".timeindex"} and _holds(path, wanted):
            found.append(str(path.relative_to(folder)))
    return found


def _holds(path: Path, wanted: bytes) -> bool:
    before = b""
    try:
        with path.open("rb") as file:
            while block := file.read(BLOCK_BYTES):
                if wanted in before + block:
                    return True
                before = block[-len(wanted) :]
    except FileNotFoundError:  # a file of the database server that went meanwhile
        pass
    return False


def _text(value: object) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
