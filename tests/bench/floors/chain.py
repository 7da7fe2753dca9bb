"""The floor of what happens between a request and an open screen: a process for each room on the way, nothing checked.

`python -m tests.bench.floors.chain accept PORT DATABASE KAFKA TOPIC` takes the same requests, keeps each as one row and
puts it on a topic; `… pass_on DATABASE KAFKA TOPIC NEXT` keeps what it hears as rows and puts those on another;
`… tell PORT DATABASE KAFKA TOPIC FRAME` keeps what it hears and tells it to every open stream, in a frame like FRAME's.
"""

import asyncio
import secrets
import sys
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import asyncpg
import uvicorn
import uvloop
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from fastapi.sse import EventSourceResponse, format_sse_event

CONNECTIONS, AT_ONCE, SUBJECT = 10, 500, "@subject@"
ROWS = """CREATE TABLE IF NOT EXISTS {0} (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, ref text NOT NULL,
    body text NOT NULL, sent_at timestamptz);
    CREATE INDEX IF NOT EXISTS {0}_unsent ON {0} (id) WHERE sent_at IS NULL"""
UNSENT = f"SELECT id, ref, body FROM {{0}} WHERE sent_at IS NULL ORDER BY id LIMIT {AT_ONCE}"
SENT = "UPDATE {0} SET sent_at = now() WHERE id = ANY ($1::bigint[])"
ADD = "INSERT INTO {0} (ref, body) VALUES ($1, $2)"
HEADERS = [(f"ce_{name}", b"x" * size) for name, size in (("id", 36), ("type", 40), ("subject", 16), ("time", 27))]


class Outbox:
    """Rows that are put on a topic as soon as they are there."""

    def __init__(self, pool: asyncpg.Pool, producer: AIOKafkaProducer, table: str, topic: str) -> None:
        self.pool, self._producer, self._table, self._topic = pool, producer, table, topic
        self.rung = asyncio.Event()
        self.add = ADD.format(table)

    async def send(self) -> None:
        """Put rows on the topic until cancelled."""
        while True:
            await self.rung.wait()
            self.rung.clear()
            while rows := await self.pool.fetch(UNSENT.format(self._table)):
                sent = [
                    await self._producer.send(self._topic, row["body"].encode(), row["ref"].encode(), headers=HEADERS)
                    for row in rows
                ]
                await asyncio.gather(*sent)
                await self.pool.execute(SENT.format(self._table), [row["id"] for row in rows])


async def outbox(pool: asyncpg.Pool, kafka: str, table: str, topic: str) -> Outbox:
    """An outbox of a table that is there, with its own producer."""
    await pool.execute(ROWS.format(table))
    producer = AIOKafkaProducer(bootstrap_servers=kafka, acks="all", enable_idempotence=True)
    await producer.start()
    return Outbox(pool, producer, table, topic)


async def heard(kafka: str, topic: str) -> AsyncIterator[Sequence[tuple[str, str]]]:
    """What lies on a topic and comes to it, as references and bodies."""
    consumer = AIOKafkaConsumer(topic, bootstrap_servers=kafka, auto_offset_reset="earliest", group_id=None)
    await consumer.start()
    while True:
        for records in (await consumer.getmany(timeout_ms=250)).values():
            yield [((record.key or b"").decode(), (record.value or b"").decode()) for record in records]


async def accept(pool: asyncpg.Pool, port: str, kafka: str, topic: str) -> None:
    """Take requests in."""
    app, box = FastAPI(), await outbox(pool, kafka, "taken", topic)

    @app.post("/{path:path}")
    async def take(path: str, request: Request) -> JSONResponse:
        ref, body = secrets.token_hex(8), await request.body()
        await pool.execute(box.add, ref, body.decode())
        box.rung.set()
        return JSONResponse({"report": ref}, 201)

    async with asyncio.TaskGroup() as group:
        group.create_task(box.send())
        group.create_task(_serve(app, port))


async def pass_on(pool: asyncpg.Pool, kafka: str, topic: str, onwards: str) -> None:
    """Keep what is heard, and put it on the next topic."""
    box = await outbox(pool, kafka, "passed_on", onwards)
    sending = asyncio.create_task(box.send())
    async for batch in heard(kafka, topic):
        await pool.executemany(box.add, batch)
        box.rung.set()
    await sending


async def tell(pool: asyncpg.Pool, port: str, kafka: str, topic: str, frame: str) -> None:
    """Keep what is heard, and tell it to everybody who listens."""
    app, open_now, text = FastAPI(), set[asyncio.Queue[bytes]](), Path(frame).read_text(encoding="utf-8")
    await pool.execute(ROWS.format("told"))

    @app.get("/stream")
    async def stream() -> EventSourceResponse:
        queue: asyncio.Queue[bytes] = asyncio.Queue()
        open_now.add(queue)

        async def frames() -> AsyncIterator[bytes]:
            try:
                yield format_sse_event(comment="open")
                while True:
                    yield await queue.get()
            finally:
                open_now.discard(queue)

        return EventSourceResponse(frames())

    async def telling() -> None:
        number = 0
        async for batch in heard(kafka, topic):
            await pool.executemany(ADD.format("told"), batch)
            for ref, _ in batch:
                number += 1
                said = format_sse_event(data_str=text.replace(SUBJECT, ref), event="alert", id=str(number))
                for queue in open_now:
                    queue.put_nowait(said)

    async with asyncio.TaskGroup() as group:
        group.create_task(telling())
        group.create_task(_serve(app, port))


async def _serve(app: FastAPI, port: str) -> None:
    config = uvicorn.Config(app, host="127.0.0.1", port=int(port), log_config=None, access_log=False, lifespan="off")
    await uvicorn.Server(config).serve()


async def main(role: str, *words: str) -> None:
    """Do what one process of the chain does, until it is ended."""
    database = words[0] if role == "pass_on" else words[1]
    async with asyncpg.create_pool(database, min_size=1, max_size=CONNECTIONS) as pool:
        match role, [word for word in words if word != database]:
            case "accept", [port, kafka, topic]:
                await accept(pool, port, kafka, topic)
            case "pass_on", [kafka, topic, onwards]:
                await pass_on(pool, kafka, topic, onwards)
            case "tell", [port, kafka, topic, frame]:
                await tell(pool, port, kafka, topic, frame)
            case _:
                sys.exit(__doc__)


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main(*sys.argv[1:]))
