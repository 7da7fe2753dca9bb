"""What a person does about parked events: look at them, try them again, or give them up with a reason."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from asyncpg import Record

from services.bus.heard import Reaction
from services.bus.ordering import HandlingFailed, Ordering, arrived_of
from services.contracts.envelope import decode
from services.contracts.failures import Malformed, Refused
from services.storage.database import Database
from services.storage.stamp import Stamp
from services.storage.work import Work

SHOWN_MAX = 1_000


class DryRun(Exception):
    """Raised at the end of a rehearsal, so that its transaction leaves nothing behind."""


@dataclass(frozen=True, slots=True)
class Parked:
    """One thing set aside; without a reason it only waits behind an earlier one."""

    id: int
    topic: str
    partition: int
    offset: int
    key: str | None
    type: str | None
    sequence: int | None
    reason: str | None
    since: datetime


async def parking_lot(database: Database) -> list[Parked]:
    """Everything set aside, the oldest first."""
    rows = await database.read("parking_lot", SHOWN_MAX)
    return [_parked(row) for row in rows]


async def replay(database: Database, stamp: Stamp, hear: Reaction, id_: int, *, dry_run: bool) -> int:
    """Try a parked event again and all that wait behind it; gives how many are left waiting for that key."""
    left = 0

    async def action(work: Work) -> None:
        nonlocal left
        ordering, key = await _ordering(work, hear, id_)
        await ordering.again(key)
        ordering.save()
        left = 0 if ordering.head(key) is None else 1
        if left:
            raise Refused("still_parked", "it failed again for the same kind of reason; see `park show`")
        if dry_run:
            raise DryRun

    return await _rehearse(database, stamp, action, lambda: left)


async def drop(database: Database, stamp: Stamp, hear: Reaction, id_: int) -> None:
    """Give a parked event up: later events of its key go on as if it had been dealt with."""

    async def action(work: Work) -> None:
        row = await work.fetch_row("parked_one", id_)
        if row is not None and row["source"] is None:
            work.change("take_back", row["topic"], row["partition"], row["offset"])
            return
        ordering, key = await _ordering(work, hear, id_)
        head = ordering.head(key)
        if head is None or row is None or head.arrived.offset != row["offset"]:
            raise Refused("not_the_first", "an earlier event of this key is set aside: deal with that one first")
        ordering.drop(key, head)
        await ordering.release(key)
        ordering.save()

    await database.transact(stamp, action)


async def _rehearse(
    database: Database, stamp: Stamp, action: Callable[[Work], object], result: Callable[[], int]
) -> int:
    try:
        await database.transact(stamp, action)  # type: ignore[arg-type]
    except DryRun:
        pass
    except HandlingFailed as failed:
        raise Refused("still_failing", f"it failed again: {type(failed.cause).__name__}") from failed
    return result()


async def _ordering(work: Work, hear: Reaction, id_: int) -> tuple[Ordering, tuple[str, str]]:
    row = await work.fetch_row("parked_one", id_)
    if row is None:
        raise Refused("not_parked", "nothing is parked under this number; see `park list`")
    arrived = arrived_of(row)
    try:
        envelope = decode(arrived.key, arrived.value, arrived.headers)
    except Malformed as error:
        raise Refused("unreadable", f"{error.detail}: it has no key and can only be dropped") from None
    ordering = Ordering(work, row["topic"], hear, {})
    key = (envelope.source, envelope.key)
    await ordering.load({key})
    return ordering, key


def _parked(row: Record) -> Parked:
    place = (row["id"], row["topic"], row["partition"], row["offset"])
    return Parked(*place, row["key"], row["type"], row["sequence"], row["reason"], row["since"])
