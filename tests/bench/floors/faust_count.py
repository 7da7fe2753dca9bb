"""The floor of keeping facts: a Faust agent counts the same topic by unit in one table, and tells how long it took.

`python -m tests.bench.floors.faust_count KAFKA TOPIC RECORDS FOLDER`; its group and its table are of this run alone.
"""

import asyncio
import json
import secrets
import sys
import time
from typing import Any

import faust


def counting(kafka: str, topic: str, records: int, folder: str) -> faust.App:
    """Counts so many records, writes the seconds from the first to the last on a line, and ends."""
    app = faust.App(
        f"floor-{secrets.token_hex(4)}",
        broker=[f"kafka://{server}" for server in kafka.split(",")],
        consumer_auto_offset_reset="earliest",
        store="memory://",
        datadir=folder,
        autodiscover=False,
        topic_replication_factor=1,
        topic_partitions=6,
        web_enabled=False,
    )
    counts = app.Table("counts", default=int, partitions=6)
    said = app.topic(topic, key_type=bytes, value_type=bytes, key_serializer="raw", value_serializer="raw")
    begun: list[float] = []

    async def count(events: Any) -> None:
        seen = 0
        async for body in events:
            begun.append(time.perf_counter()) if not begun else None
            counts[json.loads(body)["unit"]] += 1
            seen += 1
            if seen == records:
                sys.stdout.write(f"{time.perf_counter() - begun[0]}\n")
                sys.stdout.flush()

    app.agent(said, concurrency=1)(count)
    return app


async def run(app: faust.App) -> None:
    """Count until ended."""
    await app.start()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(run(counting(sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4])))
