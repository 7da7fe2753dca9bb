"""One batch, one transaction: the order of its keys, its effects, what it says in turn, and the position after it."""

import json
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import structlog
from asyncpg import Record

from services.bus.checkpoints import CHECKPOINT, checkpoint_of, missing
from services.bus.heard import Arrived, Reaction
from services.bus.ordering import Ordering, keep_aside, refuse_when_full
from services.contracts.envelope import Envelope, decode
from services.contracts.failures import Malformed
from services.storage.database import Database
from services.storage.stamp import Stamp
from services.storage.work import Work
from services.telemetry import metrics

log = structlog.get_logger()


class PositionMoved(Exception):
    """The position is not where this reader left it: it was fenced, or its last commit was kept without its knowing."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A partition that this reader took over; `doubtful` after a claim that got nowhere."""

    topic: str
    partition: int
    epoch: int
    next_offset: int
    doubtful: bool


Keep = Callable[[Database, Stamp, Claim, Sequence[Arrived], Reaction, Mapping[int, str]], Awaitable[Claim]]
"""How the records of a batch, their effects and the position behind them are kept."""


async def keep_batch(
    database: Database,
    stamp: Stamp,
    claim: Claim,
    records: Sequence[Arrived],
    hear: Reaction,
    park: Mapping[int, str],
) -> Claim:
    """Keep a batch in one transaction: everything of it, or nothing."""
    return await database.transact(stamp, lambda work: apply_batch(work, claim, records, hear, park))


async def apply_batch(
    work: Work, claim: Claim, records: Sequence[Arrived], hear: Reaction, park: Mapping[int, str]
) -> Claim:
    """Deal with the records in order and move the position past them; gives the claim as it stands then."""
    read = [(record, _read(record)) for record in records]
    ordering = Ordering(work, claim.topic, claim.partition, hear, park)
    events = [(record, it) for record, it in read if isinstance(it, Envelope) and it.type != CHECKPOINT]
    before = opened(claim, await ordering.load({(each.source, each.key) for _, each in events}))
    await ordering.foresee(events)
    for record, envelope in read:
        match envelope:
            case Malformed(detail=detail):
                await refuse_when_full(work)
                log.error("parked", topic=record.topic, partition=record.partition, offset=record.offset)
                keep_aside(work, record, None, f"unreadable: {detail}")
            case Envelope() if envelope.type == CHECKPOINT:
                await _compare(work, claim, envelope, before + ordering.first_time)
            case Envelope():
                await ordering.take(record, envelope)
    ordering.save()
    for (source, incarnation), number in sorted(ordering.first_time.items()):
        count = before[source, incarnation] + number
        work.change("keep_count", source, claim.topic, claim.partition, incarnation, count)
    return move_position(work, claim, records[-1].offset + 1)


def opened(claim: Claim, stands: Record) -> Counter[tuple[str, int]]:
    """How much was heard, by source and incarnation; `PositionMoved` when the partition is not as it was left."""
    if (stands["epoch"], stands["next_offset"]) != (claim.epoch, claim.next_offset):
        raise PositionMoved
    return Counter({(source, incarnation): n for source, incarnation, n in json.loads(stands["counts"] or "[]")})


def move_position(work: Work, claim: Claim, next_offset: int) -> Claim:
    """Move the position of a partition that was opened; gives the claim as it stands then."""
    work.change("move_position", claim.topic, claim.partition, next_offset)
    return replace(claim, next_offset=next_offset)


async def _compare(work: Work, claim: Claim, envelope: Envelope, counts: Counter[tuple[str, int]]) -> None:
    try:
        checkpoint = checkpoint_of(envelope)
    except Malformed:
        log.error("checkpoint_unreadable", topic=claim.topic, partition=claim.partition)
        return
    lacking = missing(checkpoint, counts[checkpoint.source, checkpoint.incarnation])
    place = (checkpoint.source, claim.topic, claim.partition)
    said = (checkpoint.incarnation, checkpoint.term, checkpoint.count)
    if await work.fetch_row("keep_checkpoint", *place, *said, lacking) and lacking:
        metrics.LOSS.labels(work.room, "topic").inc(lacking)
        log.error("events_missing", topic=claim.topic, partition=claim.partition, count=lacking, hop="topic")


def _read(record: Arrived) -> Envelope | Malformed:
    try:
        return decode(record.key, record.value, record.headers)
    except Malformed as error:
        return error
