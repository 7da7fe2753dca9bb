"""The floor of carrying out commands from a topic: one Kafka client, one connection, the room's own SQL, no chassis.

A batch is one transaction, and whatever the client can send together goes together. It decides nothing: whom to ask and
by when is given, nothing is checked, no second try is made, and nobody is told.
"""

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import asyncpg
from aiokafka import AIOKafkaConsumer, TopicPartition

from services.contracts.catalog import BY_EVENT
from services.contracts.referral import ReferralSent
from services.storage.work import READ_STREAMS

ENTRY = BY_EVENT[ReferralSent]


@dataclass(frozen=True, slots=True)
class Answering:
    """Who is asked for what the cases need, and until when."""

    receiver: str
    answer_by: datetime
    now: datetime


async def carried_out(
    client: AIOKafkaConsumer,
    connection: asyncpg.Connection,
    sql: Mapping[str, str],
    places: Sequence[TopicPartition],
    events: int,
    at_once: int,
    asked: Answering,
) -> float:
    """How many seconds so many events took, from the first that came."""
    claims = {}
    for place in places:
        [row] = await connection.fetch(sql["claim_partition"], place.topic, place.partition)
        claims[place] = [row["epoch"], row["next_offset"]]
    client.assign(places)
    await client.seek_to_beginning(*places)
    done, begun = 0, 0.0
    while done < events:
        for place, records in (await client.getmany(timeout_ms=250, max_records=at_once)).items():
            begun = begun or time.perf_counter()
            async with connection.transaction():
                await _keep(connection, sql, place, claims[place], records, asked)
            claims[place][1] = records[-1].offset + 1
            done += len(records)
    return time.perf_counter() - begun


async def _keep(
    connection: asyncpg.Connection,
    sql: Mapping[str, str],
    place: TopicPartition,
    claim: Sequence[int],
    records: Sequence[Any],
    asked: Answering,
) -> None:
    heads = [{name: value.decode() for name, value in record.headers} for record in records]
    cases = [json.loads(record.value) for record in records]
    sources, keys = [head["ce_source"] for head in heads], [head["ce_partitionkey"] for head in heads]
    refs = [f"F-{case['case']}" for case in cases]
    [stands] = await connection.fetch(sql["open_partition"], place.topic, place.partition, sources, keys)
    await connection.fetch(sql["closed_cases"], keys)
    await connection.fetch(READ_STREAMS, [f"referral/{ref}" for ref in refs])
    needs = [(c["case"], c["needs"][0], c["unit"], c["institution"], c["risk"], 1) for c in cases]
    await connection.executemany(sql["need_asked"], [(*n, ref) for n, ref in zip(needs, refs, strict=True)])
    more = (asked.receiver, asked.answer_by, asked.now)
    await connection.executemany(sql["referral_sent"], [(r, *n, *more) for n, r in zip(needs, refs, strict=True)])
    numbers = ([1] * len(heads), [int(head["ce_sequence"]) for head in heads], [head["ce_id"] for head in heads])
    await connection.execute(sql["move_marks"], place.topic, sources, keys, *numbers)
    before = json.loads(stands["counts"])[0][2] if stands["counts"] else 0
    await connection.execute(sql["keep_count"], sources[0], place.topic, place.partition, 1, before + len(records))
    await connection.execute(sql["move_position"], place.topic, place.partition, records[-1].offset + 1)
    await connection.execute(sql["commit_work"], json.dumps(_written(cases, heads, refs, asked)))


def _written(
    cases: Sequence[Mapping[str, Any]], heads: Sequence[Mapping[str, str]], refs: Sequence[str], asked: Answering
) -> dict[str, list[dict[str, Any]]]:
    """The facts, announcements and appointments of a batch, as long as the room's own."""
    now, answer_by = asked.now.isoformat(), asked.answer_by.isoformat()
    events, said, deadlines = [], [], []
    for case, head, ref in zip(cases, heads, refs, strict=True):
        journey = head["ce_correlationid"]
        words = {"case": case["case"], "unit": case["unit"], "need": case["needs"][0], "sender": case["institution"]}
        words |= {"receiver": asked.receiver, "attempt": 1, "risk": case["risk"]}
        fact = {"asked": words, "answer_by": answer_by, "by": "system", "at": now}
        name = {"stream": f"referral/{ref}", "version": 1, "type": "ReferralSent.v1"}
        events.append({**name, "data": fact, "recorded_at": now, "actor": "system", "correlation_id": journey})
        body = json.dumps({"referral": ref, **words, "answer_by": answer_by, "sent_at": now})
        sent = {"event_id": f"{head['ce_id']}/{ref}", "topic": ENTRY.topic.name, "key": case["case"]}
        sent |= {"type": ENTRY.type, "subject": ref, "unit": case["unit"], "occurred_at": now, "recorded_at": now}
        said.append({**sent, "correlation_id": journey, "traceparent": None, "body": body})
        deadlines.append({"kind": "referral", "subject": ref, "due_at": answer_by, "correlation_id": journey})
    return {"events": events, "announcements": said, "deadlines": deadlines}
